"""Update Spot Group."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from spotgroups.forms import GroupForm, MethodForm, ReviewForm, VersionForm, choices_of, image_of
from spotgroups.models import SpotGroup
from spotgroups.progress import running_updates
from spotgroups.review import review
from spotgroups.services import draft_update, start_update, versions_for
from spotgroups.tables import with_standing
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of


class UpdateSpotGroup(Wizard):
    kind = "spot-group-update"
    title = "Update Spot Group"
    lead = "Choose the Spot Group, image version and release method."
    steps = (
        Step("group", "Select Spot Group", GroupForm, template="spotgroups/wizard_group.html"),
        Step("image", "Select Image Set", VersionForm, template="spotgroups/wizard_image.html",
             depends_on=("group",)),
        Step("method", "Select Release Method", MethodForm,
             template="spotgroups/wizard_method.html"),
        Step("review", "Review and Update Spot Group", ReviewForm, "Update Spot Group",
             "spotgroups/wizard_review.html"),
    )  # fmt: skip

    def __init__(self, request: TenantRequest) -> None:
        super().__init__(request, request.tenant.pk)
        self.tenant = request.tenant
        self.admin = admin_of(request)

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "group":
            return {"groups": self._groups(), "running": running_updates(self.tenant.pk)}
        if step.slug == "image":
            group = _group(answers)
            return {"group": group, "versions": versions_for(group)}
        if step.slug == "method":
            return {"group": _group(answers), "viewer_zone": self.admin.time_zone}
        return {}

    def _groups(self) -> list[SpotGroup]:
        mine = SpotGroup.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return list(with_standing(mine).select_related("site", "image_set", "image_version"))

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found: dict[str, Any] = {"cancel_url": reverse("spot-group-list", args=[self.tenant.pk])}
        if "group" in answers:
            found["group"] = _group(answers)
            found["current_image"] = image_of(_group(answers))
        if step.slug == "review":
            release = answers["method"]
            version = answers["image"]["version"]
            draft = draft_update(self.admin, _group(answers), version, choices_of(release))
            found |= review(draft, self.tenant, timezone.now())
        return found

    def finish(self, answers: Answers) -> str:
        update = start_update(
            self.admin,
            _group(answers),
            answers["image"]["version"],
            choices_of(answers["method"]),
        )
        return reverse("spot-group-update-detail", args=[self.tenant.pk, update.pk])


def _group(answers: Answers) -> SpotGroup:
    group: SpotGroup = answers["group"]["group"]
    return group
