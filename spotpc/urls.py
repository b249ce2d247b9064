"""The site map. Each app names its own pages below the tenant they belong to."""

from django.urls import include, path

from spotpc.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("tenants.urls")),
    path("tenants/<int:tenant_id>/", include("spotgroups.tenant_urls")),
    path("tenants/<int:tenant_id>/images/", include("images.urls")),
    path("tenants/<int:tenant_id>/spot-groups/", include("spotgroups.urls")),
    path("tenants/<int:tenant_id>/windows-365/", include("w365.urls")),
    path("tenants/<int:tenant_id>/jobs/", include("tenants.job_urls")),
]
