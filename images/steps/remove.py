"""Taking everything away that an image version has in Azure."""

from __future__ import annotations

from images.models import ImageVersion
from images.steps.common import Scene, scene, url_of
from spotpc.azure.types import Provisioning
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from tenants.steps import Machine, advance_removal


def remove_template(here: Scene) -> Result:
    """The temporary VM with its link, card and disk."""
    _remove_link(here)
    return remove_machine(here, here.template())


def _remove_link(here: Scene) -> None:
    if not here.site.bastion_id:
        return
    bastion, vm_id = here.site.bastion_id, here.template().vm_id
    if here.azure.network.get_shareable_link(bastion, vm_id) is not None:
        here.azure.network.delete_shareable_link(bastion, vm_id)
    here.tick.gone(f"{bastion}#{here.version.vm_name}")


def remove_machine(here: Scene, machine: Machine) -> Result:
    vm = here.azure.compute.get_vm(here.group, machine.names.vm)
    nic = here.azure.network.get_nic(here.group, machine.names.nic)
    waiting_for = advance_removal(here.tick, here.azure, machine, vm, nic)
    return Wait(waiting_for, seconds=10) if waiting_for else Done()


def remove_snapshot(here: Scene) -> Result:
    """The OS disk's snapshot from before sysprep."""
    name = here.template().names.snapshot
    if here.azure.compute.get_snapshot(here.group, name) is not None:
        here.azure.compute.delete_snapshot(here.group, name)
        return Wait("Azure is deleting the snapshot", seconds=10)
    here.tick.gone(here.compute_id("snapshots", name))
    return Done()


def remove_disk(here: Scene, name: str) -> Result:
    """A disk that no VM holds; one that a VM holds is kept, and goes with its VM."""
    disk = here.azure.compute.get_disk(here.group, name)
    if disk is None:
        here.tick.gone(here.compute_id("disks", name))
        return Done()
    if disk.managed_by is not None:
        here.tick.kept(here.compute_id("disks", name), "it is the temporary VM's disk now")
        return Done()
    here.azure.compute.delete_disk(here.group, name)
    return Wait("Azure is deleting a spare disk", seconds=10)


def remove_gallery_version(here: Scene) -> Result:
    found = here.azure.gallery.get_version(*here.gallery_place)
    if found is None:
        here.tick.gone(here.version_id)
        return Done("The image version is gone from the gallery")
    if found.provisioning != Provisioning.DELETING:
        here.azure.gallery.delete_version(*here.gallery_place)
    return Wait("Azure is deleting the image version", seconds=10)


def delete_machine(tick: Tick) -> Result:
    here = scene(tick)
    if not here.version.vm_name:
        return Done()
    removed = remove_template(here)
    return remove_snapshot(here) if isinstance(removed, Done) else removed


def delete_image(tick: Tick) -> Result:
    return remove_gallery_version(scene(tick))


def ended(job: Job) -> None:
    """The row goes when nothing is left in Azure; otherwise it stays and says why."""
    version = ImageVersion.objects.filter(pk=job.subject_id)
    if job.state == Job.State.SUCCEEDED:
        version.delete()
        return
    version.update(
        status=ImageVersion.Status.FAILED,
        error_code=job.error_code or "cancelled",
        error_text=job.error_text or f"Deleting was cancelled by {job.cancel_requested_by}.",
        error_remedy=job.error_remedy or "Delete it again when you are ready.",
    )


DELETE = register(
    JobKind(
        name="images.delete",
        title="Delete the image version",
        steps=(
            Step("machine", "Remove the temporary VM", delete_machine, expected=60, timeout=3600),
            Step("image", "Remove the image from the gallery", delete_image, expected=60,
                 timeout=3600),
        ),
        on_end=ended,
        url=url_of,
    )
)  # fmt: skip
