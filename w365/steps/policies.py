"""Creating, changing, assigning and deleting provisioning policies.

An edit writes only where Graph has what the admin was shown, or has the new value already. So a
change that somebody made elsewhere meanwhile is never overwritten, and a pass that was cut short
between its two writes goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from spotpc.azure.errors import Decision, Stopped, from_failure
from spotpc.azure.graph_types import PolicySpec
from spotpc.azure.types import Failure
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from w365 import rows
from w365.differences import LABELS, clashes, in_words, names_of
from w365.models import CloudPc, DeviceImage, ProvisioningPolicy
from w365.services import POLICY_DELETE, POLICY_SAVE
from w365.services.policies import CHANGED, changed_fields, spec_from
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

KIND = "provisioning policy"


def save(tick: Tick) -> Result:
    """All but the groups: those are assigned once the policy is as wanted."""
    row = row_of(tick, ProvisioningPolicy)
    graph = windows365(row.tenant)
    wanted = spec_from(tick.job.params["wanted"])
    if tick.job.params["base"] is None:
        return _create(tick, row, graph, wanted)
    return _edit(tick, row, graph, wanted)


def _create(tick: Tick, row: ProvisioningPolicy, graph: Windows365, wanted: PolicySpec) -> Result:
    def create() -> str:
        _check_image(graph, wanted)
        return graph.create_policy(wanted)

    keep(tick, row, row.graph_id or made_once(tick, KIND, row.name, _finder(row, graph), create))
    return Done("Windows 365 has the policy")


def _finder(row: ProvisioningPolicy, graph: Windows365) -> Callable[[], str | None]:
    def find() -> str | None:
        wanted = row.name.casefold()
        same = [each for each in graph.policies() if each.spec.name.casefold() == wanted]
        return same[0].id if same else None

    return find


def _edit(tick: Tick, row: ProvisioningPolicy, graph: Windows365, wanted: PolicySpec) -> Result:
    current = _current(tick, row, graph, wanted)
    without_groups = replace(wanted, group_ids=current.group_ids)
    changed = changed_fields(current, without_groups)
    if not changed:
        return Done()
    if "image_id" in changed:
        _check_image(graph, wanted)
    graph.update_policy(row.graph_id, without_groups, current)
    _record(row, without_groups)
    return Done("Windows 365 has the change. Cloud PCs that exist keep the image they have")


def _current(
    tick: Tick, row: ProvisioningPolicy, graph: Windows365, wanted: PolicySpec
) -> PolicySpec:
    """What Graph has now. Raises Stopped if somebody else changed it since it was shown."""
    found = graph.get_policy(row.graph_id)
    if found is None:
        raise missing(KIND, row.name)
    base = spec_from(tick.job.params["base"])
    differing = clashes(base, wanted, found.spec)
    if not differing:
        return found.spec
    _record(row, found.spec)
    names = names_of(row.tenant_id)
    tick.facts["conflict"] = [
        (LABELS[name], in_words(wanted, name, names), in_words(found.spec, name, names))
        for name in differing
    ]
    what = ", ".join(LABELS[name] for name in differing)
    raise Stopped(
        CHANGED,
        f"Somebody changed the policy in Windows 365 while it was edited here: {what}.",
        "Nothing was overwritten. Look at the newer values, then edit the policy again.",
        Decision.FAIL,
    )


def _check_image(graph: Windows365, wanted: PolicySpec) -> None:
    """Believed: Graph takes a custom image in a policy only when it is ready."""
    if wanted.image_type != ProvisioningPolicy.ImageType.CUSTOM:
        return
    found = graph.get_device_image(wanted.image_id)
    if found is not None and found.status == DeviceImage.Status.READY:
        return
    is_now = "is gone from Windows 365" if found is None else f"is not ready ({found.status})"
    raise Stopped(
        "w365-image-not-ready",
        f"The device image {wanted.image_name} {is_now}, so no policy can use it.",
        "Choose another image, or wait until this one is ready. Nothing was changed.",
        Decision.FAIL,
    )


def assign(tick: Tick) -> Result:
    """The whole list of groups, if Graph has another one."""
    row = row_of(tick, ProvisioningPolicy)
    graph = windows365(row.tenant)
    wanted = spec_from(tick.job.params["wanted"])
    if tick.job.params["base"] is None:
        found = graph.get_policy(row.graph_id)
        if found is None:
            raise missing(KIND, row.name)
        current = found.spec
    else:
        current = _current(tick, row, graph, wanted)
    if current.group_ids != wanted.group_ids:
        graph.assign_policy(row.graph_id, wanted.group_ids)
    _record(row, replace(current, group_ids=wanted.group_ids))
    return Done(_who(wanted) if current.group_ids != wanted.group_ids else "")


def _who(wanted: PolicySpec) -> str:
    if not wanted.group_ids:
        return "It is assigned to nobody now"
    return "Licensed members of its groups who have no Cloud PC yet get one now"


def _record(row: ProvisioningPolicy, spec: PolicySpec) -> None:
    update(row, **rows.of_policy(spec))


def look_again(tick: Tick) -> Result:
    row = row_of(tick, ProvisioningPolicy)
    if tick.job.outcome != Job.State.SUCCEEDED and not row.graph_id:
        settle(tick, row, _finder(row, windows365(row.tenant)))
    return Done()


def delete(tick: Tick) -> Result:
    """Source: learn.microsoft.com, "Delete provisioning policies": only one without assignments."""
    row = row_of(tick, ProvisioningPolicy)
    if not row.graph_id:
        return Done("It was never created in Windows 365")
    graph = windows365(row.tenant)
    found = graph.get_policy(row.graph_id)
    if found is None:
        return Done(_gone(row))
    if found.spec.group_ids:
        _record(row, found.spec)
        raise from_failure(Failure("w365-policy-assigned", ""), "delete provisioning policy")
    graph.delete_policy(row.graph_id)
    return Wait("Windows 365 is deleting the policy", 5)


def _gone(row: ProvisioningPolicy) -> str:
    left = CloudPc.objects.filter(policy=row).count()
    if not left:
        return "It is gone from Windows 365"
    return (
        f"It is gone from Windows 365. {left} Cloud PCs that were made from it stay until their "
        "grace period ends"
    )


def deleted(job: Job) -> None:
    """The row goes with it; where that failed it stays, and the job says why."""
    if job.state == Job.State.SUCCEEDED:
        ProvisioningPolicy.objects.filter(pk=job.subject_id).delete()


SAVE = register(
    JobKind(
        name=POLICY_SAVE,
        title="Save the policy",
        steps=(
            Step("save", "Hand it to Windows 365", save, expected=5, timeout=3600),
            Step("assign", "Assign it to its groups", assign, expected=5, timeout=3600),
        ),
        cleanup=(
            Step("look", "If it failed: look what became of it", look_again, expected=1,
                 timeout=1800),
        ),
        url=url_of(ProvisioningPolicy),
    )
)  # fmt: skip
DELETE = register(
    JobKind(
        name=POLICY_DELETE,
        title="Delete the policy",
        steps=(Step("delete", "Delete it in Windows 365", delete, expected=10, timeout=3600),),
        on_end=deleted,
        url=url_of(ProvisioningPolicy),
    )
)
