"""ARM ids and the names we give: pure functions, the same answer on every tick.

Everything we create has a name computed from its job, so that a crash between a call and the
save that follows it is adopted by the next tick and never doubled.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

NETBIOS_LENGTH = 15  # Windows refuses a longer computer name; Azure answers InvalidParameter
TOKEN_LENGTH = 5
PREFIX_LENGTH = NETBIOS_LENGTH - 1 - TOKEN_LENGTH

TAG_TENANT = "spotpc-tenant"
TAG_JOB = "spotpc-job"
TAG_PURPOSE = "spotpc-purpose"

# No vowels, so that no token spells a word; no 0, 1 and l, so that it can be read out aloud.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_NOT_IN_A_HOST_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True)
class ArmId:
    """An ARM id taken apart. `names` holds every resource name, from parent to child."""

    subscription_id: str
    resource_group: str
    provider: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def type(self) -> str:
        return "/".join((self.provider, *self.types))


@dataclass(frozen=True)
class ResourceNames:
    """The names of one VM and all that belongs to it."""

    vm: str

    @property
    def nic(self) -> str:
        return f"{self.vm}-nic"

    @property
    def os_disk(self) -> str:
        return f"{self.vm}-os"

    @property
    def snapshot(self) -> str:
        return f"{self.vm}-snapshot"

    @property
    def restored_disk(self) -> str:
        """The OS disk made from the snapshot: another name, because both exist for a while."""
        return f"{self.vm}-os-restored"


def same_id(one: str | None, other: str | None) -> bool:
    """Whether two ARM ids mean the same thing: Azure changes their case at will.

    Two missing ids are not the same thing.
    """
    if not one or not other:
        return False
    return folded(one) == folded(other)


def folded(arm_id: str) -> str:
    """An id as a dictionary key."""
    return arm_id.strip("/").casefold()


def parse_id(arm_id: str) -> ArmId:
    """Take a resource's id apart. ValueError if it is not one."""
    parts = arm_id.strip("/").split("/")
    keys = [part.casefold() for part in parts[:5:2]]
    if len(parts) < 8 or len(parts) % 2 or keys != ["subscriptions", "resourcegroups", "providers"]:
        raise ValueError(f"not the id of an ARM resource: {arm_id!r}")
    return ArmId(
        subscription_id=parts[1],
        resource_group=parts[3],
        provider=parts[5],
        types=tuple(parts[6::2]),
        names=tuple(parts[7::2]),
    )


def resource_id(subscription_id: str, resource_group: str, provider: str, *path: str) -> str:
    """An id as Azure spells it; `path` is type, name, type, name, …"""
    tail = "/".join((provider, *path))
    return f"/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/{tail}"


def vm_id(subscription_id: str, resource_group: str, name: str) -> str:
    path = ("virtualMachines", name)
    return resource_id(subscription_id, resource_group, "Microsoft.Compute", *path)


def nic_id(subscription_id: str, resource_group: str, name: str) -> str:
    path = ("networkInterfaces", name)
    return resource_id(subscription_id, resource_group, "Microsoft.Network", *path)


def gallery_version_id(
    subscription_id: str, resource_group: str, gallery: str, definition: str, version: str
) -> str:
    path = ("galleries", gallery, "images", definition, "versions", version)
    return resource_id(subscription_id, resource_group, "Microsoft.Compute", *path)


def resource_group_of(arm_id: str) -> str:
    return parse_id(arm_id).resource_group


def last_segment(name: str) -> str:
    """`pool/host.domain` → `host.domain`, `pool/host/2` → `2`; a bare name stays as it is."""
    return name.rstrip("/").rpartition("/")[2]


def short_token(*parts: object) -> str:
    """Five letters and digits that stand for these parts, always the same ones.

    One in 14 million pairs shares a token; the resource group of a tenant holds a few thousand
    VMs at most, and a clash shows as a foreign `spotpc-job` tag before anything is overwritten.
    """
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).digest()
    number = int.from_bytes(digest[:8], "big")
    letters = []
    for _ in range(TOKEN_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def host_name(prefix: str, token: str) -> str:
    """`<prefix>-<token>`, a legal Windows computer name of at most 15 characters.

    The prefix is cut, the token never is: it is what makes the name unique. A name of digits
    only is not allowed (learn.microsoft.com, "Naming conventions in Active Directory").
    """
    if not 1 <= len(token) <= NETBIOS_LENGTH - 2:
        raise ValueError(f"a token has 1 to {NETBIOS_LENGTH - 2} characters: {token!r}")
    clean = _NOT_IN_A_HOST_NAME.sub("", prefix.casefold()).strip("-")
    room = NETBIOS_LENGTH - 1 - len(token)
    head = clean[:room].strip("-") or "spot"[:room]
    return f"{head}-{token}".casefold()


def resource_names(prefix: str, job_id: object, purpose: str, index: int = 0) -> ResourceNames:
    """The names for the index-th VM that this job builds for this purpose."""
    return ResourceNames(vm=host_name(prefix, short_token(job_id, purpose, index)))


def tags(tenant: object, job: object, purpose: str) -> Mapping[str, str]:
    """What marks a resource as ours; sweeps find orphans by them."""
    return {TAG_TENANT: str(tenant), TAG_JOB: str(job), TAG_PURPOSE: purpose}
