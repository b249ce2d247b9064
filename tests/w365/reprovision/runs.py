"""Runs against the emulator: the office gets a newer image, and its three Cloud PCs are brought
over to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F

from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job
from tests.scene import finish, run_jobs
from tests.w365.scene import NEWER_GALLERY_IMAGE, Desks, upn
from w365.models import CloudPc, ReprovisionedPc, Reprovisioning
from w365.reprovision import services
from w365.reprovision.rings import Rings
from w365.reprovision.services import Choices

SENDER = upn("it-support")
MESSAGE = "Your Cloud PC gets a new version. Save your files."


def give_newer_image(desks: Desks, image: str = NEWER_GALLERY_IMAGE) -> None:
    """As somebody does in Intune, hoping that it reaches the Cloud PCs there are."""
    policy = desks.policy()
    desks.graph("PATCH", f"provisioningPolicies/{policy.graph_id}", {"imageId": image})


def pc_of(desks: Desks, person: str) -> CloudPc:
    return CloudPc.objects.get(tenant=desks.tenant, user=upn(person))


def choices(desks: Desks, *pilots: str, **changes: Any) -> Choices:
    """Nobody is told; the pilots go first, then the others."""
    rings = Rings(pilots=tuple(pc_of(desks, person).graph_id for person in pilots))
    return Choices(**{"rings": rings, "confirm": "Office", **changes})


def begin(desks: Desks, *pilots: str, **changes: Any) -> tuple[Reprovisioning, Job]:
    give_newer_image(desks)
    assert desks.sync()
    run = services.start(desks.admin, desks.policy(), choices(desks, *pilots, **changes))
    job = latest_job(run)
    assert job is not None
    return run, job


def row_of(run: Reprovisioning, person: str) -> ReprovisionedPc:
    return run.pcs.get(user=upn(person))


def phases(run: Reprovisioning) -> dict[str, str]:
    """By person, in order."""
    rows = run.pcs.order_by("user").values_list("user", "phase")
    return {user.partition("@")[0]: phase for user, phase in rows}


def until(run: Reprovisioning, condition: Callable[[], bool], seconds: float = 60) -> None:
    def met() -> bool:
        run.refresh_from_db()
        return condition()

    run_jobs(met, seconds)


def told(job: Job) -> str:
    """Its timeline, with what it waits for or failed of."""
    job.refresh_from_db()
    lines = job.events.order_by("id").values_list("text", flat=True)
    return "\n".join([*lines, job.waiting_for, job.error_text, job.error_remedy])


def ended(job: Job, state: str = Job.State.SUCCEEDED) -> None:
    assert finish(job).state == state, told(job)


def hours_pass(run: Reprovisioning, hours: float = 1) -> None:
    """Since the requests that were made; what is waited for in real time is over then."""
    by = timedelta(hours=hours)
    run.pcs.exclude(asked_at=None).update(asked_at=F("asked_at") - by)
    run.pcs.exclude(noticed_at=None).update(noticed_at=F("noticed_at") - by)


# What Graph holds, and what it was asked for


def images(desks: Desks) -> dict[str, str]:
    """The images of the Cloud PCs in Graph, by person."""
    held = [each["body"] for each in desks.held("cloudPCs")]
    return {each["userPrincipalName"].partition("@")[0]: each["imageDisplayName"] for each in held}


def devices(desks: Desks) -> dict[str, str]:
    held = [each["body"] for each in desks.held("cloudPCs")]
    return {each["userPrincipalName"].partition("@")[0]: each["managedDeviceId"] for each in held}


def asked(desks: Desks, status: int | None = 204) -> list[str]:
    """Mails and reprovisions in the order in which Graph was asked for them, by person."""
    person = {each["id"]: each["body"]["userPrincipalName"] for each in desks.held("cloudPCs")}
    found = []
    for each in desks.scene.writes():
        path = each["path"].casefold()
        if path.endswith("/sendmail"):
            found.append("mail")
        elif path.endswith("/reprovision") and status in (each["status"], None):
            found.append(person[path.split("/")[-2]].partition("@")[0])
    return found


def mails(desks: Desks) -> list[dict[str, Any]]:
    messages = desks.scene.control.get("/messages")["messages"]
    return [each for each in messages if each["kind"] == "mail"]
