"""Registration tokens: what a VM's agent must show to enter a host pool.

Source: Microsoft Learn, "Generate a registration key" and "Troubleshoot the Azure Virtual Desktop
agent" (between one hour and 27 days). Believed: a pool has one token at a time, a new one takes
the place of the old, and an expired one is still shown, with its time.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from ..failures.avd import EXPIRY_RANGE
from ..world import Json, Resource, World
from .protocol import HOST_POOLS, instant, moment_of, refused

HOUR = 3600.0
# The error text says 30 days, the page says 27; the emulator takes the stricter (believed).
SHORTEST, LONGEST = HOUR, 27 * 24 * HOUR


def check(world: World, asked: Any) -> None:
    """Refuses an expiry Azure refuses. Real time: `speed` does not shorten a token's life."""
    if not isinstance(asked, dict) or asked.get("registrationTokenOperation") != "Update":
        return
    expires = moment_of(asked.get("expirationTime"))
    if expires is None or not SHORTEST <= expires - world.now <= LONGEST:
        raise refused(400, EXPIRY_RANGE)


def apply(world: World, pool: Resource, asked: Any) -> None:
    """Update makes a new token, Delete takes it away, None leaves it. Saves the pool."""
    operation = asked.get("registrationTokenOperation") if isinstance(asked, dict) else None
    if operation == "Update":
        expires = moment_of(asked.get("expirationTime")) or world.now
        pool.inner["registration"] = {
            "expirationTime": instant(expires),
            "token": _make(pool, expires),
        }
    elif operation == "Delete":
        pool.inner.pop("registration", None)
    world.save(pool)


def shown(pool: Resource) -> Json | None:
    """`registrationInfo` of a PUT or PATCH answer; a GET never has it.

    Source: https://github.com/Azure/bicep/issues/6105
    """
    known = pool.inner.get("registration")
    return {**known, "registrationTokenOperation": "None"} if known else None


def pool_of(world: World, token: str) -> Resource | None:
    """The pool this token opens now; None when it is unknown, replaced or expired."""
    for pool in world.each(HOST_POOLS):
        known = pool.inner.get("registration")
        if known and known["token"] == token:
            expires = moment_of(known["expirationTime"]) or 0.0
            return pool if expires > world.now else None
    return None


def _make(pool: Resource, expires: float) -> str:
    """Looks like Azure's: a JSON Web Token. Nobody checks the signature; the text is the key."""
    claims = {
        "RegistrationId": secrets.token_hex(16),
        "EndpointPoolId": pool.properties["objectId"],
        "exp": int(expires),
        "iss": "RDInfraTokenManager",
        "aud": "RDmi",
    }
    parts = [_encoded({"alg": "RS256", "typ": "JWT"}), _encoded(claims), secrets.token_urlsafe(64)]
    return ".".join(parts)


def _encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
