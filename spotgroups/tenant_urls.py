from django.urls import path

from spotgroups import tenant_views

urlpatterns = [
    path("sessions/", tenant_views.sessions, name="tenant-sessions"),
]
