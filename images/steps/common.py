"""What build, seal and removal of an image version have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from images.models import ImageVersion
from spotpc.azure import names
from spotpc.azure.connect import Azure
from spotpc.azure.errors import Decision, Stopped
from spotpc.jobs.kinds import Tick
from spotpc.jobs.models import Job
from tenants.models import Site
from tenants.steps import Machine, azure_for, job_key, plan_to_facts


@dataclass(frozen=True)
class Scene:
    """One tick's view of one image version: its row, its site, and the door to its Azure."""

    tick: Tick
    version: ImageVersion
    azure: Azure

    @property
    def site(self) -> Site:
        return self.version.image_set.site

    @property
    def group(self) -> str:
        return self.site.resource_group

    @property
    def subscription(self) -> str:
        return str(self.version.tenant.subscription_id)

    @cached_property
    def version_id(self) -> str:
        """The ARM id the gallery image version has, or will have."""
        return names.gallery_version_id(self.subscription, *self.gallery_place)

    @property
    def restored_disk(self) -> str:
        """The name of the disk that a failed seal makes from its snapshot; each seal has its own,
        for the disk it replaces may come from an earlier one."""
        return f"{self.version.vm_name}-os-{self.tick.job.pk}"

    @property
    def gallery_place(self) -> tuple[str, str, str, str]:
        """Resource group, gallery, definition and name of the gallery image version."""
        image_set = self.version.image_set
        return self.group, self.site.gallery, image_set.definition, self.version.number

    def compute_id(self, kind: str, name: str) -> str:
        return names.resource_id(self.subscription, self.group, "Microsoft.Compute", kind, name)

    def tags(self, purpose: str) -> dict[str, str]:
        return dict(names.tags(self.version.tenant_id, self.tick.job.pk, purpose))

    def template(self) -> Machine:
        """The temporary VM. Its name was decided when the version was built."""
        return self._machine(names.ResourceNames(self.version.vm_name), "image")

    def trial(self) -> Machine:
        """The throw-away VM that proves the captured image starts."""
        return self._machine(
            names.resource_names("trial", job_key(self.tick.job), "trial"),
            "trial",
            image_version_id=self.version_id,
        )

    def _machine(
        self, machine_names: names.ResourceNames, purpose: str, image_version_id: str | None = None
    ) -> Machine:
        return Machine(
            subscription_id=self.subscription,
            resource_group=self.group,
            location=self.site.region,
            subnet_id=self.site.subnet_id,
            size=self.version.image_set.vm_size,
            names=machine_names,
            admin_password=self.version.admin_password,
            image_version_id=image_version_id,
            tags=self.tags(purpose),
        )


def scene(tick: Tick) -> Scene:
    version = ImageVersion.objects.select_related(
        "tenant__credential", "image_set__site", "source"
    ).get(pk=tick.job.subject_id)
    return Scene(tick, version, azure_for(version.tenant))


def update(version: ImageVersion, **values: object) -> None:
    """Write these columns and no others: the row is shared with the people who click."""
    ImageVersion.objects.filter(pk=version.pk).update(**values)
    for name, value in values.items():
        setattr(version, name, value)


def url_of(job: Job) -> str:
    """The page of the version a job is about; a deleted one has none."""
    version = ImageVersion.objects.filter(pk=job.subject_id).first()
    return version.get_absolute_url() if version else ""


def purchase_plan(here: Scene) -> dict[str, str] | None:
    """The purchase plan of the definition: VMs made from its versions must repeat it."""
    image_set = here.version.image_set
    definition = here.azure.gallery.get_definition(
        here.group, here.site.gallery, image_set.definition
    )
    if definition is None:
        raise Stopped(
            "definition-missing",
            f"The image definition {image_set.definition} is not in the gallery "
            f"{here.site.gallery} any more.",
            "Restore it in Azure, or create a new image set. Nothing was built.",
            Decision.PAUSE,
        )
    return plan_to_facts(definition.plan)
