from __future__ import annotations

from django.urls import URLPattern, path

from w365.views import policies as views

urlpatterns: list[URLPattern] = [
    path("policies/", views.policies, name="w365-policy-list"),
    path("policies/new/", views.new_policy, name="w365-policy-new"),
    path("policies/new/<slug:step>/", views.new_policy, name="w365-policy-new"),
    path("policies/new/<uuid:draft>/<slug:step>/", views.new_policy, name="w365-policy-new"),
    path("policies/edit/", views.edit_policy, name="w365-policy-edit"),
    path("policies/edit/<slug:step>/", views.edit_policy, name="w365-policy-edit"),
    path("policies/edit/<uuid:draft>/<slug:step>/", views.edit_policy, name="w365-policy-edit"),
    path("policies/<int:policy_id>/", views.policy, name="w365-policy"),
    path("policies/<int:policy_id>/delete/", views.delete, name="w365-policy-delete"),
    path("policies/<int:policy_id>/dismiss/", views.dismiss, name="w365-policy-dismiss"),
]
