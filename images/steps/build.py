"""Building the temporary VM that an admin customizes."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from images.models import ImageVersion
from images.services import IDLE_LIMIT
from images.steps.common import Scene, purchase_plan, scene, update, url_of
from images.steps.remove import remove_machine, remove_template
from spotpc.azure import names
from spotpc.azure.errors import Decision, Stopped
from spotpc.azure.types import MarketplaceImage
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from tenants.steps import (
    ADMIN_USERNAME,
    Machine,
    advance_build,
    check_room,
    job_key,
    new_password,
    plan_from_facts,
)

Status = ImageVersion.Status
MOST_TRIES = 3
NOT_WORTH_ANOTHER_TRY = (Decision.PAUSE, Decision.FAIL)


def prepare(tick: Tick) -> Result:
    """Decide everything once, so that a repeated pass sends the same requests."""
    here = scene(tick)
    version = here.version
    check_room(here.azure, here.site, version.image_set.vm_size, 1)
    tick.facts["plan"] = purchase_plan(here)
    if version.source is None:
        tick.facts["marketplace"] = _pin_marketplace_image(here)
    if not version.vm_name:
        update(
            version,
            vm_name=names.resource_names("image", job_key(tick.job), "image").vm,
            admin_username=ADMIN_USERNAME,
            admin_password=new_password(),
        )
    return Done(f"The temporary VM will be called {version.vm_name}")


def _pin_marketplace_image(here: Scene) -> dict[str, str]:
    """The newest Marketplace version, resolved now and never again."""
    image_set = here.version.image_set
    image = here.azure.compute.latest_marketplace_version(
        here.site.region, image_set.publisher, image_set.offer, image_set.sku
    )
    if image is None:
        raise Stopped(
            "marketplace-image-missing",
            f"The Marketplace has no image {image_set.marketplace_name} in {here.site.region}.",
            "Choose another source for the version. Nothing was built.",
            Decision.FAIL,
        )
    here.tick.event(f"Starting from {image_set.marketplace_name}, version {image.version}")
    return {
        "publisher": image.publisher,
        "offer": image.offer,
        "sku": image.sku,
        "version": image.version,
    }


def template_with_source(here: Scene) -> Machine:
    facts = here.tick.facts
    plan = plan_from_facts(facts)
    source = here.version.source
    return replace(
        here.template(),
        plan=plan,
        image_version_id=source.azure_id if source else None,
        marketplace_image=(
            MarketplaceImage(**facts["marketplace"], plan=plan) if source is None else None
        ),
    )


def build_vm(tick: Tick) -> Result:
    """NIC, VM, and the first start of Windows: about 20 minutes in Azure."""
    here = scene(tick)
    machine = template_with_source(here)
    if tick.facts.get("clearing"):
        return _clear_for_another_try(here, machine)
    vm = here.azure.compute.get_vm(here.group, machine.names.vm)
    nic = None if vm else here.azure.network.get_nic(here.group, machine.names.nic)
    try:
        waiting_for = advance_build(tick, here.azure, machine, vm, nic)
    except Stopped as stopped:
        if stopped.decision in NOT_WORTH_ANOTHER_TRY or tick.facts.get("tries", 1) >= MOST_TRIES:
            raise
        tick.event(f"{stopped.sentence} Removing it and trying again.", level="warning")
        tick.facts["clearing"] = True
        return Wait("The VM failed; it is removed and built again", seconds=5)
    if waiting_for:
        return Wait(waiting_for)
    return Done(f"{machine.names.vm} is running")


def _clear_for_another_try(here: Scene, machine: Machine) -> Result:
    removed = remove_machine(here, machine)
    if isinstance(removed, Done):
        here.tick.facts.update(clearing=False, tries=here.tick.facts.get("tries", 1) + 1)
        return Wait("The VM is built again", seconds=1)
    return removed


def open_way_in(tick: Tick) -> Result:
    """A Bastion link where the site has a Bastion; the address for an .rdp file in any case."""
    here = scene(tick)
    nic = here.azure.network.get_nic(here.group, here.template().names.nic)
    update(here.version, vm_address=(nic and nic.private_ip) or "")
    if not here.site.bastion_id:
        return Done("Reachable by an .rdp file over the site's network")
    link = here.azure.network.get_shareable_link(here.site.bastion_id, here.template().vm_id)
    if link is None:
        tick.claim("Bastion link", f"{here.site.bastion_id}#{here.version.vm_name}", "link")
        here.azure.network.create_shareable_link(here.site.bastion_id, here.template().vm_id)
        return Wait("Azure Bastion is creating the link", seconds=10)
    update(here.version, connect_url=link.url)
    return Done("Azure Bastion gave a link")


def ended(job: Job) -> None:
    """Succeeded: over to the admin. Failed or cancelled: say why; nothing is left in Azure."""
    version = ImageVersion.objects.filter(pk=job.subject_id)
    if job.state == Job.State.SUCCEEDED:
        version.update(
            status=Status.CONFIGURING, vm_running=True, stops_at=timezone.now() + IDLE_LIMIT
        )
        return
    cancelled = job.state == Job.State.CANCELLED
    version.update(
        status=Status.FAILED,
        error_code="cancelled" if cancelled else job.error_code,
        error_text=f"Cancelled by {job.cancel_requested_by}." if cancelled else job.error_text,
        error_remedy=(
            "Delete this version, or start another one." if cancelled else job.error_remedy
        ),
    )


def clean_up(tick: Tick) -> Result:
    if tick.job.outcome == Job.State.SUCCEEDED:
        for resource in tick.resources():
            tick.kept(resource.resource_id, "it is the temporary VM's; it goes with it")
        return Done()
    here = scene(tick)
    return remove_template(here) if here.version.vm_name else Done()


BUILD = register(
    JobKind(
        name="images.build",
        title="Create the temporary VM",
        steps=(
            Step("prepare", "Check quota, network and source", prepare, expected=10),
            Step("vm", "Build and start the temporary VM", build_vm, expected=1150, timeout=4500),
            Step("way-in", "Open a way to connect", open_way_in, expected=30, timeout=900),
        ),
        cleanup=(Step("remove", "Clean up, if it failed", clean_up, expected=1, timeout=3600),),
        on_end=ended,
        url=url_of,
    )
)
