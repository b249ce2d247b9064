"""Users, groups and licences as the emulator keeps them, for routes, events and controls.

Kinds of documents: `users` (`inner.mailbox`: whether he has one), `groups` (`inner.members`: object
ids of users and groups), `subscribedSkus`. A user's licences are his `assignedLicenses`.
"""

from __future__ import annotations

from ..world import Json, World
from . import objects
from .routing import documents_of

WINDOWS_365 = "CPC_"  # how part numbers of Cloud PC licences begin


def find_user(world: World, tenant: str, name: str) -> Json | None:
    """By object id, user principal name or mail address, without case."""
    wanted = name.lower()
    users = documents_of(world, tenant, "users")
    found = users.get(wanted)
    if found is not None:
        return found
    for each in users.values():
        body = each["body"]
        if wanted in (body["userPrincipalName"].lower(), (body["mail"] or "").lower()):
            return each
    return None


def ensure_user(world: World, tenant: str, upn: str, name: str = "") -> Json:
    found = find_user(world, tenant, upn)
    if found is None:
        found = {"body": objects.user(world, upn, name), "inner": {"mailbox": False}}
        documents_of(world, tenant, "users").save(found["body"]["id"], found)
    return found


def find_group(world: World, tenant: str, name: str) -> Json | None:
    """By object id or display name."""
    groups = documents_of(world, tenant, "groups")
    by_name = (x for x in groups.values() if x["body"]["displayName"].lower() == name.lower())
    return groups.get(name.lower()) or next(by_name, None)


def ensure_group(world: World, tenant: str, name: str) -> Json:
    found = find_group(world, tenant, name)
    if found is None:
        found = {"body": objects.group(world, name), "inner": {"members": []}}
        documents_of(world, tenant, "groups").save(found["body"]["id"], found)
    return found


def members_of(world: World, tenant: str, group_id: str) -> list[Json]:
    """Everything below the group, users and groups, each once, in the order they were added."""
    users = documents_of(world, tenant, "users")
    groups = documents_of(world, tenant, "groups")
    found: dict[str, Json] = {}
    waiting = [group_id.lower()]
    while waiting:
        group = groups.get(waiting.pop(0))
        for each in group["inner"]["members"] if group else ():
            known = users.get(each) or groups.get(each)
            if known is not None and each not in found and each != group_id.lower():
                found[each] = known
                waiting.append(each)
    return list(found.values())


def users_of(world: World, tenant: str, group_id: str) -> list[Json]:
    """The users below the group; their documents."""
    return [
        each for each in members_of(world, tenant, group_id) if "userPrincipalName" in each["body"]
    ]


# -- licences -----------------------------------------------------------------------------------


def consumed(world: World, tenant: str, sku: Json) -> int:
    """How many users hold this licence; `sku` is the document's body."""
    users = documents_of(world, tenant, "users").values()
    return sum(holds(user, sku) for user in users)


def holds(user: Json, sku: Json) -> bool:
    return any(each["skuId"] == sku["skuId"] for each in user["body"]["assignedLicenses"])


def cloud_pc_licence(world: World, tenant: str, user_id: str) -> Json | None:
    """The body of the Windows 365 licence this user holds; None without."""
    user = documents_of(world, tenant, "users").get(user_id.lower())
    skus = documents_of(world, tenant, "subscribedSkus").values()
    windows365 = (x["body"] for x in skus if x["body"]["skuPartNumber"].startswith(WINDOWS_365))
    return next((each for each in windows365 if user and holds(user, each)), None)


def take_cloud_pc_licence(world: World, tenant: str, user_id: str) -> Json | None:
    """The user's Windows 365 licence; a free one is assigned to him first if he has none.

    In Azure an admin assigns licences, to users or to the group; the emulator does it when the
    group is assigned to a policy, first come, first served.
    """
    held = cloud_pc_licence(world, tenant, user_id)
    if held is not None:
        return held
    for each in documents_of(world, tenant, "subscribedSkus").values():
        body = each["body"]
        if not body["skuPartNumber"].startswith(WINDOWS_365):
            continue
        if consumed(world, tenant, body) < body["prepaidUnits"]["enabled"]:
            assign(world, tenant, user_id, body)
            return dict(body)
    return None


def assign(world: World, tenant: str, user_id: str, sku: Json) -> None:
    users = documents_of(world, tenant, "users")
    user = users.get(user_id.lower())
    if user is not None and not holds(user, sku):
        user["body"]["assignedLicenses"].append({"disabledPlans": [], "skuId": sku["skuId"]})
        users.save(user_id.lower(), user)


def unassign(world: World, tenant: str, user_id: str, sku: Json) -> None:
    users = documents_of(world, tenant, "users")
    user = users.get(user_id.lower())
    if user is not None:
        kept = [x for x in user["body"]["assignedLicenses"] if x["skuId"] != sku["skuId"]]
        user["body"]["assignedLicenses"] = kept
        users.save(user_id.lower(), user)
