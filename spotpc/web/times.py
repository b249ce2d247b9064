"""Times inside sentences. A planner knows no viewer, so it writes them in UTC."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from spotpc.web.templatetags import ui

CLOCK = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")


def local_times(sentence: str) -> SafeString:
    """The sentence, escaped, with its times in the viewer's zone."""

    def shown(found: re.Match[str]) -> str:
        return ui.when(datetime.fromisoformat(f"{found[1]}+00:00"))

    return mark_safe(CLOCK.sub(shown, str(conditional_escape(sentence))))  # noqa: S308 - escaped
