"""Create Device Image."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from spotpc.jobs.services import latest_job
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of
from tenants.models import Site
from w365 import services
from w365.again import refusal_of, row_behind
from w365.forms.connections import SaveForm
from w365.forms.images import (
    ImageNameForm,
    ImageSiteForm,
    ImageVersionForm,
    Judged,
    SourceForm,
)
from w365.models import DeviceImage, Windows365
from w365.services import IMAGE_UPLOAD


class NewDeviceImage(Wizard):
    kind = "w365-image-new"
    title = "Create Device Image"
    lead = "Windows 365 takes a copy of an image in the tenant's Azure, and makes Cloud PCs of it."
    after = ("Windows 365 Takes It Over",)
    steps = (
        Step("name", "Enter Image Name", ImageNameForm, template="w365/wizard_image_name.html"),
        Step("site", "Select Site", ImageSiteForm, template="w365/wizard_image_site.html"),
        Step("version", "Version", ImageVersionForm),
        Step("source", "Select Source Image", SourceForm, template="w365/wizard_source.html",
             depends_on=("site",)),
        Step("review", "Review and Create Device Image", SaveForm, "Create Device Image",
             "w365/wizard_image_review.html"),
    )  # fmt: skip

    def __init__(self, request: TenantRequest) -> None:
        super().__init__(request, request.tenant.pk)
        self.tenant = request.tenant
        self.admin = admin_of(request)

    @property
    def mine(self) -> QuerySet[DeviceImage]:
        return DeviceImage.objects.visible_to(self.admin).filter(tenant=self.tenant)

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "site":
            return {"sites": Site.objects.visible_to(self.admin).filter(tenant=self.tenant)}
        if step.slug == "version":
            name = answers["name"]["name"]
            return {"name": name, "twins": self._twins(name)}
        if step.slug == "source":
            site = answers["site"]["site"]
            return {"site": site, "judged": self._judged(site)}
        return {}

    def _twins(self, name: str) -> QuerySet[DeviceImage]:
        """Images of this name; not the one that this run tries again."""
        twins, old = self.mine.filter(name__iexact=name), self._came_to_nothing()
        return twins.exclude(pk=old.pk) if old else twins

    def _judged(self, site: Site) -> Judged:
        """Azure keeps images by region: those of the site's."""
        here = site.region.casefold()
        judged = services.judged_sources(self.tenant)
        return [each for each in judged if each[0].region.casefold() == here]

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        images = reverse("w365-image-list", args=[self.tenant.pk])
        found: dict[str, Any] = {"cancel_url": images, "crumbs": [(images, "Device Images")]}
        if step.slug == "source":
            known = Windows365.objects.visible_to(self.admin).filter(tenant=self.tenant).first()
            found["read_at"] = known.sources_read_at if known else None
        return found

    def finish(self, answers: Answers) -> str:
        if (old := self._came_to_nothing()) is not None:
            services.discard(self.admin, old)
        return services.create_device_image(
            self.admin,
            answers["site"]["site"],
            answers["name"]["name"],
            answers["version"]["version"],
            answers["source"]["source"],
        ).get_absolute_url()

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        row = row_behind(draft, self.mine, "image_id")
        return refusal_of(latest_job(row), IMAGE_UPLOAD) if row else None

    def _came_to_nothing(self) -> DeviceImage | None:
        """The image of the run that this one tries again, if it is not in Windows 365."""
        old = self.draft.reopens if self.draft else None
        row = row_behind(old, self.mine, "image_id")
        return row if row and not row.graph_id else None
