"""Why Windows 365 can or cannot take an Azure image, in an admin's words. Pure.

Source of the rules: learn.microsoft.com, "Device images overview" (Windows 365 Enterprise):
generation 2, generalized, single-session Enterprise, never joined. That a definition which makes
TrustedLaunch machines only is turned away is believed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from spotpc.azure import names

SPOT_GROUPS = (
    "Made for Spot Groups, multi-session: many users share one Windows. A Cloud PC belongs to one "
    "user and needs single-session Windows Enterprise."
)
MULTI_SESSION = (
    "Multi-session Windows, for Azure Virtual Desktop only. A Cloud PC belongs to one user and "
    "needs single-session Windows Enterprise."
)
SERVER = "Windows Server. A Cloud PC needs Windows 10 or 11 Enterprise."
LINUX = "Linux. A Cloud PC needs Windows 10 or 11 Enterprise."
GENERATION_1 = "A generation 1 image. A Cloud PC needs generation 2."
NOT_GENERALIZED = "Not generalized: sysprep was not run in it, so it is a copy of one machine."
TRUSTED_LAUNCH = (
    "Its image definition is for {security} machines only. Capture the image into a definition "
    "that allows standard machines as well."
)
NOT_PROVISIONED = "Azure has not finished it, or could not."

_MULTI_SESSION = re.compile(r"(?<![a-z0-9])(avd|evd|multi-?session)(?![a-z0-9])", re.IGNORECASE)
_SERVER = re.compile(r"windows-?server", re.IGNORECASE)
# Security types that machines without Trusted Launch can be made from, too.
_OPEN = ("", "standard", "none", "trustedlaunchsupported", "confidentialvmsupported",
         "trustedlaunchandconfidentialvmsupported")  # fmt: skip
# What an earlier upload found out of these is in the image, so it fails each time.
_FOR_GOOD = frozenset({
    "w365-os-unsupported", "w365-image-invalid", "w365-image-not-generalized",
    "w365-image-joined", "w365-image-paid", "w365-image-large",
})  # fmt: skip


class Source(Protocol):
    """An image in the tenant's Azure; the columns of the row of that name."""

    resource_id: str
    kind: str
    os_type: str
    os_state: str
    generation: str
    security_type: str
    identifier: str
    usable: bool


class Upload(Protocol):
    """An earlier device image; the columns of the row of that name."""

    source_id: str
    status: str
    error_code: str
    error_text: str


@dataclass(frozen=True)
class Verdict:
    """`refusal`: it cannot be chosen, because. `warning`: it can, but."""

    refusal: str = ""
    warning: str = ""


def judge(
    image: Source, *, spot_groups: Collection[str] = (), uploads: Iterable[Upload] = ()
) -> Verdict:
    """`spot_groups`: folded ids of the image definitions of Spot Group image sets."""
    refusal = _why_not(image, spot_groups)
    if refusal:
        return Verdict(refusal=refusal)
    return _judged_before(image, uploads)


def _why_not(image: Source, spot_groups: Collection[str]) -> str:
    if definition_of(image.resource_id) in spot_groups:
        return SPOT_GROUPS
    if image.os_type.casefold() == "linux":
        return LINUX
    if _MULTI_SESSION.search(image.identifier):
        return MULTI_SESSION
    if _SERVER.search(image.identifier):
        return SERVER
    if image.generation.upper() == "V1":
        return GENERATION_1
    if image.os_state and image.os_state.casefold() != "generalized":
        return NOT_GENERALIZED
    if image.security_type.casefold() not in _OPEN:
        return TRUSTED_LAUNCH.format(security=image.security_type)
    return "" if image.usable else NOT_PROVISIONED


def _judged_before(image: Source, uploads: Iterable[Upload]) -> Verdict:
    """A gallery version never changes; a managed image of the same name may be another one."""
    failed = [
        each
        for each in uploads
        if each.status == "failed"
        and each.error_code.startswith("w365-")
        and names.same_id(each.source_id, image.resource_id)
    ]
    for each in failed:
        if each.error_code in _FOR_GOOD and image.kind == "gallery":
            return Verdict(refusal=f"Windows 365 refused it before. {each.error_text}")
    if failed:
        return Verdict(warning=f"An earlier upload of it failed. {failed[0].error_text}")
    return Verdict()


def definition_of(resource_id: str) -> str:
    """The folded id of a gallery version's image definition; empty for a managed image."""
    before, versions, _ = names.folded(resource_id).rpartition("/versions/")
    return before if versions else ""
