"""Sealing: generalize the temporary VM, capture it, prove that the image starts.

Until Windows is generalized the way back is open: the disk is snapshotted first, and a failed or
cancelled seal puts it back, so that nobody's work of an afternoon is lost.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from images.models import ImageVersion
from images.services import IDLE_LIMIT
from images.steps import restore
from images.steps.common import Scene, purchase_plan, scene, update, url_of
from images.steps.remove import (
    remove_disk,
    remove_gallery_version,
    remove_machine,
    remove_snapshot,
    remove_template,
)
from images.steps.sysprep import READ_LOG, SYSPREP, last_error_line
from spotpc.azure.errors import Decision, Stopped, from_failure
from spotpc.azure.types import Failure, GalleryVersion, Power, Provisioning, RunCommand
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from tenants.steps import advance_creation, plan_from_facts

Status = ImageVersion.Status
STOPPED = (Power.STOPPED, Power.DEALLOCATING, Power.DEALLOCATED)
ENDED = ("succeeded", "failed", "timedout", "canceled")
SYSPREP_COMMAND, LOG_COMMAND = "spotpc-sysprep", "spotpc-sysprep-log"


def wake(tick: Tick) -> Result:
    """Sysprep runs inside Windows, so Windows must run."""
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if vm is None:
        raise Stopped(
            "vm-missing",
            f"The temporary VM {here.version.vm_name} does not exist any more.",
            "Somebody deleted it in Azure. Delete this version and make a new one.",
            Decision.FAIL,
        )
    if vm.power == Power.RUNNING and vm.agent_ready:
        return Done()
    if vm.power in (Power.DEALLOCATED, Power.STOPPED):
        here.azure.compute.start(here.group, vm.name)
    return Wait("The temporary VM is starting")


def snapshot(tick: Tick) -> Result:
    """Before anything is changed inside Windows."""
    here = scene(tick)
    name = here.template().names.snapshot
    found = here.azure.compute.get_snapshot(here.group, name)
    if found is None:
        vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
        if vm is None or not vm.os_disk_id:
            return Wait("Azure has not said yet which disk the VM has")
        tick.facts["disk"] = vm.os_disk_name
        tick.claim("snapshot", here.compute_id("snapshots", name), name)
        here.azure.compute.create_snapshot(
            here.group, name, here.site.region, vm.os_disk_id, here.tags("before-seal")
        )
        return Wait("Azure is taking a snapshot of the disk", seconds=5)
    if found.provisioning == Provisioning.FAILED:
        here.azure.compute.delete_snapshot(here.group, name)
        return Wait("The snapshot failed; it is taken again")
    if found.provisioning != Provisioning.SUCCEEDED:
        return Wait("Azure is taking a snapshot of the disk", seconds=5)
    return Done("If sysprep fails, the disk goes back to this moment")


def generalize_windows(tick: Tick) -> Result:
    """Sysprep. The agent dies with Windows, so the power state tells, not the command."""
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if vm is not None and vm.power in STOPPED:
        update(here.version, vm_running=False)
        return Done("Windows is generalized and has shut down")
    command = here.azure.compute.get_run_command(here.group, here.version.vm_name, SYSPREP_COMMAND)
    if command is None:
        # Known before it is asked for: a cancel that comes next must put the disk back.
        tick.facts["sysprep_begun"] = True
        tick.remember()
        _run(here, SYSPREP_COMMAND, SYSPREP)
        return Wait("Windows is being generalized")
    if _failed(command):
        return _explain_failure(here)
    return Wait("Windows is being generalized, and shuts down when it is")


def _failed(command: RunCommand) -> bool:
    """Succeeded with exit code 0 only says that sysprep was started well; Windows then stops."""
    return command.state.casefold() in ENDED and (
        command.state.casefold() != "succeeded" or command.exit_code not in (0, None)
    )


def _explain_failure(here: Scene) -> Result:
    """Read the log once more from inside, then stop with the cause."""
    log = here.azure.compute.get_run_command(here.group, here.version.vm_name, LOG_COMMAND)
    if log is None:
        _run(here, LOG_COMMAND, READ_LOG)
        return Wait("Sysprep failed; reading its log")
    if log.state.casefold() not in ENDED:
        return Wait("Sysprep failed; reading its log")
    text = f"{log.output}\n{log.error}"
    if line := last_error_line(text):
        here.tick.event(f"setuperr.log: {line}", level="error")
    raise sysprep_failure(text, here.version.vm_name)


def sysprep_failure(log: str, vm: str) -> Stopped:
    """What Windows' own log means, in the catalogue's words; the log itself where it has none."""
    known = from_failure(Failure("SysprepFailed", log), "sysprep", vm=vm)
    if not known.code.startswith("sysprep-"):
        known.sentence = "Windows could not be generalized."
        known.remedy = (
            "Connect to the VM, read C:\\Windows\\System32\\Sysprep\\Panther\\setuperr.log, "
            "mend what it names, then press Seal again."
        )
    return Stopped(
        "sysprep-failed",
        f"Sysprep failed. {known.sentence} The VM goes back to how it was, nothing is lost.",
        known.remedy,
        Decision.FAIL,
        azure_code=known.code,
        azure_message=log[:2000],
    )


def _run(here: Scene, name: str, script: tuple[str, ...]) -> None:
    here.azure.compute.put_run_command(
        here.group, here.version.vm_name, name, script, here.site.region, timeout_seconds=1800
    )


def deallocate(tick: Tick) -> Result:
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if vm is not None and vm.power == Power.DEALLOCATED:
        return Done()
    if vm is not None and vm.power != Power.DEALLOCATING:
        here.azure.compute.deallocate(here.group, vm.name)
    return Wait("Azure is releasing the VM", seconds=10)


def mark_generalized(tick: Tick) -> Result:
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if vm is None or not vm.generalized:
        here.azure.compute.generalize(here.group, here.version.vm_name)  # answers when it is done
    return Done()


def capture(tick: Tick) -> Result:
    """The gallery image version, hidden from `latest` until it has proved itself."""
    here = scene(tick)
    found = here.azure.gallery.get_version(*here.gallery_place, replication=True)
    if found is None:
        tick.claim("gallery image version", here.version_id, here.version.number)
        here.azure.gallery.create_version_from_vm(
            *here.gallery_place,
            location=here.site.region,
            vm_id=here.template().vm_id,
            regions=(here.site.region,),
            exclude_from_latest=True,
            tags=here.tags("image"),
        )
        return Wait("Azure is capturing the image", seconds=10)
    if found.provisioning == Provisioning.FAILED and found.failure is not None:
        raise from_failure(found.failure, "create image version", version=here.version.number)
    if found.provisioning != Provisioning.SUCCEEDED:
        # Azure says Creating until the first copies are done, however long they take.
        behind = _behind(found)
        copying = f" and copying it to {behind}" if behind else ""
        return Wait(f"Azure is capturing the image{copying}", seconds=10)
    return Done()


def _behind(version: GalleryVersion) -> str:
    """The regions whose copy is not complete, with how far it is."""
    return ", ".join(
        f"{each.region} {each.progress} %"
        for each in version.replicas
        if each.state.casefold() != "completed"
    )


def replicate(tick: Tick) -> Result:
    here = scene(tick)
    found = here.azure.gallery.get_version(*here.gallery_place, replication=True)
    replicas = found.replicas if found else ()
    broken = [each for each in replicas if each.state.casefold() == "failed"]
    if broken:
        raise Stopped(
            "replication-failed",
            f"Azure could not copy the image to {broken[0].region}: {broken[0].details}",
            "Try again later. The Spot Groups keep running on their current versions.",
            Decision.PAUSE,
        )
    behind = _behind(found) if found else ""
    if behind or not replicas:
        return Wait(f"The image is being copied to {behind or 'its regions'}")
    update(here.version, status=Status.VALIDATING)
    return Done()


def validate(tick: Tick) -> Result:
    """Start a throw-away VM from the image: an image that cannot start must not reach users.

    It need not answer. Believed: Azure says Succeeded once Windows has taken up what the image was
    generalized for, and OSProvisioningTimedOut if it never does; the agent comes minutes later.
    """
    here = scene(tick)
    if "plan" not in tick.facts:
        tick.facts["plan"] = purchase_plan(here)
    machine = replace(here.trial(), plan=plan_from_facts(tick.facts))
    vm = here.azure.compute.get_vm(here.group, machine.names.vm)
    nic = None if vm else here.azure.network.get_nic(here.group, machine.names.nic)
    waiting_for = advance_creation(tick, here.azure, machine, vm, nic)
    return Wait(f"Trial VM: {waiting_for}") if waiting_for else Done("A VM starts from the image")


def publish(tick: Tick) -> Result:
    here = scene(tick)
    found = here.azure.gallery.get_version(*here.gallery_place)
    if found is not None and found.exclude_from_latest:
        here.azure.gallery.set_exclude_from_latest(*here.gallery_place, False)
        return Wait("Azure is publishing the image", seconds=5)
    return Done()


def remove_trial(tick: Tick) -> Result:
    here = scene(tick)
    return remove_machine(here, here.trial())


def put_back(tick: Tick) -> Result:
    """After a failure or a cancel before the point of no return: the disk as it was."""
    if tick.job.outcome == Job.State.SUCCEEDED or not tick.facts.get("sysprep_begun"):
        return Done()
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if vm is None or vm.generalized:
        return Done()
    return restore.advance(here, vm)


def remove_template_vm(tick: Tick) -> Result:
    """The temporary VM has served once it is generalized; before that it stays for the admin."""
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    if tick.job.outcome != Job.State.SUCCEEDED and vm is not None and not vm.generalized:
        return Done("The temporary VM is kept")
    return remove_template(here)


def remove_spares(tick: Tick) -> Result:
    here = scene(tick)
    removed = remove_snapshot(here)
    if not isinstance(removed, Done) or not tick.facts.get("disk"):
        return removed
    for name in (here.restored_disk, tick.facts["disk"]):
        removed = remove_disk(here, name)
        if not isinstance(removed, Done):
            return removed
    return Done()


def remove_failed_image(tick: Tick) -> Result:
    here = scene(tick)
    if tick.job.outcome == Job.State.SUCCEEDED:
        tick.kept(here.version_id, "it is the image")
        return Done()
    return remove_gallery_version(here)


def ended(job: Job) -> None:
    version = ImageVersion.objects.filter(pk=job.subject_id)
    if job.state == Job.State.SUCCEEDED:
        version.update(
            status=Status.AVAILABLE,
            azure_id=job.facts["azure_id"],
            available_at=timezone.now(),
            vm_name="", vm_address="", vm_running=False, stops_at=None,
            admin_password="", connect_url="",
        )  # fmt: skip
        return
    cancelled = job.state == Job.State.CANCELLED
    back = not job.facts.get("generalized")
    version.update(
        status=Status.CONFIGURING if back else Status.FAILED,
        vm_running=back,
        stops_at=timezone.now() + IDLE_LIMIT if back else None,
        error_code="" if cancelled else job.error_code,
        error_text="" if cancelled else job.error_text,
        error_remedy="" if cancelled else job.error_remedy,
    )


def note_generalized(tick: Tick) -> Result:
    """From here on there is no way back; the clean-up must know, whatever Azure says later."""
    tick.facts["generalized"] = True
    tick.facts["azure_id"] = scene(tick).version_id
    return Done()


SEAL = register(
    JobKind(
        name="images.seal",
        title="Seal the image",
        steps=(
            Step("wake", "Check that the temporary VM runs", wake, expected=5, timeout=1800),
            Step("snapshot", "Snapshot the disk", snapshot, expected=15, timeout=1800),
            Step("sysprep", "Generalize Windows", generalize_windows, expected=60, timeout=2700),
            Step("release", "Release the VM", deallocate, expected=30, timeout=1800),
            Step("no-return", "Pass the point of no return", note_generalized, expected=1,
                 no_return=True),
            Step("generalize", "Mark the VM as generalized", mark_generalized, expected=1,
                 timeout=900),
            Step("capture", "Capture the image", capture, expected=65, timeout=14400),
            Step("replicate", "Copy it to its regions", replicate, expected=5, timeout=14400),
            Step("validate", "Start a trial VM from it", validate, expected=60, timeout=4500),
            Step("publish", "Publish the version", publish, expected=5, timeout=900),
        ),
        cleanup=(
            # `expected` is that of a success, which has nothing to put back.
            Step("put-back", "If it failed: put the disk back", put_back, expected=1, timeout=3600),
            Step("trial", "Remove the trial VM", remove_trial, expected=30, timeout=3600),
            Step("template", "Remove the temporary VM", remove_template_vm, expected=30,
                 timeout=3600),
            Step("image", "If it failed: remove the image", remove_failed_image, expected=1,
                 timeout=3600),
            Step("spares", "Remove the snapshot and spare disks", remove_spares, expected=10,
                 timeout=3600),
        ),
        on_end=ended,
        url=url_of,
    )
)  # fmt: skip
