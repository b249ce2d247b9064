"""Telling the admin how it went."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from spotpc.web.errors import DomainError


def told(request: HttpRequest, act: Callable[[], object], words: str) -> bool:
    """Do it; say `words` on the next page, or why it was refused. Whether it was done."""
    try:
        act()
    except DomainError as refused:
        messages.error(request, refused.sentence)
        return False
    messages.success(request, words)
    return True
