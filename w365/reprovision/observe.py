"""What the planner is told, read from Graph and from the facts of earlier passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spotpc.azure import types
from spotpc.azure.errors import RetryLater, from_failure
from spotpc.azure.graph import Graph
from spotpc.azure.graph_types import CloudPc, PolicySpec
from w365.models import ReprovisionedPc, Reprovisioning
from w365.reprovision.desired import facts_of
from w365.reprovision.state import FAILED, Failure, Observed, Pc


@dataclass(frozen=True)
class View:
    """One pass's look at everything the run touches. Mappings are by Graph's ids of Cloud PCs."""

    rows: Mapping[str, ReprovisionedPc]
    pcs: Mapping[str, CloudPc]
    policy: PolicySpec | None
    observed: Observed


def observe(graph: Graph, run: Reprovisioning) -> View:
    """Three calls, however many Cloud PCs there are."""
    policy_id = run.policy.graph_id if run.policy else ""
    found = graph.windows365.get_policy(policy_id) if policy_id else None
    pcs = {pc.id: pc for pc in graph.windows365.cloud_pcs() if _is_of(pc, policy_id)}
    rows = {row.graph_id: row for row in run.pcs.all()}
    spec = found.spec if found else None
    observed = Observed(
        pcs=tuple(_pc(row, pcs.get(row.graph_id)) for row in rows.values()),
        policy_exists=spec is not None,
        policy_image_id=spec.image_id if spec else "",
        policy_image_name=spec.image_name if spec else "",
        halted=run.halted,
    )
    return View(rows, pcs, spec, observed)


def _is_of(pc: CloudPc, policy_id: str) -> bool:
    """Without its policy's row nobody knows the policy's id any more; ids are enough then."""
    return pc.policy_id == policy_id or not policy_id


def _pc(row: ReprovisionedPc, pc: CloudPc | None) -> Pc:
    if pc is None:
        return Pc(**facts_of(row), listed=False, status="")
    return Pc(
        **facts_of(row),
        status=pc.status,
        device_id=pc.managed_device_id,
        device_name=pc.device_name,
        image_name=pc.image_name,
        failure=_failure(pc),
    )


def _failure(pc: CloudPc) -> Failure | None:
    """In the catalogue's words. What only passes by itself is worth another attempt."""
    if pc.status != FAILED:
        return None
    told = types.Failure(pc.status_code, pc.status_detail)
    error = from_failure(told, "provision Cloud PC", user=pc.user)
    return Failure(
        error.code, error.sentence, error.remedy, permanent=not isinstance(error, RetryLater)
    )
