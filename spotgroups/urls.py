"""Spot Group pages, below /tenants/<tenant_id>/spot-groups/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
