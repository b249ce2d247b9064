"""Azure Resource Manager itself: tenants, subscriptions, resource groups, the list of resources.

Source: learn.microsoft.com, REST reference "Resource Groups" and "Resources".
"""

from __future__ import annotations

import re

from . import durations, ids
from .operations import completes, retry_after, serve, start
from .router import Call, ResourceType, api_versions, declare, group_not_found, paged, route
from .wire import Answer, ArmError
from .world import Json, Resource, World

GROUP = "subscriptions/resourceGroups"
_GROUP_TYPE = "Microsoft.Resources/resourceGroups"

api_versions(
    "Microsoft.Resources",
    "2025-04-01", "2024-11-01", "2024-07-01", "2024-03-01", "2023-07-01", "2022-12-01",
    "2022-09-01", "2021-04-01", "2020-10-01", "2020-06-01", "2019-07-01",
)  # fmt: skip
serve("Microsoft.Resources")
declare(ResourceType(GROUP, names=r"[\w.()-]{0,89}[\w()-]"))


def _group(call: Call) -> Resource | None:
    return call.world.find(ids.group_id(call.path.subscription, call.path.resource_group))


@route("PUT", GROUP)
def _put_group(call: Call) -> Answer:
    if not call.body.get("location"):
        raise ArmError(
            400, "LocationRequired", "The location property is required for this definition."
        )
    known = _group(call)
    if known and known.location.lower() != call.body["location"].lower():
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{call.body['location']}'. The Resource group"
            f" already exists in location '{known.location}'.",
        )
    id_ = known.id if known else ids.group_id(call.path.subscription, call.path.name)
    body: Json = {
        "id": id_,
        "name": ids.name_of(id_),
        "type": _GROUP_TYPE,
        "location": call.body["location"],
        "tags": call.body.get("tags") or {},
        "properties": {"provisioningState": "Succeeded"},
    }
    call.world.save(Resource(id_, GROUP, body))
    return Answer(200 if known else 201, body)


@route("GET", GROUP)
def _get_group(call: Call) -> Answer:
    return Answer(200, call.resource_group().body)


@route("HEAD", GROUP)
def _head_group(call: Call) -> Answer:
    return Answer(204 if _group(call) else 404)


@route("PATCH", GROUP)
def _patch_group(call: Call) -> Answer:
    group = call.require_group()
    group.body["tags"] = call.body.get("tags", group.body.get("tags"))
    call.world.save(group)
    return Answer(200, group.body)


@route("DELETE", GROUP)
def _delete_group(call: Call) -> Answer:
    group = _group(call)
    if group is None:
        raise group_not_found(call.path.resource_group)
    operation = start(
        call,
        group,
        then="group-delete",
        seconds=durations.GROUP_DELETE,
        state="Deleting",
        group=group.id,
    )
    headers = {
        "Location": f"{call.base_url}/subscriptions/{call.path.subscription}/operationresults/"
        f"{operation['id']}?api-version={call.api_version}",
        "Retry-After": retry_after(call.world, 15),
    }
    return Answer(202, None, headers)


@completes("group-delete")
def _group_deleted(world: World, *, group: str) -> None:
    for vm in world.each("Microsoft.Compute/virtualMachines", group):
        world.emit("vm-removed", vm=vm.id)
    world.remove(group)


@route("GET", "subscriptions/operationresults")
def _group_result(call: Call) -> Answer:
    operation = call.world.documents("operations").get(call.path.name)
    if operation and operation["status"] == "InProgress":
        url = f"{call.base_url}{call.path.path}?api-version={call.api_version}"
        return Answer(202, None, {"Location": url, "Retry-After": retry_after(call.world, 15)})
    return Answer(200)


@route("GET", GROUP, item=False)
def _list_groups(call: Call) -> Answer:
    scope = f"/subscriptions/{call.path.subscription}"
    groups = [group.body for group in call.world.each(GROUP, scope)]
    return paged(call, [body for body in groups if _tagged(call, body)])


@route("GET", "subscriptions/resourceGroups/resources", item=False)
def _list_in_group(call: Call) -> Answer:
    return _list_resources(call, call.resource_group().id)


@route("GET", "subscriptions/resources", item=False)
def _list_all(call: Call) -> Answer:
    return _list_resources(call, f"/subscriptions/{call.path.subscription}")


def _list_resources(call: Call, scope: str) -> Answer:
    """The generic list shows no properties, and only what has a location of its own."""
    shown = ("id", "name", "type", "location", "tags", "sku", "kind", "identity", "zones")
    found = [
        {key: each.body[key] for key in shown if key in each.body}
        for each in call.world.each(under=scope)
        if each.type != GROUP and each.location
    ]
    return paged(call, [body for body in found if _tagged(call, body) and _typed(call, body)])


def _tagged(call: Call, body: Json) -> bool:
    wanted = re.search(r"tagName eq '([^']*)'", call.asked("$filter"))
    if not wanted:
        return True
    value = re.search(r"tagValue eq '([^']*)'", call.asked("$filter"))
    tags = {name.lower(): text for name, text in (body.get("tags") or {}).items()}
    if wanted[1].lower() not in tags:
        return False
    return not value or tags[wanted[1].lower()] == value[1]


def _typed(call: Call, body: Json) -> bool:
    wanted = re.search(r"resourceType eq '([^']*)'", call.asked("$filter"))
    return not wanted or str(body.get("type", "")).lower() == wanted[1].lower()


# -- subscriptions and tenants: enough for `az login` -------------------------------------------


def _subscription_body(call: Call, subscription: str) -> Json:
    known = call.world.documents("subscriptions").get(subscription.lower()) or {}
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "tenantId": known.get("tenant") or call.claims.get("tid", ""),
        "displayName": known.get("name") or f"Subscription {subscription[:8]}",
        "state": "Enabled",
        "subscriptionPolicies": {"quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
        "authorizationSource": "RoleBased",
    }


@route("GET", "subscriptions")
def _get_subscription(call: Call) -> Answer:
    return Answer(200, _subscription_body(call, call.path.subscription))


@route("GET", "subscriptions", item=False)
def _list_subscriptions(call: Call) -> Answer:
    """Those of the token's tenant, and every untied one that holds a resource group."""
    tied = dict(call.world.documents("subscriptions").items())
    mine = {key for key, value in tied.items() if value["tenant"] == call.claims.get("tid")}
    used = {group.id.split("/")[2] for group in call.world.each(GROUP)}
    found = mine | {each for each in used if each.lower() not in tied}
    return paged(call, [_subscription_body(call, each) for each in sorted(found)])


@route("GET", "tenants", item=False)
def _list_tenants(call: Call) -> Answer:
    tenant = str(call.claims.get("tid", ""))
    return Answer(200, {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant}]})


@route("GET", "metadata/endpoints")
def _endpoints(call: Call) -> Answer:
    """What azure-cli asks of a registered cloud."""
    url = call.base_url
    return Answer(
        200,
        [
            {
                "name": "SpotPCEmulator",
                "resourceManager": url,
                "authentication": {
                    "loginEndpoint": url,
                    "audiences": ["https://management.azure.com"],
                    "tenant": "common",
                    "identityProvider": "AAD",
                },
                "microsoftGraphResourceId": url,
                "graph": url,
                "portal": url,
                "suffixes": {"storage": "core.windows.net", "keyVaultDns": "vault.azure.net"},
            }
        ],
    )
