"""The few error classes the rest of the product sees of Azure. Imports no SDK by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from spotpc.azure import sdk_errors
from spotpc.azure.catalogue import Decision, Match, recognise
from spotpc.azure.envelopes import Cause, innermost
from spotpc.azure.sdk_errors import Answer
from spotpc.azure.types import Failure

__all__ = [
    "AzureError",
    "Decision",
    "NotFound",
    "RetryLater",
    "Stopped",
    "from_failure",
    "translated",
]

# Azure's texts sometimes say "try again after '0' seconds".
_LEAST_FROM_TEXT = 5.0


class AzureError(Exception):
    """A failure in the product's own words (`code`, `sentence`, `remedy`), with Azure's beside."""

    def __init__(
        self,
        code: str,
        sentence: str,
        remedy: str,
        decision: Decision,
        *,
        azure_code: str = "",
        azure_message: str = "",
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.decision = decision
        self.azure_code = azure_code
        self.azure_message = azure_message


class RetryLater(AzureError):
    """Come back to it. A decision of SUCCESS is raised so too: the next pass sees that it is done.

    `after` is in seconds: what Azure asked for (then `asked` is true and it is real time), else
    the catalogue's advice, else None. `tries` is how often it is worth trying, None: no opinion.
    """

    after: float | None = None
    asked: bool = False
    tries: int | None = None


class Stopped(AzureError):
    """Quota, policy, permission, bad image: nothing changes until an admin acts."""


class NotFound(AzureError):
    """The addressed resource itself is not there. After a delete its decision is SUCCESS.

    Soon after our own write it may mean "not yet": only the caller knows when it wrote.
    """


@contextmanager
def translated(operation: str = "", **facts: str) -> Iterator[None]:
    """Turns whatever an SDK raises inside into an `AzureError`; other exceptions pass.

    `operation` is what is tried, in words ("delete disk"): a few failures mean another thing when
    deleting or starting. `facts` fill in the sentence: vm, host, size, location, pool, user, ...
    """
    try:
        yield
    except Exception as error:
        answer = sdk_errors.read(error)
        if answer is None:
            raise
        raise _from_answer(answer, operation, facts) from error


def from_failure(failure: Failure, operation: str = "", **facts: str) -> AzureError:
    """The error for what a resource says of itself (`provisioningState` Failed and the like), or
    for something the product observed, where `failure.code` is an entry of the catalogue."""
    body = {"error": {"code": failure.code, "message": failure.message}}
    return _from_answer(Answer(innermost(body)), operation, facts)


def _from_answer(answer: Answer, operation: str, facts: dict[str, str]) -> AzureError:
    cause, match = answer.cause, _meaning(answer, operation)
    known = {**_azures_words(match, cause), **answer.facts, **match.groups, **facts}
    sentence, remedy = match.entry.render(known)
    error = _class_of(match)(
        match.entry.code,
        sentence,
        remedy,
        match.entry.decision,
        azure_code=cause.code,
        azure_message=cause.message,
    )
    if isinstance(error, RetryLater):
        error.tries = match.entry.tries
        error.after, error.asked = _delay(answer, match)
    return error


def _meaning(answer: Answer, operation: str) -> Match:
    """What the catalogue says; but a 404 that speaks of something else than the addressed resource
    does not mean that this one is gone (after a delete it does: what held it is gone)."""
    cause = answer.cause
    match = recognise(cause.code, answer.status, cause.message, operation)
    named = match.groups.get("resource", "")
    if (
        match.entry.missing
        and match.entry.decision != Decision.SUCCESS
        and sdk_errors.speaks_of_another(named, answer.url)
    ):
        return replace(recognise("reference-missing", None, ""), groups=match.groups)
    return match


def _class_of(match: Match) -> type[AzureError]:
    if match.entry.missing:
        return NotFound
    if match.entry.decision in (Decision.PAUSE, Decision.FAIL):
        return Stopped
    return RetryLater


def _azures_words(match: Match, cause: Cause) -> dict[str, str]:
    code = "" if cause.code == match.entry.code else cause.code
    return {"azure_code": code, "azure_message": cause.message}


def _delay(answer: Answer, match: Match) -> tuple[float | None, bool]:
    """(seconds, whether Azure itself asked): a header, else the text, else the catalogue."""
    if answer.after is not None:
        return answer.after, True
    if (seconds := match.groups.get("seconds", "")).isdigit():
        return max(_LEAST_FROM_TEXT, float(seconds)), True
    return match.entry.after, False
