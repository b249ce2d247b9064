"""Making rows say what was found elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from spotpc.jobs.models import Job
from tenants.models import Tenant

Fields = Mapping[str, Any]
M = TypeVar("M", bound=Model)


@transaction.atomic
def mirror(
    model: type[M],
    tenant: Tenant,
    found: Mapping[str, Fields],
    asked_at: datetime,
    key: str = "graph_id",
) -> None:
    """Create, update and remove rows until they are what was `found`, by their `key`.

    A constant number of queries. Left alone is what knows better: a row that a job works on, and
    one that a job wrote after `asked_at`. A row without a key was never created as far as we know;
    if something of its name was found, it was after all, and the row learns its key.
    """
    rows = list(model._default_manager.select_for_update().filter(tenant=tenant))
    busy = _busy(model, tenant)
    ours = {row.pk for row in rows if row.pk in busy or _newer(row, asked_at)}
    by_key = {getattr(row, key): row for row in rows if getattr(row, key)}
    unborn = {_identity(vars(row)): row for row in rows if not getattr(row, key)}
    gone = [row.pk for known, row in by_key.items() if known not in found and row.pk not in ours]
    model._default_manager.filter(pk__in=gone).delete()
    changed: list[M] = []
    fresh: list[M] = []
    for each, fields in found.items():
        row = by_key.get(each) or unborn.get(_identity(fields))
        if row is None:
            fresh.append(model(tenant=tenant, **{key: each}, **fields, **_seen(model, asked_at)))
        elif row.pk not in ours and _change(row, {key: each, **fields}):
            changed.append(row)
    _write(model, changed, fresh, found, key)
    _note_seen(model, [row for known, row in by_key.items() if known in found], ours, asked_at)


def _busy(model: type[M], tenant: Tenant) -> set[int]:
    """Rows of the model that a job works on."""
    jobs = Job.objects.filter(
        tenant=tenant,
        state__in=Job.ACTIVE,
        subject_type=ContentType.objects.get_for_model(model),
    )
    return set(jobs.order_by().values_list("subject_id", flat=True))


def _newer(row: Model, asked_at: datetime) -> bool:
    seen_at = getattr(row, "seen_at", None)
    return seen_at is not None and seen_at >= asked_at


def _identity(fields: Mapping[str, Any]) -> tuple[str, str]:
    """What tells things apart that have no key yet."""
    return str(fields.get("name", "")).casefold(), str(fields.get("version", ""))


def _seen(model: type[M], at: datetime) -> Fields:
    return {"seen_at": at} if hasattr(model, "seen_at") else {}


def _change(row: Model, fields: Fields) -> bool:
    differs = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in differs:
        setattr(row, name, fields[name])
    return bool(differs)


def _write(
    model: type[M], changed: list[M], fresh: list[M], found: Mapping[str, Fields], key: str
) -> None:
    columns = [key, *next(iter(found.values()), {})]
    if changed:
        model._default_manager.bulk_update(changed, columns, batch_size=500)
    # Somebody may have begun to create a thing of that name here meanwhile.
    model._default_manager.bulk_create(fresh, ignore_conflicts=True, batch_size=500)


def _note_seen(model: type[M], rows: list[M], ours: set[Any], at: datetime) -> None:
    if hasattr(model, "seen_at"):
        seen = [row.pk for row in rows if row.pk not in ours]
        model._default_manager.filter(pk__in=seen).update(seen_at=at)
