"""A VM's body: what the request may say, and what Azure makes of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from .. import ids
from ..router import Call
from ..wire import ArmError
from ..world import Json, Resource
from .power import DISK
from .sizes import SIZES, VM
from .sources import Source


def required(body: Json, *path: str) -> str:
    """A text that must be there. Source: learn.microsoft.com, ARM error "InvalidParameter"."""
    value: Any = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        if path == ("location",):
            raise ArmError(
                400, "LocationRequired", "The location property is required for this definition."
            )
        name = ".".join(path)
        raise ArmError(
            400,
            "InvalidParameter",
            f"Required parameter '{name}' is missing (null).",
            target=name,
        )
    return value


def attaches(properties: Json) -> bool:
    disk = (properties.get("storageProfile") or {}).get("osDisk") or {}
    return str(disk.get("createOption", "")).lower() == "attach"


def image_reference(properties: Json) -> Json:
    reference = (properties.get("storageProfile") or {}).get("imageReference")
    if not reference:
        raise ArmError(
            400,
            "InvalidParameter",
            "Required parameter 'imageReference' is missing (null).",
            target="imageReference",
        )
    found: Json = reference
    return found


def check_os_profile(properties: Json, name: str, *, attached: bool) -> None:
    """Messages: SupportArticles-docs (password), public CI logs (computer name)."""
    profile = properties.get("osProfile")
    if attached and profile:
        raise ArmError(
            400, "InvalidParameter", "Parameter 'osProfile' is not allowed.", target="osProfile"
        )
    if attached:
        return
    if not profile:
        raise ArmError(
            400,
            "InvalidParameter",
            "Required parameter 'osProfile' is missing (null).",
            target="osProfile",
        )
    computer = profile.get("computerName") or name
    if len(computer) > 15 or computer.isdigit() or not re.fullmatch(r"[A-Za-z0-9-]+", computer):
        raise ArmError(
            400,
            "InvalidParameter",
            "Windows computer name cannot be more than 15 characters long, be entirely numeric,"
            " or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; :"
            " . ' \" , < > / ?.",
            target="computerName",
        )
    _check_password(str(profile.get("adminPassword") or ""))


def _check_password(password: str) -> None:
    kinds = (r"[A-Z]", r"[a-z]", r"[0-9]", r"[^A-Za-z0-9]")
    met = sum(bool(re.search(kind, password)) for kind in kinds)
    if not 8 <= len(password) <= 123 or met < 3:
        raise ArmError(
            400,
            "InvalidParameter",
            "The supplied password must be between 8-123 characters long and must satisfy at"
            " least 3 of password complexity requirements from the following: Contains an"
            " uppercase character; Contains a lowercase character; Contains a numeric digit;"
            " Contains a special character.",
            target="adminPassword",
        )


def new_disk(call: Call, vm_id: str, given: Json, source: Source, properties: Json) -> Resource:
    group = call.require_group().id
    name = given.get("name") or f"{ids.name_of(vm_id)}_OsDisk_1_{uuid4().hex}"
    id_ = f"{group}/providers/{DISK}/{name}"
    if call.find(id_):
        raise ArmError(
            409,
            "ConflictingUserInput",
            f"Disk '{name}' already exists in resource group {ids.name_of(group)}. Only"
            " CreateOption.Attach is supported.",
        )
    security = (properties.get("securityProfile") or {}).get("securityType")
    kind = (given.get("managedDisk") or {}).get("storageAccountType") or "Premium_LRS"
    reference = source.reference
    body: Json = {
        "id": id_,
        "name": name,
        "type": DISK,
        "location": call.body["location"],
        "tags": call.body.get("tags") or {},
        "sku": {"name": kind, "tier": kind.partition("_")[0]},
        "properties": {
            "osType": "Windows",
            "hyperVGeneration": source.generation,
            "creationData": {"createOption": "FromImage", "imageReference": _image_id(reference)},
            "diskSizeGB": given.get("diskSizeGB") or 127,
            "diskSizeBytes": (given.get("diskSizeGB") or 127) * 1024**3,
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": "AllowAll",
            "publicNetworkAccess": "Enabled",
            "timeCreated": call.world.timestamp,
            "uniqueId": str(uuid4()),
            "diskState": "Attached",
            "provisioningState": "Succeeded",
        },
    }
    if call.body.get("zones"):
        body["zones"] = call.body["zones"]
    if security:
        body["properties"]["securityProfile"] = {"securityType": security}
    inner: Json = {"generation": source.generation, "security": security or ""}
    inner["osName"] = source.os_name
    inner["guest"] = {"sysprepped": False}
    inner["unprepared"] = not source.sysprepped
    return Resource(id_, DISK, body, inner)


def _image_id(reference: Json) -> Json:
    if reference.get("id"):
        return {"id": reference["id"]}
    parts = (reference[key] for key in ("publisher", "offer", "sku", "exactVersion"))
    publisher, offer, sku, version = parts
    return {
        "id": f"/Providers/Microsoft.Compute/Publishers/{publisher}/ArtifactTypes/VMImage/Offers/"
        f"{offer}/Skus/{sku}/Versions/{version}"
    }


def build(call: Call, vm_id: str, disk: Resource, source: Source | None) -> Json:
    """The body of a new VM. The password never enters it."""
    given = call.body["properties"]
    body: Json = {
        "name": call.path.name,
        "id": vm_id,
        "type": VM,
        "location": call.body["location"],
        "tags": call.body.get("tags") or {},
        "etag": '"1"',
    }
    for key in ("zones", "plan"):
        if call.body.get(key):
            body[key] = call.body[key]
    if call.body.get("identity"):
        body["identity"] = _identity(call, vm_id, call.body["identity"])
    size = SIZES[given["hardwareProfile"]["vmSize"].lower()].name
    body["properties"] = {
        "hardwareProfile": {"vmSize": size},
        "provisioningState": "Creating",
        "vmId": str(uuid4()),
        "storageProfile": _storage(given, disk, source),
        "networkProfile": given["networkProfile"],
        "timeCreated": call.world.timestamp,
    }
    if given.get("osProfile"):
        body["properties"]["osProfile"] = _os_profile(given["osProfile"], call.path.name)
    for key in ("securityProfile", "licenseType", "diagnosticsProfile", "priority", "userData"):
        if given.get(key) is not None and key != "userData":
            body["properties"][key] = given[key]
    return body


def _identity(call: Call, vm_id: str, given: Json) -> Json:
    shown = {"type": given.get("type", "None")}
    if "systemassigned" in shown["type"].lower():
        shown["principalId"] = str(uuid5(NAMESPACE_URL, vm_id.lower()))
        shown["tenantId"] = str(call.claims.get("tid", ""))
    return shown


def _storage(given: Json, disk: Resource, source: Source | None) -> Json:
    asked = (given.get("storageProfile") or {}).get("osDisk") or {}
    shown: Json = {
        "osDisk": {
            "osType": "Windows",
            "name": disk.name,
            "createOption": asked.get("createOption", "FromImage"),
            "caching": asked.get("caching", "ReadWrite"),
            "managedDisk": {
                "storageAccountType": disk.body.get("sku", {}).get("name", "Premium_LRS"),
                "id": disk.id,
            },
            "deleteOption": asked.get("deleteOption", "Detach"),
            "diskSizeGB": disk.properties.get("diskSizeGB", 127),
        },
        "dataDisks": [],
        "diskControllerType": "SCSI",
    }
    if source:
        shown["imageReference"] = source.reference
    return shown


def _os_profile(given: Json, name: str) -> Json:
    windows = given.get("windowsConfiguration") or {}
    return {
        "computerName": given.get("computerName") or name,
        "adminUsername": given.get("adminUsername", ""),
        "windowsConfiguration": {
            "provisionVMAgent": windows.get("provisionVMAgent", True),
            "enableAutomaticUpdates": windows.get("enableAutomaticUpdates", True),
            "patchSettings": windows.get("patchSettings")
            or {"patchMode": "AutomaticByOS", "assessmentMode": "ImageDefault"},
        },
        "secrets": [],
        "allowExtensionOperations": True,
        "requireGuestProvisionSignal": True,
    }


# What a second PUT may repeat but not change. Source: SupportArticles-docs, error-messages.md.
_FIXED = (
    ("osProfile", "computerName"),
    ("osProfile", "adminUsername"),
    ("storageProfile", "imageReference", "id"),
    ("storageProfile", "imageReference", "sku"),
    ("storageProfile", "imageReference", "offer"),
    ("storageProfile", "imageReference", "publisher"),
    ("securityProfile", "securityType"),
)


def check_unchanged(vm: Resource, given: Json) -> None:
    for path in _FIXED:
        wanted, current = _at(given, path), _at(vm.properties, path)
        if wanted is not None and str(wanted).lower() != str(current or "").lower():
            raise ArmError(
                409,
                "PropertyChangeNotAllowed",
                f"Changing property '{'.'.join(path)}' is not allowed.",
                target=".".join(path),
            )


def _at(body: Json, path: tuple[str, ...]) -> Any:
    value: Any = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def merge(call: Call, vm: Resource) -> None:
    """What an update may change besides size and OS disk."""
    given = call.body.get("properties") or {}
    if call.body.get("tags") is not None:
        vm.body["tags"] = call.body["tags"]
    if call.body.get("identity"):
        vm.body["identity"] = _identity(call, vm.id, call.body["identity"])
    for key in ("licenseType", "diagnosticsProfile"):
        if given.get(key) is not None:
            vm.properties[key] = given[key]
    disk = (given.get("storageProfile") or {}).get("osDisk") or {}
    if disk.get("deleteOption"):
        vm.properties["storageProfile"]["osDisk"]["deleteOption"] = disk["deleteOption"]
    cards = (given.get("networkProfile") or {}).get("networkInterfaces")
    for mine in vm.properties["networkProfile"]["networkInterfaces"]:
        for theirs in cards or []:
            if ids.same(str(theirs.get("id")), mine["id"]) and theirs.get("properties"):
                mine["properties"] = {**(mine.get("properties") or {}), **theirs["properties"]}
    vm.body["etag"] = f'"{int(vm.body["etag"].strip(chr(34))) + 1}"'
