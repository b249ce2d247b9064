"""One URL, full page or fragment: the same view serves both, this module decides which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request behind `HtmxMiddleware`."""

    htmx: HtmxDetails


def is_fragment(request: HttpRequest) -> bool:
    """Does the browser want a part of the page only?

    A boosted link and a restored history entry replace the whole page, so they get all of it.
    """
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request  # type: ignore[union-attr]


def render_page(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any],
    *,
    fragment: str,
    status: int | None = None,
) -> HttpResponse:
    """`page` for a browser, `fragment` (a template or `page.html#partial`) for htmx."""
    template = fragment if is_fragment(request) else page
    response = render(request, template, dict(context), status=status)
    # Or Back would show a cached fragment as if it were the page.
    patch_vary_headers(response, ["HX-Request"])
    return response
