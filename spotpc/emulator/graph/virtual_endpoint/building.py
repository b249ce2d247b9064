"""How Cloud PCs come, are made anew, and go.

A Cloud PC's `inner`: user (his object id), target (what the policy said when the building began),
doom (how a named failure wants it to end), again (it is a reprovision), byHand (made by the
control plane).

Sources: memdocs, windows-365/enterprise/provisioning.md and reprovision-cloud-pc.md: a reprovision
deletes the old Cloud PC with everything on it and builds one as the policy says then. That the ids
and the name of its device are null in between is believed, as they are in the published example of
a failed one. The two automatic retries of a failed build are part of its time.
"""

from __future__ import annotations

from uuid import uuid4

from ... import durations, faults
from ...world import Json, World, event
from .. import devices, objects
from ..routing import documents_of
from . import build_failures, naming, shapes
from .service_plans import Plan

KIND = "cloudPCs"
BUSY = ("provisioning", "resizing", "restoring", "deprovisioning")
USABLE = ("provisioned", "provisionedWithWarnings")

_NO_DEVICE: Json = {"aadDeviceId": None, "managedDeviceId": None, "managedDeviceName": None}


def save(world: World, tenant: str, pc: Json) -> Json:
    pc["body"]["lastModifiedDateTime"] = shapes.stamped(world.now)
    documents_of(world, tenant, KIND).save(pc["body"]["id"], pc)
    return pc


def begin(world: World, tenant: str, policy: Json, user_id: str, plan: Plan) -> Json:
    """A new Cloud PC, on its way."""
    pc = _new(world, tenant, policy, user_id, plan)
    world.after(durations.CLOUD_PC, "cloud-pc-built", tenant=tenant, cloud_pc=pc["body"]["id"])
    return pc


def at_once(world: World, tenant: str, policy: Json, user_id: str, plan: Plan) -> Json:
    """The same, without any waiting: for the control plane."""
    pc = _new(world, tenant, policy, user_id, plan)
    pc["inner"]["byHand"] = True
    _succeed(world, tenant, pc)
    return pc


def _new(world: World, tenant: str, policy: Json, user_id: str, plan: Plan) -> Json:
    user = documents_of(world, tenant, "users").get(user_id)
    name = user["body"]["displayName"] if user else ""
    body: Json = {
        "id": str(uuid4()),
        "displayName": f"{policy['body']['displayName']} - {name}",
        "gracePeriodEndDateTime": None,
        "imageDisplayName": policy["body"]["imageDisplayName"],
        "servicePlanId": plan.id,
        "servicePlanName": plan.name,
        "servicePlanType": "enterprise",
        "productType": "enterprise",
        "diskEncryptionState": "encryptedUsingPlatformManagedKey",
        "userPrincipalName": user["body"]["userPrincipalName"] if user else None,
        "status": "provisioning",
        "statusDetail": None,
        "statusDetails": None,
        **_NO_DEVICE,
    }
    inner: Json = {"user": user_id, "target": _target(world, tenant, policy), "again": False}
    pc: Json = {"body": body, "inner": inner}
    _follow(pc)
    return save(world, tenant, pc)


def _target(world: World, tenant: str, policy: Json) -> Json:
    """What the building goes by to its end, whatever happens to the policy meanwhile (believed)."""
    joins = policy["body"]["domainJoinConfigurations"] or [{}]
    connection_id = joins[0].get("onPremisesConnectionId") or ""
    known = documents_of(world, tenant, "onPremisesConnections").get(connection_id.lower())
    return {
        "policy": policy["body"]["id"],
        "policyName": policy["body"]["displayName"],
        "imageType": policy["body"]["imageType"],
        "imageId": policy["body"]["imageId"],
        "imageName": policy["body"]["imageDisplayName"],
        "connection": connection_id,
        "connectionName": known["body"]["displayName"] if known else "",
        "region": joins[0].get("regionName") or (known or {"body": {}})["body"].get(
            "virtualNetworkLocation"
        ),
        "template": policy["body"].get("cloudPcNamingTemplate") or "",
        "type": policy["body"]["provisioningType"],
    }  # fmt: skip


def _follow(pc: Json) -> None:
    target = pc["inner"]["target"]
    pc["body"] |= {
        "provisioningPolicyId": target["policy"],
        "provisioningPolicyName": target["policyName"],
        "provisioningType": target["type"],
        "onPremisesConnectionName": target["connectionName"],
        "deviceRegionName": target["region"],
    }


def again(world: World, tenant: str, pc: Json, doom: Json | None) -> None:
    """A reprovision begins."""
    policy_id = str(pc["body"]["provisioningPolicyId"])
    policy = documents_of(world, tenant, "provisioningPolicies").get(policy_id)
    if policy:
        pc["inner"]["target"] = _target(world, tenant, policy)
    pc["inner"] |= {"again": True, "doom": doom}
    pc["body"] |= {"status": "provisioning", "statusDetail": None, "statusDetails": None}
    save(world, tenant, pc)
    told = {"tenant": tenant, "cloud_pc": pc["body"]["id"]}
    world.after(durations.CLOUD_PC_WIPE, "cloud-pc-wiped", **told)
    world.after(durations.CLOUD_PC_WIPE + durations.CLOUD_PC, "cloud-pc-built", **told)


@event("cloud-pc-wiped")
def _wiped(world: World, *, tenant: str, cloud_pc: str) -> None:
    pc = documents_of(world, tenant, KIND).get(cloud_pc)
    if pc:
        _lose_device(world, tenant, pc)
        save(world, tenant, pc)


def _lose_device(world: World, tenant: str, pc: Json) -> None:
    if pc["body"]["aadDeviceId"]:
        devices.leave(world, tenant, pc["body"]["aadDeviceId"])
    pc["body"] |= _NO_DEVICE


@event("cloud-pc-built")
def _built(world: World, *, tenant: str, cloud_pc: str) -> None:
    pc = documents_of(world, tenant, KIND).get(cloud_pc)
    if pc is None:
        return
    user = str(pc["body"]["userPrincipalName"])
    if pc["inner"]["again"] and faults.behaves(world, "reprovision-stuck", user=user):
        told = {"tenant": tenant, "cloud_pc": cloud_pc}
        world.after(durations.STUCK_RETRY, "cloud-pc-built", **told)
        return
    failure = build_failures.of(world, tenant, pc)
    if failure:
        _fail(world, tenant, pc, failure)
    else:
        _succeed(world, tenant, pc)
    world.emit("cloud-pc-settled", tenant=tenant)


def _succeed(world: World, tenant: str, pc: Json) -> None:
    user, target = str(pc["body"]["userPrincipalName"]), pc["inner"]["target"]
    name = naming.filled(target["template"], user)
    device, record = devices.join(world, tenant, name, managed=True, upn=user)
    pc["body"] |= {
        "status": "provisioned",
        "imageDisplayName": target["imageName"],
        "aadDeviceId": device["deviceId"],
        "managedDeviceId": record["id"] if record else None,
        "managedDeviceName": name,
    }
    pc["inner"] |= {"again": False, "doom": None, "builtAt": objects.moment(world)}
    _follow(pc)
    save(world, tenant, pc)


def _fail(world: World, tenant: str, pc: Json, failure: build_failures.Failure) -> None:
    """Shape: the published example of a failed Cloud PC (beta)."""
    more = {
        "retriable": "true",
        "failedAction": "Reprovision" if pc["inner"]["again"] else "Provision",
    }
    detail: Json = {
        "code": failure.code,
        "message": failure.message,
        "additionalInformation": [{"name": key, "value": more[key]} for key in more],
    }
    pc["body"] |= {"status": "failed", "statusDetail": detail, "statusDetails": detail}
    pc["inner"] |= {"again": False, "doom": None}
    save(world, tenant, pc)


def deprovision(world: World, tenant: str, pc: Json) -> None:
    pc["body"] |= {"status": "deprovisioning", "gracePeriodEndDateTime": None}
    save(world, tenant, pc)
    told = {"tenant": tenant, "cloud_pc": pc["body"]["id"]}
    world.after(durations.CLOUD_PC_DEPROVISION, "cloud-pc-gone", **told)


@event("cloud-pc-gone")
def _gone(world: World, *, tenant: str, cloud_pc: str) -> None:
    known = documents_of(world, tenant, KIND)
    pc = known.get(cloud_pc)
    if pc:
        _lose_device(world, tenant, pc)
        known.remove(cloud_pc)
    world.emit("cloud-pc-settled", tenant=tenant)
