"""Create Provisioning Policy and Edit Provisioning Policy."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from spotpc.azure.graph_types import PolicySpec
from spotpc.jobs.services import latest_job
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of
from tenants.models import Tenant
from w365 import describe, services
from w365.again import refusal_of
from w365.differences import clashes
from w365.forms.policies import CreateForm, DetailForm, PolicyForm, ReviewForm
from w365.forms.policy_image import ImageForm
from w365.forms.policy_network import ConfigForm, GroupsForm, NetworkForm
from w365.known import Known
from w365.models import ProvisioningPolicy
from w365.review import effects_of_edit, effects_of_new

ANSWERS = ("network", "config", "image", "groups", "detail")  # steps whose answers make the spec
IMAGE_STEP = "w365/policies_wizard_image.html"


def spec_from(base: PolicySpec, answers: Answers) -> PolicySpec:
    """`base` with what the steps so far say instead."""
    for slug in ANSWERS:
        base = replace(base, **answers.get(slug, {}).get("spec", {}))
    return base


class PolicyWizard(Wizard):
    """What the two have in common: the tenant's policies and all a policy may be given."""

    def __init__(self, request: TenantRequest) -> None:
        super().__init__(request, request.tenant.pk)
        self.tenant = request.tenant
        self.admin = admin_of(request)
        self.known = Known(self.admin, self.tenant)

    @property
    def mine(self) -> QuerySet[ProvisioningPolicy]:
        return ProvisioningPolicy.objects.visible_to(self.admin).filter(tenant=self.tenant)

    def taken(self, but: ProvisioningPolicy | None) -> list[str]:
        """Names of the others."""
        return [each.name for each in self.mine if each != but]

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        policies = reverse("w365-policy-list", args=[self.tenant.pk])
        return {"cancel_url": policies, "crumbs": [(policies, "Provisioning Policies")]}

    def row_behind(self, draft: WizardDraft) -> ProvisioningPolicy | None:
        """The policy that a finished run led to."""
        pages = ((each.get_absolute_url(), each) for each in self.mine)
        return dict(pages).get(draft.result_url)


class NewPolicy(PolicyWizard):
    kind = "w365-policy-new"
    title = "Create Provisioning Policy"
    lead = "A provisioning policy says what a user's Cloud PC is made of, and who gets one."
    steps = (
        Step("network", "Select Connection", NetworkForm,
             template="w365/policies_wizard_network.html"),
        Step("image", "Select Device Image", ImageForm, template=IMAGE_STEP),
        Step("groups", "Select Group", GroupsForm, template="w365/policies_wizard_groups.html"),
        Step("detail", "Provisioning Policy Detail", DetailForm),
        Step("review", "Review and Save Provisioning Policy", CreateForm,
             "Create Provisioning Policy", "w365/policies_wizard_new.html"),
    )  # fmt: skip

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug in ("network", "groups"):
            return {"known": self.known}
        if step.slug == "image":
            return {"known": self.known, "current": None, "today": timezone.localdate()}
        if step.slug == "detail":
            return {"taken": self.taken(self._failed_row()), "current": None}
        return {}

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found = super().context(step, answers)
        if step.slug == "review":
            spec = self._spec(answers)
            found["wanted"] = describe.lines(spec, self.known)
            found["effects"] = effects_of_new(spec, self.known)
        return found

    def _spec(self, answers: Answers) -> PolicySpec:
        empty = PolicySpec(
            name="", description="", image_type="", image_id="", image_name="", join_type="",
            locale=locale_of(self.tenant),
        )  # fmt: skip
        return spec_from(empty, answers)

    def finish(self, answers: Answers) -> str:
        if (old := self._failed_row()) is not None:
            services.discard(self.admin, old)
        return services.create_policy(
            self.admin, self.tenant, self._spec(answers)
        ).get_absolute_url()

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        row = self.row_behind(draft)
        return _refusal(row) if row and not row.graph_id else None

    def _failed_row(self) -> ProvisioningPolicy | None:
        """The row of the run that this one tries again; it was never created."""
        old = self.draft.reopens if self.draft else None
        row = self.row_behind(old) if old else None
        return row if row and not row.graph_id else None


class EditPolicy(PolicyWizard):
    kind = "w365-policy-edit"
    title = "Edit Provisioning Policy"
    lead = "Choose the policy and change what new Cloud PCs are made of."
    steps = (
        Step("policy", "Select Provisioning Policy", PolicyForm,
             template="w365/policies_wizard_policy.html"),
        Step("config", "Edit Configurations", ConfigForm,
             template="w365/policies_wizard_config.html", depends_on=("policy",)),
        Step("image", "Edit Device Image", ImageForm, template=IMAGE_STEP,
             depends_on=("policy",)),
        Step("detail", "Edit Provisioning Policy Detail", DetailForm, depends_on=("policy",)),
        Step("review", "Review and Save Changes", ReviewForm, "Save Changes",
             "w365/policies_wizard_review.html"),
    )  # fmt: skip

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "policy":
            return self._policies()
        policy = _policy(answers)
        if step.slug == "config":
            return {"known": self.known, "shown": services.spec_of(policy)}
        base = _base(answers)
        if step.slug == "image":
            return {"known": self.known, "current": base, "today": timezone.localdate()}
        if step.slug == "detail":
            return {"taken": self.taken(policy), "current": base}
        wanted, now = spec_from(base, answers), services.spec_of(policy)
        newer = describe.changes(base, now, self.known) if clashes(base, wanted, now) else []
        return {"changes": describe.changes(base, wanted, self.known), "newer": newer}

    def _policies(self) -> dict[str, Any]:
        uses, policies = services.uses_of(self.tenant), list(self.mine)
        refused = {each.pk: services.why_not_edit(each, uses) for each in policies}
        return {"policies": policies, "refused": refused}

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found = super().context(step, answers)
        if "policy" in answers:
            found["policy"] = _policy(answers)
        if step.slug == "review":
            base = _base(answers)
            wanted = spec_from(base, answers)
            found["effects"] = effects_of_edit(_policy(answers), base, wanted, self.known)
        return found

    def finish(self, answers: Answers) -> str:
        base, policy = _base(answers), _policy(answers)
        services.edit_policy(self.admin, policy, spec_from(base, answers), base)
        return policy.get_absolute_url()

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        """Not where Windows 365 had newer values: then a new edit starts from those."""
        row = self.row_behind(draft)
        return None if row is None or services.policy_conflict(row) else _refusal(row)


def _policy(answers: Answers) -> ProvisioningPolicy:
    policy: ProvisioningPolicy = answers["policy"]["policy"]
    return policy


def _base(answers: Answers) -> PolicySpec:
    base: PolicySpec = answers["config"]["base"]
    return base


def _refusal(row: ProvisioningPolicy) -> DomainError | None:
    return refusal_of(latest_job(row), services.POLICY_SAVE)


def locale_of(tenant: Tenant) -> str:
    """Of Windows on new Cloud PCs. Graph's own default where we know only the language."""
    language: str = tenant.preferred_language
    return language if re.fullmatch("[a-z]{2}-[A-Z]{2}", language) else "en-US"
