"""The machines of a tenant, whoever made them: each app adds a part, one table shows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules

from tenants.models import Admin, Tenant

# What the rows of every part consist of, so that they can stand in one query. `name_order` and
# `image_order` are texts that sort as people expect; null sessions: nobody counts them.
COLUMNS = (
    "tenant_id", "kind", "id", "machine", "user", "source", "source_id", "image", "image_order",
    "status", "allow_new_session", "active", "inactive", "last_heartbeat",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """`rows` are the tenant's that this admin may see, with every name of `COLUMNS` selectable."""

    kind: str
    rows: Callable[[Tenant, Admin], QuerySet[Any, Any]]
    source_view: str  # its arguments are the tenant's id and the source's
    status: Callable[[str], tuple[str, str]]  # a status of Azure's -> words, tone ("": by the word)


_parts: dict[str, Part] = {}


def part(made: Part) -> Part:
    """Register a part; called in each app's `machines.py`."""
    _parts[made.kind] = made
    return made


def parts() -> Mapping[str, Part]:
    autodiscover_modules("machines")
    return _parts


def source_url(row: Row) -> str:
    """The page of what a machine belongs to; empty where it belongs to nothing any more."""
    if row["source_id"] is None:
        return ""
    return reverse(parts()[row["kind"]].source_view, args=[row["tenant_id"], row["source_id"]])


def parts_of(tenant: Tenant, admin: Admin) -> list[QuerySet[Any, Any]]:
    return [part.rows(tenant, admin) for part in parts().values()]


def together(found: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """One query of all the parts' rows."""
    first, *others = [rows.order_by().values(*COLUMNS) for rows in found]
    return first.union(*others, all=True)


def sources(found: list[QuerySet[Any, Any]]) -> list[str]:
    """What the machines belong to, each name once, in order. One query."""
    first, *others = [rows.order_by().values_list("source", flat=True) for rows in found]
    return sorted({name for name in first.union(*others) if name}, key=str.casefold)
