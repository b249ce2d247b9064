"""Microsoft Entra: the OpenID document, tokens for applications, and checking them again.

Any tenant and any application with a non-empty secret (or a client assertion: certificate,
workload identity) gets a token, until `POST /emulator/apps` registers that application; then its
secret is checked.
Source: learn.microsoft.com, "OAuth 2.0 client credentials flow on the Microsoft identity platform".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from .wire import Answer, ArmError
from .world import Json, World

# Source: the same page's sample answer. Real seconds: a token is not part of the emulated time.
LIFETIME_SECONDS = 3599


def openid_configuration(base_url: str, tenant: str) -> Answer:
    authority = f"{base_url}/{tenant}"
    return Answer(
        200,
        {
            "issuer": f"{authority}/v2.0",
            "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
            "token_endpoint": f"{authority}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{authority}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "id_token", "token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        },
    )


def token(world: World, tenant: str, form: Mapping[str, str]) -> Answer:
    client = form.get("client_id", "")
    app = world.documents("apps").get(client.lower())
    secret, assertion = form.get("client_secret", ""), form.get("client_assertion", "")
    if form.get("grant_type") != "client_credentials":
        return _refused(
            400,
            "unsupported_grant_type",
            70003,
            f"The app requested an unsupported grant type '{form.get('grant_type', '')}'.",
        )
    if not secret and not assertion:
        return _refused(
            401,
            "invalid_client",
            7000218,
            "The request body must contain the"
            " following parameter: 'client_assertion' or 'client_secret'.",
        )
    if app and app["expired"]:
        return _refused(
            401,
            "invalid_client",
            7000222,
            "The provided client secret keys for app"
            f" '{client}' are expired. Visit the Azure portal to create new keys for"
            " your app: https://aka.ms/NewClientSecret, or consider using certificate"
            " credentials for added security: https://aka.ms/certCreds.",
        )
    if app and secret and not hmac.compare_digest(secret, app["secret"]):
        return _refused(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure"
            " the secret being sent in the request is the client secret value, not"
            f" the client secret ID, for a secret added to app '{client}'.",
        )
    return Answer(
        200,
        {
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "ext_expires_in": LIFETIME_SECONDS,
            "access_token": issue(world, tenant, client, form.get("scope", "")),
        },
    )


def _refused(status: int, error: str, code: int, text: str) -> Answer:
    """Wording: MicrosoftDocs, "Microsoft Entra authentication and authorization error codes"."""
    trace, correlation = str(uuid4()), str(uuid4())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return Answer(
        status,
        {
            "error": error,
            "error_description": f"AADSTS{code}: {text} Trace ID: {trace}"
            f" Correlation ID: {correlation} Timestamp: {now}",
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        },
    )


def issue(
    world: World, tenant: str, client: str, scope: str, lifetime: int = LIFETIME_SECONDS
) -> str:
    """A JWT signed with this emulator's own key; ARM and Graph answer to nothing else."""
    now = int(time.time())
    app = world.documents("apps").get(client.lower()) or {}
    roles = {"roles": app["roles"]} if app.get("roles") is not None else {}
    claims = {
        "aud": scope.removesuffix("/.default").rstrip("/"),
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "appid": client,
        "oid": str(uuid5(NAMESPACE_URL, f"{tenant}/{client}")),
        "tid": tenant,
        **roles,
        "ver": "1.0",
    }
    head = _encode({"alg": "HS256", "typ": "JWT"})
    body = _encode(claims)
    return f"{head}.{body}.{_signature(world, f'{head}.{body}')}"


def check(world: World, authorization: str) -> Json:
    """The claims of a bearer token this emulator issued, or ARM's 401.

    Messages: learn.microsoft.com, "Common error codes in Azure Resource Manager"; that of an
    invalid token is believed.
    """
    kind, _, value = authorization.partition(" ")
    if kind.lower() != "bearer" or not value:
        raise _unauthorized(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    signed, _, signature = value.rpartition(".")
    if not hmac.compare_digest(signature, _signature(world, signed)):
        raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
    claims: Json = _decode(signed.partition(".")[2])
    if claims["exp"] <= time.time():
        raise _unauthorized(
            "ExpiredAuthenticationToken",
            f"The access token expiry UTC time '{_american(claims['exp'])}' is earlier than"
            f" current UTC time '{_american(time.time())}'.",
        )
    return claims


def check_tenant(world: World, subscription: str, claims: Mapping[str, Any]) -> None:
    """Only for a subscription tied to a tenant. Wording: Azure SDK troubleshooting pages."""
    known = world.documents("subscriptions").get(subscription.lower())
    if known is None or known["tenant"].lower() == str(claims["tid"]).lower():
        _remember(world, subscription.lower(), str(claims["tid"]).lower())
        return
    issuer, owner = (f"https://sts.windows.net/{t}/" for t in (claims["tid"], known["tenant"]))
    raise _unauthorized(
        "InvalidAuthenticationTokenTenant",
        f"The access token is from the wrong issuer '{issuer}'. It must match the tenant"
        f" '{owner}' associated with this subscription. Please use the authority (URL)"
        f" 'https://login.windows.net/{known['tenant']}' to get the token. Note, if the"
        " subscription is transferred to another tenant there is no impact to the services, but"
        " information about new tenant could take time to propagate (up to an hour). If you just"
        " transferred your subscription and see this error message, please try back later.",
    )


def _remember(world: World, subscription: str, tenant: str) -> None:
    seen = world.documents("subscription-tenants")
    if subscription and (seen.get(subscription) or {}).get("tenant") != tenant:
        seen.save(subscription, {"tenant": tenant})


def tenant_of(world: World, subscription: str) -> str:
    """The directory of a subscription, in lower case: that of whoever used it last. Empty: nobody
    did yet."""
    known = world.documents("subscription-tenants").get(subscription.lower())
    return str(known["tenant"]) if known else ""


def _unauthorized(code: str, message: str) -> ArmError:
    challenge = (
        'Bearer authorization_uri="https://login.windows.net/", error="invalid_token",'
        f' error_description="{message}"'
    )
    return ArmError(401, code, message, headers={"WWW-Authenticate": challenge})


def _signature(world: World, text: str) -> str:
    settings = world.documents("settings")
    key = settings.get("token-key") or settings.save("token-key", {"key": secrets.token_hex(32)})
    digest = hmac.new(key["key"].encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encode(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decode(text: str) -> Json:
    value: Json = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value


def _american(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%m/%d/%Y %I:%M:%S %p")
