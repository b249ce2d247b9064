"""The page of one provisioning policy: everything its live part shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from images.actions import Action
from spotpc.azure.graph_types import PolicySpec
from spotpc.jobs.estimates import Progress, progress_of
from spotpc.jobs.kinds import title_of
from spotpc.jobs.models import Job
from spotpc.jobs.services import jobs_of
from spotpc.web import drafts
from spotpc.web.models import WizardDraft
from spotpc.web.scoping import Permission
from w365 import describe, services
from w365.describe import Change, Standing
from w365.known import Known
from w365.models import EntraGroup, NetworkConnection, ProvisioningPolicy, Reprovisioning
from w365.policies import Pcs, Users, actions_of, assigned_users, standing
from w365.reprovision.progress import Headline, headline
from w365.services.policies import spec_from

HISTORY_SHOWN = 20


@dataclass(frozen=True)
class PastJob:
    job: Job
    title: str
    changes: list[Change]  # of an edit

    @property
    def created(self) -> bool:
        return self.job.kind == services.POLICY_SAVE and not self.job.params.get("base")


@dataclass(frozen=True)
class GroupLine:
    name: str
    found: EntraGroup | None


@dataclass(frozen=True)
class PolicyPage:
    """`policy` comes with the counts of `tables.with_counts`."""

    policy: ProvisioningPolicy
    known: Known
    permissions: Collection[Permission]
    today: date

    @property
    def spec(self) -> PolicySpec:
        return services.spec_of(self.policy)

    @cached_property
    def jobs(self) -> list[Job]:
        return list(jobs_of(self.policy)[:HISTORY_SHOWN])

    @property
    def active(self) -> Job | None:
        return self.jobs[0] if self.jobs and self.jobs[0].active else None

    @property
    def standing(self) -> Standing:
        return standing(self.policy, self.active.kind if self.active else "")

    @property
    def failed(self) -> Job | None:
        """The last job, where it failed; a conflict is told in its own words."""
        last = self.jobs[0] if self.jobs else None
        return last if last and last.state == Job.State.FAILED and not self.conflict else None

    @cached_property
    def progress(self) -> Progress | None:
        return progress_of(self.active) if self.active else None

    @cached_property
    def conflict(self) -> services.Conflict | None:
        return services.policy_conflict(self.policy)

    @cached_property
    def uses(self) -> services.Uses:
        return services.uses_of(self.known.tenant)

    @cached_property
    def runs(self) -> list[Reprovisioning]:
        mine = Reprovisioning.objects.visible_to(self.known.admin).filter(policy=self.policy)
        return list(mine.prefetch_related("pcs")[:HISTORY_SHOWN])

    @property
    def past_runs(self) -> list[tuple[Reprovisioning, Headline]]:
        return [(run, headline(run, timezone.now())) for run in self.runs]

    @property
    def running(self) -> Reprovisioning | None:
        return next((run for run in self.runs if not run.outcome), None)

    @property
    def pcs(self) -> Pcs:
        counted: Any = self.policy  # its annotations
        return Pcs(counted.cloud_pcs, counted.behind)

    @cached_property
    def actions(self) -> dict[str, Action]:
        """By name: edit, delete, and bring or bringing."""
        found = actions_of(self.policy, self.uses, self.running, self.permissions, self.pcs)
        return {action.name: action for action in found}

    @property
    def history(self) -> list[PastJob]:
        return [PastJob(job, title_of(job.kind), self._changes(job)) for job in self.jobs]

    def _changes(self, job: Job) -> list[Change]:
        if not job.params.get("base"):
            return []
        base, wanted = (spec_from(job.params[name]) for name in ("base", "wanted"))
        return describe.changes(base, wanted, self.known)

    @property
    def image(self) -> str:
        return describe.image(self.spec, self.known)

    @property
    def image_standing(self) -> Standing:
        return describe.image_standing(self.spec, self.known, self.today)

    @property
    def connection(self) -> NetworkConnection | None:
        return self.known.connections.get(self.policy.connection_id)

    @property
    def network(self) -> str:
        return describe.network(self.spec, self.known)

    @property
    def health(self) -> Standing:
        return describe.health(self.connection) if self.connection else Standing()

    @property
    def join(self) -> str:
        return describe.join(self.spec)

    @property
    def fixed(self) -> list[describe.Line]:
        return describe.fixed(self.spec)

    @property
    def groups(self) -> list[GroupLine]:
        lines = [
            GroupLine(describe.group(each, self.known), self.known.groups.get(each))
            for each in self.policy.group_ids
        ]
        return sorted(lines, key=lambda line: line.name.casefold())

    @property
    def users(self) -> Users:
        return assigned_users(self.policy, self.known)

    @property
    def wizard(self) -> str:
        """The wizard that saved it last: its kind is also its URL's name."""
        return "w365-policy-edit" if self.policy.graph_id else "w365-policy-new"

    @property
    def again_url(self) -> str:
        return reverse(self.wizard, args=[self.policy.tenant_id])

    @cached_property
    def again(self) -> WizardDraft | None:
        """The run of the wizard whose saving failed, to be changed and tried again."""
        if self.failed is None or self.failed.kind != services.POLICY_SAVE:
            return None
        return drafts.behind(self.wizard, self.policy.tenant_id, self.policy.get_absolute_url())
