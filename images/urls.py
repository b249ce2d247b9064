from django.urls import URLPattern, URLResolver, include, path

from images import connect_views, version_views, views

version: list[URLPattern | URLResolver] = [
    path("", version_views.version, name="image-version"),
    path("connect/", connect_views.connect, name="image-version-connect"),
    path("password/", connect_views.password, name="image-version-password"),
    path("rdp/", connect_views.rdp, name="image-version-rdp"),
    path("reboot/", connect_views.reboot, name="image-version-reboot"),
    path("seal/", version_views.seal, name="image-version-seal"),
    path("delete/", version_views.delete, name="image-version-delete"),
    path("cancel/", version_views.cancel, name="image-version-cancel"),
]

image_set: list[URLPattern | URLResolver] = [
    path("", views.image_set, name="image-set"),
    path("notes/", views.notes, name="image-set-notes"),
    path("new-version/", views.new_version, name="image-version-new"),
    path("new-version/<slug:step>/", views.new_version, name="image-version-new"),
    path("new-version/<uuid:draft>/<slug:step>/", views.new_version, name="image-version-new"),
    path("versions/<int:version_id>/", include(version)),
]

urlpatterns = [
    path("", views.image_sets, name="image-set-list"),
    path("<int:set_id>/", include(image_set)),
]
