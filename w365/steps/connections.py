"""Creating, changing, checking and deleting network connections.

A check that fails is a finding, not a failure of the job: the connection is there, and what is
wrong with it stands on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING

from spotpc.azure.graph_types import HealthCheck, NetworkConnectionSpec
from spotpc.azure.graph_types import NetworkConnection as Found
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from spotpc.jobs.retries import at_pace
from w365 import rows
from w365.health import meaning
from w365.models import NetworkConnection
from w365.services import CONNECTION_CHECK, CONNECTION_DELETE, CONNECTION_SAVE
from w365.steps.common import (
    keep,
    made_once,
    missing,
    row_of,
    settle,
    update,
    url_of,
    windows365,
)

if TYPE_CHECKING:
    from spotpc.azure.graph.windows365 import Windows365

KIND = "network connection"
Health = NetworkConnection.Health

# Seconds of Azure. Believed: a check builds a machine, joins it to the domain and removes it.
CHECK_EXPECTED = 1200
CHECK_TIMEOUT = 4 * 3600
POLL = 30
# Believed: a check shows within minutes of being asked for; until then Graph tells the last one.
BEGINS_WITHIN = 600
FINDINGS = {"failed": "failed", "warning": "passed with a warning"}


def save(tick: Tick) -> Result:
    row = row_of(tick, NetworkConnection)
    graph = windows365(row.tenant)
    return _create(tick, row, graph) if tick.job.params["new"] else _edit(tick, row, graph)


def _create(tick: Tick, row: NetworkConnection, graph: Windows365) -> Result:
    wanted = NetworkConnectionSpec(**tick.job.params["wanted"], ad_password=row.ad_password)
    graph_id = row.graph_id or made_once(
        tick, KIND, row.name, _finder(row, graph), lambda: graph.create_connection(wanted)
    )
    keep(tick, row, graph_id)
    update(row, ad_password="", health=Health.PENDING)
    return Done("Windows 365 has the connection and checks it")


def _finder(row: NetworkConnection, graph: Windows365) -> Callable[[], str | None]:
    def find() -> str | None:
        same = [each for each in graph.connections() if each.name.casefold() == row.name.casefold()]
        return same[0].id if same else None

    return find


def _edit(tick: Tick, row: NetworkConnection, graph: Windows365) -> Result:
    """A repeat after a lost answer writes the same once more: nobody can read a password back."""
    found = _get(row, graph)
    wanted = replace(_spec(found), **tick.job.params["wanted"], ad_password=row.ad_password)
    if wanted == _spec(found):
        return Done("Windows 365 has the change")
    if _under_check(found):
        return Wait("Windows 365 is checking the connection and changes nothing meanwhile", POLL)
    _remember_last_check(tick, found)
    graph.update_connection(row.graph_id, wanted, found)
    update(row, ad_password="", health=Health.PENDING)
    return Done("Windows 365 has the change and checks the connection again")


def _get(row: NetworkConnection, graph: Windows365) -> Found:
    found = graph.get_connection(row.graph_id)
    if found is None:
        raise missing(KIND, row.name)
    return found


def _spec(found: Found) -> NetworkConnectionSpec:
    """As Graph has it: without the password, which it never tells."""
    names = [field.name for field in fields(NetworkConnectionSpec) if field.name != "ad_password"]
    return NetworkConnectionSpec(**{name: getattr(found, name) for name in names})


def _under_check(found: Found) -> bool:
    return found.health in NetworkConnection.UNDER_CHECK


def _remember_last_check(tick: Tick, found: Found) -> None:
    tick.facts["last_check"] = _moment(rows.last_finished(found.checks))
    tick.remember()


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def ask_for_check(tick: Tick) -> Result:
    """One check more; one that runs already will do."""
    row = row_of(tick, NetworkConnection)
    graph = windows365(row.tenant)
    found = _get(row, graph)
    if _under_check(found):
        return Done("A health check is running already")
    if "last_check" in tick.facts and not _tells_the_last_check(tick, found):
        return Done()  # asked for by a pass that was cut short, and over already
    _remember_last_check(tick, found)
    graph.run_health_checks(row.graph_id)
    update(row, health=Health.PENDING)
    return Done()


def follow_check(tick: Tick) -> Result:
    row = row_of(tick, NetworkConnection)
    found = _get(row, windows365(row.tenant))
    over = sum(each.finished_at is not None for each in found.checks)
    if _under_check(found):
        _record(row, found)
        tick.progress(over, len(found.checks))
        return Wait(_what_runs(found.checks), POLL)
    if _tells_the_last_check(tick, found) and tick.waited() < at_pace(BEGINS_WITHIN):
        return Wait("Windows 365 has not begun the health check yet", POLL)
    _record(row, found)
    _tell(tick, found.checks)
    return Done(f"{Health(found.health).label}" if found.health in Health.values else found.health)


def _tells_the_last_check(tick: Tick, found: Found) -> bool:
    """Whether Graph still tells of the check before the one that was asked for."""
    return tick.facts.get("last_check") == _moment(rows.last_finished(found.checks))


def _record(row: NetworkConnection, found: Found) -> None:
    update(row, **rows.of_connection(found), **rows.of_checks(found.checks))


def _what_runs(checks: Iterable[HealthCheck]) -> str:
    running = [each.name for each in checks if each.status == Health.RUNNING]
    return f"Windows 365 checks: {', '.join(running)}" if running else "The health check runs"


def _tell(tick: Tick, checks: Iterable[HealthCheck]) -> None:
    """Each finding, with what to do about it."""
    for check in checks:
        word = FINDINGS.get(check.status)
        if word:
            tick.event(f"{check.name} {word}. {_words(check)}", level="warning")


def _words(check: HealthCheck) -> str:
    """Ours where we have some for its error, else Microsoft's."""
    ours = meaning(check.error_type)
    if ours is not None:
        return f"{ours.cause} {ours.means} {ours.to_do}".strip()
    theirs = f"{check.detail} {check.recommended_action}".strip()
    return theirs or "Microsoft gives no reason. Look at it in the Intune admin center."


def look_again(tick: Tick) -> Result:
    row = row_of(tick, NetworkConnection)
    if tick.job.outcome != Job.State.SUCCEEDED and not row.graph_id:
        settle(tick, row, _finder(row, windows365(row.tenant)))
    return Done()


def saved(job: Job) -> None:
    """However it ended, the password is not ours to keep."""
    NetworkConnection.objects.filter(pk=job.subject_id).update(ad_password="")


def delete(tick: Tick) -> Result:
    row = row_of(tick, NetworkConnection)
    if not row.graph_id:
        return Done("It was never created in Windows 365")
    graph = windows365(row.tenant)
    found = graph.get_connection(row.graph_id)
    if found is None:
        return Done("It is gone from Windows 365")
    if _under_check(found):
        return Wait("Windows 365 is checking the connection and deletes nothing meanwhile", POLL)
    graph.delete_connection(row.graph_id)
    return Wait("Windows 365 is deleting the connection", 5)


def deleted(job: Job) -> None:
    """The row goes with it; where that failed it stays, and the job says why."""
    if job.state == Job.State.SUCCEEDED:
        NetworkConnection.objects.filter(pk=job.subject_id).delete()


CHECK_STEP = Step(
    "check", "Health check", follow_check, expected=CHECK_EXPECTED, timeout=CHECK_TIMEOUT
)

SAVE = register(
    JobKind(
        name=CONNECTION_SAVE,
        title="Save the connection",
        steps=(
            Step("save", "Hand it to Windows 365", save, expected=5, timeout=CHECK_TIMEOUT),
            CHECK_STEP,
        ),
        cleanup=(
            Step("look", "If it failed: look what became of it", look_again, expected=1,
                 timeout=1800),
        ),
        on_end=saved,
        url=url_of(NetworkConnection),
    )
)  # fmt: skip
CHECK = register(
    JobKind(
        name=CONNECTION_CHECK,
        title="Run the health check",
        steps=(
            Step("ask", "Ask for a health check", ask_for_check, expected=5, timeout=1800),
            CHECK_STEP,
        ),
        url=url_of(NetworkConnection),
    )
)
DELETE = register(
    JobKind(
        name=CONNECTION_DELETE,
        title="Delete the connection",
        steps=(
            Step("delete", "Delete it in Windows 365", delete, expected=10, timeout=CHECK_TIMEOUT),
        ),
        on_end=deleted,
        url=url_of(NetworkConnection),
    )
)
