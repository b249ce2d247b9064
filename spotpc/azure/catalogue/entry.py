"""The shape of one line of the failure catalogue, and how its sentence is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spotpc.azure.catalogue.words import FALLBACKS


class Decision(StrEnum):
    """What an orchestrator does next. The first five come back to the same work later."""

    RETRY = "retry"  # the same call, later
    WAIT = "wait"  # for a state, then go on
    TRY_OTHER = "try-other"  # another zone, size or name
    CLEANUP_THEN_RETRY = "cleanup-then-retry"  # remove the remains first
    RECONCILE = "reconcile"  # read the true state, then decide
    PAUSE = "pause"  # an admin must act; nothing is marked failed
    FAIL = "fail"  # this host or step, for good
    SUCCESS = "success"  # counts as done


@dataclass(frozen=True)
class Point:
    """One way in which Azure says it. All that is given must match; see `on` for the arguments."""

    codes: frozenset[str]
    text: re.Pattern[str] | None
    reads: re.Pattern[str] | None
    statuses: frozenset[int]
    operation: re.Pattern[str] | None
    believed: bool
    source: str
    last: bool  # fits only where nothing else does

    @property
    def weight(self) -> int:
        """How specific: a text tells most, since one code has many meanings; a status least."""
        return (
            -16 * self.last
            + 8 * (self.text is not None)
            + 4 * bool(self.codes)
            + 2 * (self.operation is not None)
            + bool(self.statuses)
        )

    def match(
        self, code: str, status: int | None, message: str, operation: str
    ) -> dict[str, str] | None:
        """The named groups of the text where this point fits, else None."""
        if self.codes and code.casefold() not in self.codes:
            return None
        if self.statuses and status not in self.statuses:
            return None
        if self.operation and not self.operation.search(operation):
            return None
        found = self.text.search(message) if self.text else None
        if self.text and not found:
            return None
        more = self.reads.search(message) if self.reads else None
        return {
            name: value
            for each in (found, more)
            if each
            for name, value in each.groupdict().items()
            if value
        }


def on(
    *codes: str,
    text: str | None = None,
    reads: str | None = None,
    status: int | tuple[int, ...] = (),
    operation: str | None = None,
    believed: str | None = None,
    last: bool = False,
) -> Point:
    """A point. Codes and patterns ignore case. `text` must be found in the message; `reads` only
    takes names out of it. `believed` marks a wording nobody has seen whole, and says the source.
    `last` is for a text so general that any other point is nearer."""
    if not codes and text is None:
        raise ValueError("A point needs a code or a text: a status alone says nothing.")
    flags = re.IGNORECASE | re.DOTALL
    return Point(
        codes=frozenset(code.casefold() for code in codes),
        text=None if text is None else re.compile(text, flags),
        reads=None if reads is None else re.compile(reads, flags),
        statuses=frozenset((status,) if isinstance(status, int) else status),
        operation=None if operation is None else re.compile(operation, flags),
        believed=believed is not None,
        source=believed or "",
        last=last,
    )


@dataclass(frozen=True)
class Entry:
    """One meaning: the product's code, what to do, and what an admin reads.

    `after` is seconds and `tries` a count, both our advice where Azure gives none. In the
    templates `{name}` is a fact or a named group of the text, else its fallback words, and
    `[...]` is left out where a name in it is unknown. An entry without points is something the
    product itself observes; every entry is also found by its own code.
    """

    code: str
    decision: Decision
    sentence: str
    remedy: str
    points: tuple[Point, ...] = ()
    after: float | None = None
    tries: int | None = None
    missing: bool = False  # the addressed resource itself is not there

    def render(self, facts: Mapping[str, str]) -> tuple[str, str]:
        """(sentence, remedy) without any placeholder left."""
        known = {name: text for name, value in facts.items() if (text := clean(value))}
        return fill(self.sentence, known), fill(self.remedy, known)


_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")
_PLACEHOLDER = re.compile(r"\{\w*\}")
_MOST = 300  # characters of one value; more is for the log, not for a sentence


def fill(template: str, facts: Mapping[str, str]) -> str:
    def optional(found: re.Match[str]) -> str:
        return found[1] if all(name in facts for name in _NAME.findall(found[1])) else ""

    def value(found: re.Match[str]) -> str:
        return facts.get(found[1]) or FALLBACKS.get(found[1], "unknown")

    text = _NAME.sub(value, _OPTIONAL.sub(optional, template))
    first = _NAME.match(template)
    # A name keeps its case: "vm-1" is not "Vm-1".
    return text if first and first[1] in facts else text[:1].upper() + text[1:]


def clean(value: str) -> str:
    """One readable line: an ARM id becomes its name, a dashed list a comma list, no braces.

    Azure sometimes sends its own template unfilled ("{0}"); such a value counts as unknown.
    """
    text = value.strip()
    if text.casefold().startswith("/subscriptions/"):
        text = text.rstrip("/").rsplit("/", 1)[-1]
    if _PLACEHOLDER.fullmatch(text):
        return ""
    text = ", ".join(line.strip(" -\t") for line in text.splitlines() if line.strip(" -\t"))
    text = " ".join(text.replace("{", "(").replace("}", ")").split())
    if " " in text:
        text = text.removesuffix(".")  # Azure's sentence ends inside one of ours
    return text if len(text) <= _MOST else text[: _MOST - 1].rstrip() + "…"
