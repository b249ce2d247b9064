"""The AVD control plane. Texts are found by content: the code is only the HTTP number."""

from __future__ import annotations

from . import make
from .make import avd, table

EXPIRY_RANGE = "ExpirationTime value must be between one hour and 30 days from now"
SESSION_NOT_FOUND = "User session ID not found"
HOST_NOT_FOUND = "SessionHost not found"
# No text was found anywhere for a host removed with users on it; only the rule is documented
# (Remove-AzWvdSessionHost -Force: "Force flag to force sessionHost deletion even when userSession
# exists"). This sentence is ours.
HOST_HAS_SESSIONS = "SessionHost has user sessions. Use force to delete it."
POOL_HAS_HOSTS = "HostPool has session hosts. Use force to delete it."  # ours, for the same reason

HOST_POOLS = table(
    avd(
        "400.expirationTime",
        400,
        EXPIRY_RANGE,
        method="PUT|PATCH",
        path=make.HOST_POOL,
        source="https://github.com/Azure/AVDSessionHostReplacer/issues/38",
    ),
    avd(
        "400.HostPoolUpdateClientException",
        400,
        "HostPoolUpdateClientException ex: Static Validation failed for HostPool Update Initiate."
        ' {"Warnings":null,"Errors":[{"FaultCode":"ParameterNull","FaultText":"Parameter'
        ' \'Username\' not specified","FaultContext":"StaticHostpoolValidation",'
        '"FaultType":"UserError"}]}',
        method="POST|PUT|PATCH",
        path=r"/hostPools/[^/]+",
        source="Microsoft's notes on testing session host update",
    ),
    avd(
        "429",
        429,
        "Too many requests",
        method=".*",
        path=r"/Microsoft\.DesktopVirtualization/",
        headers={"Retry-After": "10"},
        source="https://github.com/Azure/RDS-Templates/pull/442 (that it throttles; not the text)",
        seen="believed",
    ),
    avd(
        "500",
        500,
        "An internal error occurred",
        method=".*",
        path=r"/Microsoft\.DesktopVirtualization/",
        source="general knowledge",
        seen="believed",
    ),
)

HOSTS_AND_SESSIONS = table(
    avd(
        "404.sessionHost",
        404,
        HOST_NOT_FOUND,
        method="GET|PATCH|DELETE",
        path=make.SESSION_HOST,
        source="general knowledge",
        seen="believed",
    ),
    avd(
        "404.userSession",
        404,
        SESSION_NOT_FOUND,
        method="GET|POST|DELETE",
        path=make.USER_SESSION,
        source="https://github.com/Azure/RDS-Templates/issues/540",
    ),
    avd(
        "409.sessionsExist",
        409,
        HOST_HAS_SESSIONS,
        method="DELETE",
        path=make.SESSION_HOST,
        source="Learn: Remove-AzWvdSessionHost (the rule; the text is ours)",
        seen="believed",
    ),
)
