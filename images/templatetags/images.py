"""{% load images %}: the statuses of versions."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from images.models import ImageVersion
from spotpc.web.templatetags import ui

register = template.Library()


@register.simple_tag
def version_status(status: str) -> SafeString:
    """Icon, word and colour of an image version's status."""
    return ui.status(status, ImageVersion.Status(status).label)
