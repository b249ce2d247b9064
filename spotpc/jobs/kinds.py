"""What the apps write: kinds of jobs, their steps, and what a step may answer.

A kind is registered in the app's `steps` module. A step is a function of one `Tick`: it looks at
what is there, does at most a few seconds of work, and returns. It is called again until it is done,
so it must find its own earlier work by name instead of remembering that it did it.

A step may also raise `spotpc.azure.errors.RetryLater` (come back to it) or `Stopped` (the job
fails with that code and sentence). Anything else that escapes is a fault of the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.utils.module_loading import autodiscover_modules

from spotpc.jobs.models import Job
from spotpc.jobs.tick import Tick

__all__ = [
    "Cancelled",
    "Done",
    "JobKind",
    "Result",
    "Step",
    "Tick",
    "Wait",
    "discover",
    "kind_of",
    "register",
    "title_of",
]


@dataclass(frozen=True)
class Done:
    """The step is finished; `note` goes into the timeline."""

    note: str = ""


@dataclass(frozen=True)
class Wait:
    """Not yet. `reason` completes "Waiting: …" on the page.

    `seconds` are Azure's and are divided by the pace of the configured cloud; `until` is a time
    promised to people and is not.
    """

    reason: str
    seconds: float = 15
    until: datetime | None = None


@dataclass(frozen=True)
class Cancelled:
    """The step itself has brought a cancelled job to rest. Only for kinds with `handles_cancel`."""

    note: str


Result = Done | Wait | Cancelled


@dataclass(frozen=True)
class Step:
    """One step. `expected` and `timeout` are seconds of the real Azure."""

    name: str
    title: str
    run: Callable[[Tick], Result]
    expected: float = 60
    timeout: float | None = None
    no_return: bool = False  # once begun, a request to cancel is answered instead of followed


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    `on_step` and `on_end` run inside the transaction that begins a step or ends the job, so that
    the domain's rows change with it or not at all: no Azure, no slow work. `cleanup` runs for
    success, failure and cancel alike. `url` is the subject's page, or "" when the subject is gone.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    cleanup: tuple[Step, ...] = ()
    on_end: Callable[[Job], None] | None = None
    on_step: Callable[[Job, str], None] | None = None
    handles_cancel: bool = False
    url: Callable[[Job], str] | None = None
    params_version: int = 1

    def __post_init__(self) -> None:
        names = [step.name for step in self]
        if not self.steps or len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a kind needs steps, and each its own name.")

    def __iter__(self) -> Iterator[Step]:
        yield from self.steps
        yield from self.cleanup

    def step(self, name: str) -> Step:
        """By name; LookupError if this release does not know it."""
        for step in self:
            if step.name == name:
                return step
        raise LookupError(f"{self.name} has no step named {name!r}.")


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> JobKind:
    if kind.name in _kinds:
        raise ValueError(f"There are two job kinds named {kind.name!r}.")
    _kinds[kind.name] = kind
    return kind


def kind_of(name: str) -> JobKind:
    """By name; LookupError if no installed app registers it."""
    if name not in _kinds:
        discover()
    if name not in _kinds:
        raise LookupError(f"No app registers a job kind named {name!r}.")
    return _kinds[name]


def title_of(name: str) -> str:
    """How a kind is called on pages; its bare name if no installed app registers it any more."""
    try:
        return kind_of(name).title
    except LookupError:
        return name


@cache
def discover() -> None:
    """Read each app's `steps.py`: late, so that no process loads them before it needs them."""
    autodiscover_modules("steps")
