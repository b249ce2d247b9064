"""{% load updates %}: how updates are shown."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from spotgroups import progress
from spotpc.web import times
from spotpc.web.schedule import in_zone as local_in_zone
from spotpc.web.templatetags import ui

register = template.Library()


@register.simple_tag
def update_status(headline: progress.Headline) -> SafeString:
    """Icon, word and colour; a time that belongs to the word stands beside it."""
    shown = ui.status(headline.label, headline.label, headline.tone)
    return format_html("{} {}", shown, ui.when(headline.when)) if headline.when else shown


@register.filter
def local_times(sentence: str) -> SafeString:
    """A sentence of the planner with its times in the viewer's zone."""
    return times.local_times(sentence)


@register.simple_tag
def in_zone(moment: datetime, zone: str) -> SafeString | str:
    """The same moment in the group's zone, where that differs from the viewer's."""
    there = local_in_zone(moment, zone)
    return format_html(' <span class="muted small">{}</span>', there) if there else ""
