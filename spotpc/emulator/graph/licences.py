"""Subscriptions to licences. Source: learn.microsoft.com, "List subscribedSkus"."""

from __future__ import annotations

from ..wire import Answer
from . import people
from .odata import listed
from .routing import GraphCall, graph

_NEEDS = (
    "LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "Organization.Read.All",
    "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All",
)  # fmt: skip


@graph("GET", "/subscribedSkus", needs=_NEEDS)
def _list(call: GraphCall) -> Answer:
    skus = [each["body"] for each in call.documents("subscribedSkus").values()]
    return listed(
        call,
        [{**sku, "consumedUnits": people.consumed(call.world, call.tenant, sku)} for sku in skus],
        "subscribedSku",
    )
