"""Spot Group pages, below /tenants/<tenant_id>/spot-groups/."""

from django.urls import include, path

from spotgroups import views

one_update = [
    path("", views.update, name="spot-group-update-detail"),
    path("cancel/", views.cancel, name="spot-group-update-cancel"),
    path("pause/", views.pause, name="spot-group-update-pause"),
    path("resume/", views.resume, name="spot-group-update-resume"),
    path("try-again/", views.try_again, name="spot-group-update-try-again"),
]

urlpatterns = [
    path("", views.groups, name="spot-group-list"),
    path("update/", views.new_update, name="spot-group-update"),
    path("update/<slug:step>/", views.new_update, name="spot-group-update"),
    path("update/<uuid:draft>/<slug:step>/", views.new_update, name="spot-group-update"),
    path("updates/<int:update_id>/", include(one_update)),
    path("<int:group_id>/", views.group, name="spot-group"),
]
