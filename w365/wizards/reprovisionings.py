"""Bring Cloud PCs Over."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of
from w365.forms.reprovision_rings import RingsForm
from w365.forms.reprovision_when import WhenForm
from w365.forms.reprovisionings import CloudPcsForm, ReviewForm
from w365.models import CloudPc, NetworkConnection, ProvisioningPolicy, Reprovisioning
from w365.reprovision import services
from w365.reprovision_review import review


class BringOver(Wizard):
    kind = "w365-policy-reprovision"
    title = "Bring Cloud PCs Over"
    steps = (
        Step("pcs", "Select Cloud PCs", CloudPcsForm, template="w365/reprovision_wizard_pcs.html"),
        Step("rings", "Rings", RingsForm, template="w365/reprovision_wizard_rings.html"),
        Step("when", "When and What Users Are Told", WhenForm,
             template="w365/reprovision_wizard_when.html"),
        # What was confirmed is another thing after a change.
        Step("review", "Review and Start", ReviewForm, "Bring Cloud PCs Over",
             "w365/reprovision_wizard_review.html", depends_on=("pcs", "rings", "when")),
    )  # fmt: skip

    def __init__(self, request: TenantRequest, policy: ProvisioningPolicy) -> None:
        super().__init__(request, request.tenant.pk, subject_id=policy.pk)
        self.tenant = request.tenant
        self.admin = admin_of(request)
        self.policy = policy

    @cached_property
    def pcs(self) -> list[CloudPc]:
        mine = CloudPc.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return list(mine.filter(policy=self.policy).order_by("user", "device_name", "pk"))

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "pcs":
            return {"policy": self.policy, "pcs": self.pcs}
        if step.slug == "rings":
            return {"pcs": [pc for pc in self.pcs if pc.graph_id in answers["pcs"]["pcs"]]}
        if step.slug == "when":
            return {"zones": self._zones(), "sender": self._last_sender()}
        return {}

    def _zones(self) -> tuple[str, ...]:
        """Where the Cloud PCs stand, if that is known, and where the admin is."""
        mine = NetworkConnection.objects.visible_to(self.admin).filter(tenant=self.tenant)
        here = mine.filter(graph_id=self.policy.connection_id).exclude(graph_id="")
        site = here.values_list("site__time_zone", flat=True).first()
        return (*([site] if site else []), self.admin.time_zone)

    def _last_sender(self) -> str:
        """Of this tenant's last run that wrote to anybody."""
        return self._runs.exclude(sender="").values_list("sender", flat=True).first() or ""

    @property
    def _runs(self) -> QuerySet[Reprovisioning]:
        return Reprovisioning.objects.visible_to(self.admin).filter(tenant=self.tenant)

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        policies = reverse("w365-policy-list", args=[self.tenant.pk])
        page = self.policy.get_absolute_url()
        found: dict[str, Any] = {
            "policy": self.policy,
            "lead": f"Of {self.policy.name}, to {self.policy.image_name}.",
            "cancel_url": page,
            "crumbs": [(policies, "Provisioning Policies"), (page, self.policy.name)],
        }
        if step.slug in ("pcs", "review"):
            found["because_image"] = services.why_not_image(self.policy)
        if step.slug == "review":
            draft = services.draft(self.policy, choices_of(answers), self.admin.email)
            found |= review(draft, self.tenant)
        return found

    def finish(self, answers: Answers) -> str:
        choices = choices_of(answers)
        return services.start(self.admin, self.policy, choices).get_absolute_url()


def choices_of(answers: Answers) -> services.Choices:
    """The steps' answers as the service takes them. Whoever is not ticked is left out."""
    rings, when = answers["rings"], answers["when"]
    return services.Choices(
        rings=rings["rings"],
        only=tuple(answers["pcs"]["pcs"]),
        include_same=True,  # as far as they are ticked
        starts_at=when["starts_at"],
        zone=when["zone"],
        ring_pause_minutes=rings["pause_minutes"],
        message=when["message"] or "",
        sender=when["sender"] or "",
        notice_minutes=when["notice_minutes"] or 0,
        failure_budget=rings["failure_budget"],
        confirm=answers.get("review", {}).get("confirm", ""),
    )
