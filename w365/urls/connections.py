from __future__ import annotations

from django.urls import URLPattern, path

from w365.views import connections as views

urlpatterns: list[URLPattern] = [
    path("connections/", views.connections, name="w365-connection-list"),
    path("connections/new/", views.new_connection, name="w365-connection-new"),
    path("connections/new/<slug:step>/", views.new_connection, name="w365-connection-new"),
    path(
        "connections/new/<uuid:draft>/<slug:step>/",
        views.new_connection,
        name="w365-connection-new",
    ),
    path("connections/edit/", views.edit_connection, name="w365-connection-edit"),
    path("connections/edit/<slug:step>/", views.edit_connection, name="w365-connection-edit"),
    path(
        "connections/edit/<uuid:draft>/<slug:step>/",
        views.edit_connection,
        name="w365-connection-edit",
    ),
    path("connections/<int:connection_id>/", views.connection, name="w365-connection"),
    path("connections/<int:connection_id>/check/", views.check, name="w365-connection-check"),
    path("connections/<int:connection_id>/delete/", views.delete, name="w365-connection-delete"),
]
