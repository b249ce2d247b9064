"""Gallery image versions: what may become one, replication to regions, deletion.

Source: learn.microsoft.com, "Store and share images in an Azure Compute Gallery"; the messages are
of azure-docs, troubleshooting-shared-images.md, unless another source is named.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from .. import durations, faults, ids
from ..operations import NotYet, aborts, accepted, completes, created, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, stamp
from . import power
from .disks import IMAGE, SNAPSHOT, refuse_busy
from .power import DISK
from .sizes import VM, normal
from .sources import VERSION, security_type

_END_OF_LIFE = timedelta(days=182)


def _view(call: Call, version: Resource) -> Json:
    if not call.expands("ReplicationStatus"):
        return version.body
    shown = {**version.properties, "replicationStatus": _replication(call.world, version)}
    return {**version.body, "properties": shown}


declare(ResourceType(VERSION, _view, names=r".{1,80}"))


def _replication(world: World, version: Resource) -> Json:
    """States: Unknown, Replicating, Completed, Failed; together Unknown, InProgress, Completed,
    Failed. Source: Azure/bicep-types-az, microsoft.compute."""
    done = version.inner.get("replicated", [])
    failed = version.properties.get("provisioningState") == "Failed"
    progress = _progress(world, version)
    summary = []
    for target in version.properties["publishingProfile"]["targetRegions"]:
        complete = normal(target["name"]) in done
        state = "Completed" if complete else "Failed" if failed else "Replicating"
        if not (complete or failed) and progress == 0:
            state = "Unknown"
        summary.append(
            {
                "region": target["name"],
                "state": state,
                "details": "",
                "progress": 100 if complete else progress,
            }
        )
    states = {each["state"] for each in summary}
    whole = "Completed" if states == {"Completed"} else "Failed" if failed else "InProgress"
    return {"aggregatedState": whole, "summary": summary}


def _progress(world: World, version: Resource) -> int:
    """Percent of the replication, which begins when the copy is made; 99 at most."""
    begun, ends = version.inner.get("begun"), version.inner.get("ends")
    if begun is None or ends is None:
        return 0
    if version.inner.get("stuck"):
        return 40
    operation = world.pending("operation-due", operation=version.inner.get("operation", ""))
    left = max(0.0, operation[0].due - world.now) * world.speed if operation else 0.0
    share = 1 - left / durations.VERSION
    after_copy = (share - durations.VERSION_COPY_SHARE) / (1 - durations.VERSION_COPY_SHARE)
    return max(0, min(99, int(after_copy * 100)))


# -- create -------------------------------------------------------------------------------------


@route("PUT", VERSION)
def _put(call: Call) -> Answer:
    definition = call.require_parent()
    _check_name(call.path.name)
    id_ = call.canonical_id()
    refuse_busy(call, id_)
    known = call.find(id_)
    profile = _profile(call)
    if known:
        _check_same_source(call, known)
        return _publish(call, known, profile)
    source = _source(call, definition)
    version = Resource(id_, VERSION, _body(call, id_, profile, source))
    version.inner = {
        "replicated": [],
        "guest": _guest(call.world, source),
        "osName": source.inner.get("osName", ""),
    }
    return _begin(call, version, "Creating", 201)


def _check_name(name: str) -> None:
    parts = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", name)
    if not parts or any(int(part) > 2**31 - 1 for part in parts.groups()):
        raise ArmError(
            400,
            "InvalidParameter",
            "The image version name is invalid. The image version name should follow"
            " Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc.",
            target="galleryImageVersionName",
        )


def _profile(call: Call) -> Json:
    """The publishing profile, with every target region filled in."""
    given = (call.body.get("properties") or {}).get("publishingProfile") or {}
    home = str(call.body.get("location") or "")
    count = given.get("replicaCount") or 1
    kind = given.get("storageAccountType") or "Standard_LRS"
    targets = [
        {
            "regionalReplicaCount": count,
            "storageAccountType": kind,
            "excludeFromLatest": False,
            **target,
        }
        for target in given.get("targetRegions") or [{"name": home}]
    ]
    names = [normal(target["name"]) for target in targets]
    if len(set(names)) != len(names):
        raise _bad("Duplicate regions are not allowed in target publishing regions.")
    if normal(home) not in names:
        raise _bad(
            f"Gallery image version publishing profile regions {', '.join(names)} must contain the"
            f" location of image version {home}"
        )
    for target in targets:
        if not 1 <= int(target["regionalReplicaCount"]) <= 100:
            raise _bad(
                f"The value {target['regionalReplicaCount']} of parameter"
                " galleryImageVersion.properties.publishingProfile.targetRegions"
                ".regionalReplicaCount is out of range. The value must be between 1 and 100,"
                " inclusive."
            )
    kept = {key: value for key, value in given.items() if value is not None}
    return {
        "replicaCount": count,
        "storageAccountType": kind,
        "replicationMode": "Full",
        "excludeFromLatest": False,
        **kept,
        "targetRegions": targets,
    }


def _bad(message: str, target: str = "galleryImageVersion.properties") -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=target)


def source_id(properties: Json) -> str:
    storage = properties.get("storageProfile") or {}
    source = storage.get("source") or {}
    disk = (storage.get("osDiskImage") or {}).get("source") or {}
    return str(source.get("virtualMachineId") or source.get("id") or disk.get("id") or "")


def _source(call: Call, definition: Resource) -> Resource:
    wanted = source_id(call.body.get("properties") or {})
    found = call.find(wanted)
    region = normal(str(call.body.get("location") or ""))
    if found is None or (found.type != VERSION and normal(found.location) != region):
        raise ArmError(
            404,
            "NotFound",
            f"Source {wanted} is not found. Please check source exists, and is in the same region"
            " as gallery image version being created.",
        )
    if found.type == VM:
        _check_vm(found, definition)
    elif found.type not in (DISK, SNAPSHOT, IMAGE, VERSION):
        raise _bad(f"Source {wanted} is not supported.")
    _check_generation(found, definition)
    return found


def _check_vm(vm: Resource, definition: Resource) -> None:
    """Sources: https://github.com/hashicorp/packer-plugin-azure/issues/304 for the security type,
    https://github.com/Azure/WALinuxAgent/issues/88 for the capture."""
    if definition.properties.get("osState") == "Generalized" and not vm.inner.get("generalized"):
        raise power.refuse(
            "Capture operation cannot be completed because the VM is not generalized."
        )
    allowed = security_type(definition.properties)
    if allowed == "TrustedLaunchSupported":
        raise _bad(
            f"The security type 'TrustedLaunchSupported' is not supported for the source id"
            f" '{vm.id}'. Currently only Vhd Blob, User Image and Gallery Image Version sources"
            " are supported for 'TrustedLaunchSupported' images."
        )
    actual = (vm.properties.get("securityProfile") or {}).get("securityType") or "Standard"
    if (allowed or "Standard") != actual:
        raise _bad(  # believed: the rule is documented, the sentence is not
            f"The resource with id '{vm.id}' has a different security type ['{actual}'] than the"
            f" parent gallery image security type ['{allowed or 'Standard'}']."
        )


def _check_generation(source: Resource, definition: Resource) -> None:
    """Source: https://github.com/MicrosoftDocs/azure-docs/issues/118774"""
    actual = source.inner.get("generation") or source.properties.get("hyperVGeneration")
    wanted = definition.properties.get("hyperVGeneration", "V1")
    if actual and actual != wanted:
        raise ArmError(
            409,
            "Conflict",
            f"The resource with id '{source.id}' has a different Hypervisor generation"
            f" ['{actual}'] than the parent gallery image Hypervisor generation ['{wanted}'].",
        )


def _guest(world: World, source: Resource) -> Json:
    if source.type == VM:
        return dict(power.guest_of(world, source))
    return dict(source.inner.get("guest") or {})


def _check_same_source(call: Call, known: Resource) -> None:
    wanted = source_id(call.body.get("properties") or {})
    if wanted and not ids.same(wanted, source_id(known.properties)):
        raise ArmError(
            409,
            "PropertyChangeNotAllowed",
            "Changing property 'galleryImageVersion.properties.storageProfile.source.id' is not"
            " allowed.",
            target="galleryImageVersion.properties.storageProfile.source.id",
        )


def _body(call: Call, id_: str, profile: Json, source: Resource) -> Json:
    given = call.body.get("properties") or {}
    profile["publishedDate"] = call.world.timestamp
    profile.setdefault("endOfLifeDate", _end_of_life(call.world.now))
    size = source.properties.get("diskSizeGB") or 127
    disk: Json = {"sizeInGB": size, "hostCaching": "ReadWrite", "source": {}}
    asked = given.get("storageProfile") or {}
    return {
        "name": call.path.name,
        "id": id_,
        "type": VERSION,
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "properties": {
            "publishingProfile": profile,
            "storageProfile": {
                "source": asked.get("source") or {},
                "osDiskImage": {**disk, **(asked.get("osDiskImage") or {})},
            },
            "safetyProfile": _safety(call, given.get("safetyProfile") or {}),
            "provisioningState": "Creating",
        },
    }


def _end_of_life(now: float) -> str:
    return stamp(now + _END_OF_LIFE.total_seconds())


def _safety(call: Call, given: Json) -> Json:
    """From api-version 2026-03-03 on, a version protects itself until its end of life.

    Source: azure-cli, breaking changes of `az sig image-version`.
    """
    protected = call.api_version >= "2026-03-03"
    return {
        "allowDeletionOfReplicatedLocations": True,
        "reportedForPolicyViolation": False,
        "blockDeletionBeforeEndOfLife": protected,
        **{key: value for key, value in given.items() if value is not None},
    }


def _begin(call: Call, version: Resource, state: str, status: int) -> Answer:
    seconds = durations.VERSION
    version.inner |= {"begun": call.world.now, "ends": call.world.now + seconds, "stuck": False}
    operation = start(
        call, version, then="version-ready", seconds=seconds, state=state, version=version.id
    )
    version.inner["operation"] = operation["id"]
    call.world.save(version)
    return created(call, operation, version, status)


@completes("version-ready")
def _ready(world: World, *, version: str) -> None:
    found = world.find(version)
    if found is None:
        return
    targets = found.properties["publishingProfile"]["targetRegions"]
    regions = [normal(target["name"]) for target in targets]
    stuck = [
        region
        for region in regions
        if faults.behaves(
            world,
            "replication-stuck",
            version=found.name,
            region=region,
            image=ids.name_of(ids.parent_of(found.id)),
        )
    ]
    found.inner["replicated"] = [region for region in regions if region not in stuck]
    found.inner["stuck"] = bool(stuck)
    world.save(found)
    if stuck:
        raise NotYet(durations.STUCK_RETRY)


@aborts("version-ready")
def _not_ready(world: World, *, version: str) -> None:
    """A failed version stays, with nothing replicated."""


# -- update and delete --------------------------------------------------------------------------


@route("PATCH", VERSION)
def _patch(call: Call) -> Answer:
    version = call.resource
    refuse_busy(call, version.id)
    given = call.body.get("properties") or {}
    merged = {**version.properties["publishingProfile"], **(given.get("publishingProfile") or {})}
    call.body = {
        "location": version.location,
        "tags": call.body.get("tags"),
        "properties": {**given, "publishingProfile": merged},
    }
    return _publish(call, version, _profile(call))


def _publish(call: Call, version: Resource, profile: Json) -> Answer:
    """Changes what may change: regions, replicas, excludeFromLatest, end of life, safety, tags."""
    given = call.body.get("properties") or {}
    before = version.properties["publishingProfile"]
    dates = {key: before[key] for key in ("publishedDate", "endOfLifeDate")}
    version.properties["publishingProfile"] = {**dates, **profile}
    if given.get("safetyProfile"):
        version.properties["safetyProfile"] |= given["safetyProfile"]
    if call.body.get("tags") is not None:
        version.body["tags"] = call.body["tags"]
    regions = {normal(target["name"]) for target in profile["targetRegions"]}
    if regions <= set(version.inner.get("replicated", [])):
        operation = start(call, version, then="gallery-ready", seconds=durations.DEFINITION)
        return created(call, operation, version, 200)
    return _begin(call, version, "Updating", 200)


@route("DELETE", VERSION)
def _delete(call: Call) -> Answer:
    """Source of the rule: azure-cli, breaking changes of `az sig image-version`; the sentence is
    believed. VMs made from the version go on without it."""
    version = call.find(call.path.path)
    if version is None:
        return Answer(204)
    refuse_busy(call, version.id)
    ends = version.properties["publishingProfile"].get("endOfLifeDate")
    blocked = version.properties["safetyProfile"].get("blockDeletionBeforeEndOfLife")
    if blocked and ends and datetime.fromisoformat(ends).timestamp() > call.world.now:
        raise power.refuse(
            f"Deletion of gallery image version '{version.name}' is not allowed before its end of"
            f" life date '{ends}' because 'safetyProfile.blockDeletionBeforeEndOfLife' is true."
        )
    operation = start(
        call,
        version,
        then="resource-gone",
        seconds=durations.VERSION_DELETE,
        state="Deleting",
        resource=version.id,
    )
    return accepted(call, operation)
