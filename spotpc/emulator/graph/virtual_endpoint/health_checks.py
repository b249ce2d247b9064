"""The health checks of an Azure network connection, one after the other, and what each finds.

Source of the checks: memdocs, windows-365/enterprise/health-checks.md; of the error types: the v1.0
metadata, cloudPcOnPremisesConnectionHealthCheckErrorType. Which check reports which type, and the
recommended actions, are believed. The service's own runs every few hours aren't modelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from ... import durations, faults
from ...world import Json, World, event
from ..routing import documents_of
from . import network_facts as facts
from . import shapes

KIND = "onPremisesConnections"
UNDER_CHECK = ("pending", "running")

Finder = Callable[[World, str, Json], str]


def _nothing(world: World, tenant: str, connection: Json) -> str:
    return ""


@dataclass(frozen=True)
class Check:
    """`reports` are the error types it may end with; `find` the one it really finds, or none."""

    name: str
    reports: str
    action: str
    find: Finder = _nothing
    hybrid: bool = False  # of connections that join Active Directory only
    warns: bool = False  # can't block provisioning


CHECKS = (
    Check("DNS can resolve Active Directory domain", "dnsCheck",
          "Make the network's DNS servers resolve the domain.", facts.domain, hybrid=True),
    Check("Active Directory domain join", "adJoinCheck",
          "Check the domain join account and the organizational unit.", facts.join, hybrid=True),
    Check("Endpoint connectivity", "endpointConnectivityCheck(?!Locale)",
          "Allow the required URLs from the subnet."),
    Check("Microsoft Entra device sync", "azureAdDeviceSyncCheck",
          "Check that computer objects are synced within 90 minutes.", hybrid=True, warns=True),
    Check("Azure subnet IP address usage", "resourceAvailabilityCheckNoSubnetIP",
          "Free some addresses of the subnet.", facts.addresses),
    Check("Azure tenant readiness",
          "resourceAvailabilityCheck(Subscription|AzurePolicy|General|ResourceGroup|Deployment"
          "|Transient|Unknown)",
          "Check the subscription, its policies and its locks.", facts.subscription),
    Check("Azure virtual network readiness",
          "resourceAvailabilityCheck(UnsupportedVNet|VNet|Subnet)",
          "Check the virtual network and its subnet.", facts.network),
    Check("First party app permissions exist on Azure subscription",
          "permissionCheck(NoSubscription|Transient|Unknown)",
          "Give Windows 365 the Reader role on the subscription."),
    Check("First party app permissions exist on Azure resource group",
          "permissionCheck(NoResourceGroup|NoWindows365NetworkInterface)",
          "Give Windows 365 its roles on the resource group."),
    Check("First party app permissions exist on Azure virtual network",
          "permissionCheck(NoVNet|NoWindows365NetworkUser)",
          "Give Windows 365 its roles on the virtual network."),
    Check("Environment and configuration is ready", "internalServer", "Retry the checks."),
    Check("Intune enrollment restrictions allow Windows enrollment",
          "resourceAvailabilityCheck(NoIntune|Intune)", "Allow Windows enrollment in Intune."),
    Check("Localization language package readiness", "endpointConnectivityCheckLocale",
          "Allow the URLs of language packages."),
    Check("UDP connection check", "udpConnectivityCheck", "Allow UDP.", warns=True),
    Check("Single sign-on configuration", "ssoCheck", "Create the Kerberos server object.",
          hybrid=True, warns=True),
)  # fmt: skip


def of_connection(connection: Json) -> list[Check]:
    hybrid = connection["body"]["connectionType"] == "hybridAzureADJoin"
    return [check for check in CHECKS if hybrid or not check.hybrid]


def begin(world: World, tenant: str, connection: Json, status: str, doom: Json | None) -> None:
    """Starts them anew; saves the connection."""
    connection["body"] |= {
        "healthCheckStatus": status,
        "healthCheckStatusDetail": {
            "startDateTime": shapes.stamped(world.now),
            "healthChecks": [
                {"displayName": check.name, "status": "pending", "correlationId": str(uuid4())}
                for check in of_connection(connection)
            ],
        },
    }
    connection["inner"]["doom"] = doom
    documents_of(world, tenant, KIND).save(connection["body"]["id"], connection)
    seconds = durations.HEALTH_CHECKS_WAIT if status == "pending" else 0
    told = {"tenant": tenant, "connection": connection["body"]["id"]}
    world.cancel("health-check", **told)
    world.after(seconds, "health-check", **told, at=0)


@event("health-check")
def _step(world: World, *, tenant: str, connection: str, at: int) -> None:
    """The check before this one ends, and this one begins; after the last one, the whole ends."""
    found = documents_of(world, tenant, KIND).get(connection)
    if found is None:
        return
    checks, results = of_connection(found), _results(found)
    now = shapes.stamped(world.now)
    if at > 0:
        results[at - 1] |= {**_outcome(world, tenant, found, checks[at - 1]), "endDateTime": now}
    if at < len(checks):
        results[at] |= {"status": "running", "startDateTime": now}
        found["body"]["healthCheckStatus"] = "running"
        world.after(
            durations.HEALTH_CHECK, "health-check", tenant=tenant, connection=connection, at=at + 1
        )
    else:
        found["body"]["healthCheckStatusDetail"]["endDateTime"] = now
        found["body"]["healthCheckStatus"] = _whole(results)
    documents_of(world, tenant, KIND).save(connection, found)


def _results(connection: Json) -> list[Json]:
    results: list[Json] = connection["body"]["healthCheckStatusDetail"]["healthChecks"]
    return results


def _whole(results: list[Json]) -> str:
    """The worst of them."""
    found = {each["status"] for each in results}
    return next(
        (word for word in ("failed", "warning", "informational") if word in found), "passed"
    )


def _outcome(world: World, tenant: str, connection: Json, check: Check) -> Json:
    asked = _asked_for(world, connection, check)
    error = asked.get("errorType") or check.find(world, tenant, connection)
    if not error:
        nothing = ("errorType", "recommendedAction", "additionalDetail")
        return {"status": "passed", **dict.fromkeys(nothing)}
    warns = asked.get("warning", check.warns)
    return {
        "status": "warning" if warns else "failed",
        "errorType": error,
        "recommendedAction": check.action,
        "additionalDetail": asked.get("message"),
    }


def _asked_for(world: World, connection: Json, check: Check) -> Json:
    """What a named failure or the behaviour "health-check-fails" wants of this check."""
    doom = connection["inner"].get("doom")
    if doom and re.match(check.reports, doom["code"]):
        return {"errorType": doom["code"], "message": doom["message"]}
    name = str(connection["body"]["displayName"])
    for value in faults.behaviours(world, "health-check-fails", connection=name):
        if re.match(check.reports, str(value.get("errorType") or "internalServerUnknownError")):
            return {"errorType": "internalServerUnknownError", **value}
    return {}
