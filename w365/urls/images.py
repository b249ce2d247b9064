from __future__ import annotations

from django.urls import URLPattern, path

from w365.views import images as views

urlpatterns: list[URLPattern] = [
    path("device-images/", views.images, name="w365-image-list"),
    path("device-images/new/", views.new_image, name="w365-image-new"),
    path("device-images/new/<slug:step>/", views.new_image, name="w365-image-new"),
    path("device-images/new/<uuid:draft>/<slug:step>/", views.new_image, name="w365-image-new"),
    path("device-images/sources/", views.sources, name="w365-image-sources"),
    path("device-images/<int:image_id>/", views.image, name="w365-image"),
    path("device-images/<int:image_id>/delete/", views.delete, name="w365-image-delete"),
]
