"""Changing and trying again what Windows 365 refused: which run of a wizard, and which field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from django.db.models import QuerySet
from django.urls import Resolver404, resolve

from spotpc.jobs.models import Job
from spotpc.web import drafts
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from w365.models import DeviceImage, NetworkConnection

Row = TypeVar("Row", NetworkConnection, DeviceImage)

# Our code, or what Graph's sentence speaks of -> the field. The first that fits counts.
CODES: Final[Mapping[str, str]] = {
    "w365-name-taken": "name",
    **dict.fromkeys(
        (
            "w365-source-missing", "w365-os-unsupported", "w365-image-invalid",
            "w365-image-not-generalized", "w365-image-joined", "w365-image-paid",
            "w365-image-large",
        ),
        "source",
    ),
}  # fmt: skip
WORDS: Final = (
    (re.compile(r"adDomainPassword|password", re.I), "ad_password"),
    (re.compile(r"adDomainUsername|user ?name", re.I), "ad_username"),
    (re.compile(r"organi[sz]ational ?unit", re.I), "organizational_unit"),
    (re.compile(r"adDomainName|domain", re.I), "ad_domain"),
    (re.compile(r"subnet|virtualNetwork|resourceGroup", re.I), "site"),
    (re.compile(r"sourceImage|source image", re.I), "source"),
    (re.compile(r"version", re.I), "version"),
    (re.compile(r"displayName|\bname\b", re.I), "name"),
)


def refusal_of(job: Job | None, kind: str) -> DomainError | None:
    """What the newest job on a row failed with, if it is of this kind."""
    if job is None or job.kind != kind or job.state != Job.State.FAILED:
        return None
    return DomainError(f"{job.error_text} {job.error_remedy}".strip(), field=_field_of(job))


def _field_of(job: Job) -> str | None:
    if job.error_code in CODES:
        return CODES[job.error_code]
    return next((field for words, field in WORDS if words.search(job.error_text)), None)


def row_behind(draft: WizardDraft | None, mine: QuerySet[Row], key: str) -> Row | None:
    """The row that a finished run led to, by its page; `key` is the id's name in the URL."""
    if draft is None:
        return None
    try:
        wanted = resolve(draft.result_url).kwargs.get(key)
    except Resolver404:
        return None
    return None if wanted is None else mine.filter(pk=wanted).first()


def run_behind(kind: str, row: NetworkConnection | DeviceImage) -> WizardDraft | None:
    """The run to open again."""
    return drafts.behind(kind, row.tenant_id, row.get_absolute_url())
