"""What runs and ran in a tenant: the list, and one job with its steps, timeline and ledger."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from spotpc.jobs.estimates import progress_of
from spotpc.jobs.kinds import title_of
from spotpc.jobs.models import Job
from spotpc.jobs.tables import JobFilters, JobTable
from spotpc.web.htmx import is_fragment, render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from spotpc.web.tables import table_page
from tenants.access import admin_of, tenant_or_404
from tenants.job_services import cancel_job, run_job_now
from tenants.models import Admin

EVENTS_SHOWN = 200


@require_GET
def job_list(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    return table_page(
        request,
        "jobs/list.html",
        JobTable,
        Job.objects.visible_to(admin_of(request)).filter(tenant=tenant),
        name="jobs",
        filter_class=JobFilters,
        context={"title": "Activity", "tab": "activity"},
    )


@require_GET
def job_detail(request: HttpRequest, tenant_id: int, job_id: int) -> HttpResponse:
    tenant_or_404(request, tenant_id)
    job = _job(request, tenant_id, job_id)
    progress = progress_of(job)
    events = list(job.events.order_by("-at", "-id")[: EVENTS_SHOWN + 1])
    context: dict[str, Any] = {
        "title": f"{progress.title}: {job.subject_name}",
        "job": job,
        "progress": progress,
        "events": events[:EVENTS_SHOWN],
        "more_events": len(events) > EVENTS_SHOWN,
        "resources": job.resources.all(),
    }
    return render_page(request, "jobs/detail.html", context, fragment="jobs/detail.html#live")


@require_GET
def job_progress(request: HttpRequest, tenant_id: int, job_id: int) -> HttpResponse:
    """The step list alone, for pages that show it beside other things. When the job has ended,
    such a page says other things too, so all of it is loaded anew."""
    tenant_or_404(request, tenant_id)
    job = _job(request, tenant_id, job_id)
    if not is_fragment(request):
        return redirect("job-detail", tenant_id, job_id)
    if not job.active:
        return HttpResponseClientRefresh()
    found = {"progress": progress_of(job), "live": True}
    return render(request, "jobs/_progress.html", found)


@require_http_methods(["GET", "HEAD", "POST"])
def job_cancel(request: HttpRequest, tenant_id: int, job_id: int) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.CHANGE)
    job = _job(request, tenant_id, job_id, Permission.CHANGE)
    back = reverse("job-detail", args=[tenant_id, job_id])
    if request.method == "POST":
        return _act(request, cancel_job, job, "It is being cancelled.")
    context = {
        "title": f"Cancel “{title_of(job.kind)}”?",
        "lead": f"Of {job.subject_name}. What it made in Azure so far is removed again.",
        "lost_title": "What is lost:",
        "lost": ["The work of this job so far."],
        "action": "Cancel the job",
        "danger": True,
        "back_url": back,
    }
    page = "web/confirm.html"
    return render_page(request, page, context, fragment="web/confirm_body.html")


@require_POST
def job_run_now(request: HttpRequest, tenant_id: int, job_id: int) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.CHANGE)
    job = _job(request, tenant_id, job_id, Permission.CHANGE)
    return _act(request, run_job_now, job, "It looks again now.")


def _act(
    request: HttpRequest, act: Callable[[Admin, Job], None], job: Job, words: str
) -> HttpResponse:
    told(request, partial(act, admin_of(request), job), words)
    return redirect("job-detail", job.tenant_id, job.pk)


def _job(
    request: HttpRequest, tenant_id: int, job_id: int, permission: Permission = Permission.VIEW
) -> Job:
    rows = Job.objects.select_related("tenant")
    return rows.get_for(admin_of(request), permission, tenant_id=tenant_id, pk=job_id)
