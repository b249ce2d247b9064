"""New Image Set Version."""

from __future__ import annotations

from typing import Any, cast

from django.urls import reverse

from images.forms import NotesForm, SourceForm, VersionForm
from images.models import ImageSet, ImageVersion
from images.progress import about, usual_seconds
from images.services import BUILD, create_version
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import TenantRequest, admin_of


class NewVersion(Wizard):
    kind = "image-version"
    title = "New Image Set Version"
    steps = (
        Step("version", "Image set version", VersionForm),
        Step("source", "Select Image Source", SourceForm),
        Step("notes", "Add Notes and Save", NotesForm, "Save", "images/wizard_notes.html"),
    )

    def __init__(self, request: TenantRequest, image_set: ImageSet) -> None:
        super().__init__(request, request.tenant.pk, subject_id=image_set.pk)
        self.image_set = image_set
        self.admin = admin_of(request)

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        if step.slug == "version":
            return {"image_set": self.image_set}
        if step.slug == "source":
            return {"image_set": self.image_set, "versions": self._sources()}
        return {}

    def _sources(self) -> list[ImageVersion]:
        """Images can be copied only where they are kept: in the set's own site."""
        mine = ImageVersion.objects.visible_to(self.admin).filter(
            tenant_id=self.image_set.tenant_id, image_set__site_id=self.image_set.site_id
        )
        return list(mine.select_related("image_set").defer("admin_password"))

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        found: dict[str, Any] = {
            "lead": f"For the image set {self.image_set.name}, at {self.image_set.site.name}.",
            "image_set": self.image_set,
            "cancel_url": self.image_set.get_absolute_url(),
            "crumbs": [
                (reverse("image-set-list", args=[self.image_set.tenant_id]), "Image Sets"),
                (self.image_set.get_absolute_url(), self.image_set.name),
            ],
        }
        if step.slug == "notes":
            found["usually"] = about(usual_seconds(self.image_set.tenant_id, BUILD))
        return found

    def finish(self, answers: Answers) -> str:
        version = create_version(
            self.admin,
            self.image_set,
            answers["version"]["number"],
            cast("ImageVersion | None", answers["source"]["source"]),
            answers["notes"]["notes"],
        )
        return version.get_absolute_url()
