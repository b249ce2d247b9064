"""The site map with views that forget one thing each; the matrix must notice every one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from spotgroups.models import SpotGroup
from spotpc.jobs.models import Job, JobEvent
from spotpc.urls import urlpatterns as project
from spotpc.web.scoping import Permission
from tenants.access import admin_of, tenant_or_404
from tenants.models import Tenant


def unchecked(request: HttpRequest, tenant_id: int) -> HttpResponse:
    return HttpResponse(get_object_or_404(Tenant, pk=tenant_id).name)


def lenient(request: HttpRequest, tenant_id: int, **ids: int) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.VIEW)
    return HttpResponse("Sealed.")


def trusting(request: HttpRequest, tenant_id: int, group_id: int) -> HttpResponse:
    tenant_or_404(request, tenant_id)
    mine = SpotGroup.objects.visible_to(admin_of(request))
    return HttpResponse(get_object_or_404(mine, pk=group_id).name)


def writing(request: HttpRequest, tenant_id: int) -> HttpResponse:
    for job in Job.objects.filter(tenant=tenant_or_404(request, tenant_id)):
        JobEvent.objects.create(tenant_id=tenant_id, job=job, text="Somebody looked.")
    return HttpResponse("Jobs")


@login_not_required
def open_to_all(request: HttpRequest, tenant_id: int) -> HttpResponse:
    return HttpResponse("Sessions")


BELOW = "tenants/<int:tenant_id>"
urlpatterns = [
    path(f"{BELOW}/", unchecked, name="tenant-overview"),
    path(f"{BELOW}/images/<int:set_id>/versions/<int:version_id>/seal/", lenient),
    path(f"{BELOW}/spot-groups/<int:group_id>/", trusting),
    path(f"{BELOW}/jobs/", writing),
    path(f"{BELOW}/sessions/", open_to_all),
    *project,
]
