"""Starting, restarting and stopping the temporary VM."""

from __future__ import annotations

from django.utils import timezone

from images.models import ImageVersion
from images.services import IDLE_LIMIT, power
from images.steps.common import scene, update, url_of
from spotpc.azure.types import Power
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.sweeps import register_sweep
from spotpc.web.errors import DomainError

STOPPED = (Power.STOPPED, Power.DEALLOCATED)


def ask(tick: Tick) -> Result:
    """Tell Azure once what is wanted; a repeat after a crash does no harm."""
    here = scene(tick)
    vms, at = here.azure.compute, (here.group, here.version.vm_name)
    vm = vms.get_vm(*at)
    action = tick.job.params["action"]
    if action == "stop":
        vms.deallocate(*at)
    elif vm is not None and vm.power in STOPPED:
        vms.start(*at)
    elif action == "restart":
        vms.restart(*at)
    return Done()


def settle(tick: Tick) -> Result:
    here = scene(tick)
    vm = here.azure.compute.get_vm(here.group, here.version.vm_name)
    running = tick.job.params["action"] != "stop"
    reached = vm is not None and (
        vm.power == Power.RUNNING and vm.agent_ready if running else vm.power == Power.DEALLOCATED
    )
    if not reached:
        return Wait("The temporary VM is starting" if running else "The temporary VM is stopping")
    update(
        here.version,
        vm_running=running,
        stops_at=timezone.now() + IDLE_LIMIT if running else None,
    )
    return Done()


POWER = register(
    JobKind(
        name="images.power",
        title="Start or stop the temporary VM",
        steps=(
            Step("ask", "Ask Azure", ask, expected=2),
            Step("settle", "Wait for the VM", settle, expected=90, timeout=1800),
        ),
        url=url_of,
    )
)


@register_sweep
def stop_forgotten_vms() -> None:
    """A temporary VM that nobody connected to for 72 hours stops, and starts at Connect."""
    forgotten = ImageVersion.objects.filter(
        status=ImageVersion.Status.CONFIGURING, vm_running=True, stops_at__lt=timezone.now()
    ).select_related("tenant__organization", "image_set")
    for version in forgotten:
        try:
            power(None, version, "stop")
        except DomainError:
            continue  # something else runs on it, so it is not forgotten
