"""Reading the setup file: every key is known, and every fault is one sentence with its place."""

from __future__ import annotations

import tomllib
import uuid
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Table = dict[str, Any]


class BadSetup(Exception):
    """The file cannot be used; the message says where and why."""


REQUIRED = {
    "": ("organization", "admins", "tenants"),
    "admins": ("email",),
    "tenants": (
        "name", "azure_tenant_id", "subscription_id", "home_region", "client_id", "sites",
    ),
    "sites": ("name", "region", "resource_group", "subnet_id", "gallery"),
    "image_sets": ("name", "site", "definition", "publisher", "offer", "sku"),
    "spot_groups": ("name", "site", "host_pool", "image_set", "host_prefix"),
}  # fmt: skip
OPTIONAL = {
    "": (),
    "admins": ("name", "role", "time_zone"),
    "tenants": (
        "client_secret_file", "certificate_file", "federated_token_file", "custom_id", "domains",
        "preferred_language", "image_sets", "spot_groups",
    ),
    "sites": ("bastion_id", "time_zone"),
    "image_sets": ("description", "vm_size"),
    "spot_groups": (
        "friendly_name", "hosts_wanted", "vm_size", "entra_joined", "ad_domain", "ad_ou",
        "ad_username", "ad_password_file",
    ),
}  # fmt: skip
SECRETS = ("client_secret_file", "certificate_file", "federated_token_file")


def read(file: Path) -> Table:
    """The checked content. Raises BadSetup."""
    try:
        found = tomllib.loads(file.read_text())
    except OSError as error:
        raise BadSetup(f"{file} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetup(f"{file} is not TOML: {error}.") from error
    for complaint in _complaints(found, "", "the file"):
        raise BadSetup(f"{file}: {complaint}")
    return found


def _complaints(table: Table, kind: str, place: str) -> Iterator[str]:
    for key in REQUIRED[kind]:
        if key not in table:
            yield f"{place} has no “{key}”."
    for key in table:
        if key not in REQUIRED[kind] + OPTIONAL[kind]:
            yield f"{place} has a “{key}” that means nothing here."
    yield from _bad_values(table, kind, place)
    for key, value in table.items():
        if key in REQUIRED and isinstance(value, list):
            for row in value:
                name = row.get("name") or row.get("email") or "one without a name"
                yield from _complaints(row, key, f"{key}, {name},")


def _bad_values(table: Table, kind: str, place: str) -> Iterator[str]:
    for key in ("azure_tenant_id", "subscription_id", "client_id"):
        if key in table and not _is_uuid(table[key]):
            yield f"{place} “{key}” is not a GUID."
    if "time_zone" in table and table["time_zone"] not in zoneinfo.available_timezones():
        yield f"{place} “time_zone” is not an IANA time zone, for example Europe/Amsterdam."
    if kind == "tenants":
        given = [key for key in SECRETS if key in table]
        if len(given) != 1:
            yield f"{place} needs exactly one of {', '.join(SECRETS)}."
        for key in ("image_sets", "spot_groups"):
            yield from _dangling(table, key, place)


def _dangling(tenant: Table, key: str, place: str) -> Iterator[str]:
    """A set or group must name a site, and a group an image set, of its own tenant."""
    sites = {each.get("name") for each in tenant.get("sites", ())}
    sets = {each.get("name") for each in tenant.get("image_sets", ())}
    for row in tenant.get(key, ()):
        if "site" in row and row["site"] not in sites:
            yield f"{place} {row.get('name')} names the site “{row['site']}”, which is not there."
        if "image_set" in row and row["image_set"] not in sets:
            yield f"{place} {row.get('name')} names an image set that is not there."


def _is_uuid(value: object) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


def secret_of(file: str) -> str:
    """The content of a secret file. Raises BadSetup, which never quotes it."""
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise BadSetup(f"{file} cannot be read: {error.strerror}.") from error
