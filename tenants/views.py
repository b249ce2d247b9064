"""Sign-in, the account, the tenants of an organization, and one tenant's overview."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from spotpc.jobs.models import Job
from spotpc.web.htmx import is_fragment, render_page
from spotpc.web.scoping import Permission
from spotpc.web.tables import table_page
from tenants.access import admin_of, tenant_or_404
from tenants.context import THEMES, Shell
from tenants.forms import AccountForm, CustomIdForm, SignInForm
from tenants.models import Tenant
from tenants.services import request_sync, set_custom_id, update_account
from tenants.tables import TenantFilters, TenantTable

YEAR = 365 * 24 * 3600
PCS_UP = ("provisioned", "provisionedWithWarnings")  # statuses of a Cloud PC one can sign in to


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "tenants/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    extra_context = {"title": "Sign in"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fragment(request):
            # The session ended under a page that renews itself: have the whole page sign in again.
            return HttpResponseClientRefresh()
        return super().dispatch(request, *args, **kwargs)


class SignOut(LogoutView):
    http_method_names = ["post"]


class PasswordChange(PasswordChangeView):
    template_name = "tenants/password.html"
    success_url = reverse_lazy("account")
    extra_context = {"title": "Change password"}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password has been changed.")
        return super().form_valid(form)


def _next(request: HttpRequest, default: str) -> str:
    """Where the form came from, if that is on this site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if safe else default


def _set_theme(response: HttpResponse, request: HttpRequest, chosen: str) -> HttpResponse:
    secure = request.is_secure()
    response.set_cookie("theme", chosen, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    response = redirect(_next(request, "account"))
    return _set_theme(response, request, chosen if chosen in THEMES else "system")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    admin = admin_of(request)
    start = {"theme": Shell(request).theme}
    form = AccountForm(request.POST or None, instance=admin, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        update_account(admin, name=given["name"], time_zone=given["time_zone"])
        messages.success(request, "Your settings have been saved.")
        return _set_theme(redirect("account"), request, given["theme"])
    return render(request, "tenants/account.html", {"title": "Account settings", "form": form})


def home(request: HttpRequest) -> HttpResponse:
    """The organization of the tenant opened last, else one's first."""
    current = Shell(request).organization
    if current is None:
        return render(request, "tenants/no_organization.html", {"title": "Tenants"})
    return redirect("organization", current.pk)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows a tenant has; a subquery each, so that counts never multiply."""
    mine = rows.filter(tenant=OuterRef("pk")).order_by().values("tenant")
    number = Subquery(mine.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return Coalesce(number, 0)


def _with_counts(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    """Adds sessions, machines and running_jobs. Models by name: tenants knows no machines."""
    hosts = apps.get_model("spotgroups", "SessionHost").objects
    sessions = apps.get_model("spotgroups", "UserSession").objects
    pcs = apps.get_model("w365", "CloudPc").objects
    return tenants.annotate(
        sessions=_count(sessions.filter(state="Active")),
        machines=_count(hosts.filter(status="Available")) + _count(pcs.filter(status__in=PCS_UP)),
        running_jobs=_count(Job.objects.filter(state__in=Job.ACTIVE)),
    )


@require_GET
def organization(request: HttpRequest, organization_id: int) -> HttpResponseBase:
    admin = admin_of(request)
    current = admin.organizations().filter(pk=organization_id).first()
    if current is None:
        raise Http404
    request.organization = current  # type: ignore[attr-defined]  # the shell shows it
    rows = Tenant.objects.visible_to(admin).filter(organization=current)
    counted = _with_counts(rows).select_related("sync")
    totals = counted.aggregate(
        tenants=Count("pk"), active_sessions=Sum("sessions"), active_machines=Sum("machines")
    )
    return table_page(
        request,
        "tenants/organization.html",
        TenantTable,
        counted,
        name="tenants",
        filter_class=TenantFilters,
        context={"title": current.name, "totals": totals},
    )


def _overview(request: HttpRequest, tenant: Tenant, form: CustomIdForm) -> HttpResponse:
    counts = _with_counts(Tenant.objects.filter(pk=tenant.pk)).get()
    running = tenant.jobs.filter(state__in=Job.ACTIVE).order_by("created_at")
    found = {"title": "Overview", "tab": "overview", "counts": counts, "form": form}
    return render_page(
        request,
        "tenants/overview.html",
        {**found, "running": running[:20]},
        fragment="tenants/overview.html#live",
    )


@require_GET
def overview(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id)
    return _overview(request, tenant, CustomIdForm(instance=tenant))


@require_POST
def custom_id(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    form = CustomIdForm(request.POST, instance=Tenant(pk=tenant.pk))
    if not form.is_valid():
        return _overview(request, tenant, form)
    set_custom_id(admin_of(request), tenant, form.cleaned_data["custom_id"])
    messages.success(request, "The Custom ID has been saved.")
    return redirect("tenant-overview", tenant.pk)


@require_POST
def refresh(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id)
    request_sync(admin_of(request), tenant)
    messages.info(request, "A fresh view from Azure is on its way; it usually takes some seconds.")
    return redirect(_next(request, reverse("tenant-overview", args=[tenant.pk])))
