from __future__ import annotations

from django.urls import URLPattern, path

from w365.views import reprovisionings as views

WIZARD = "policies/<int:policy_id>/bring-over/"
RUN = "reprovisionings/<int:run_id>/"

urlpatterns: list[URLPattern] = [
    path(WIZARD, views.bring_over, name="w365-policy-reprovision"),
    path(f"{WIZARD}<slug:step>/", views.bring_over, name="w365-policy-reprovision"),
    path(f"{WIZARD}<uuid:draft>/<slug:step>/", views.bring_over, name="w365-policy-reprovision"),
    path(RUN, views.run, name="w365-reprovisioning"),
    path(f"{RUN}cancel/", views.cancel, name="w365-reprovisioning-cancel"),
    path(f"{RUN}pause/", views.pause, name="w365-reprovisioning-pause"),
    path(f"{RUN}resume/", views.resume, name="w365-reprovisioning-resume"),
    path(f"{RUN}try-again/", views.try_again, name="w365-reprovisioning-try-again"),
]
