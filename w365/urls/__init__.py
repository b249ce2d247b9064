"""Everything below /tenants/<id>/windows-365/."""

from __future__ import annotations

from w365.urls import connections, images, policies, reprovisionings

urlpatterns = [
    *connections.urlpatterns,
    *images.urlpatterns,
    *policies.urlpatterns,
    *reprovisionings.urlpatterns,
]
