"""Who may ask Graph: the token, and the application roles in it.

A role is what an admin consented to, written into the token when it is issued. An application
registered by `POST /emulator/apps` with `roles` gets just those; any other has every role.
"""

from __future__ import annotations

import json
from uuid import uuid4

from .. import entra
from ..wire import ArmError
from ..world import Json, World
from .routing import GraphCall, GraphError

# Entra has one code for all three. Texts: learn.microsoft.com, "Resolve Microsoft Graph
# authorization errors", and the issues of the SDKs; that of a bad signature is believed.
_TEXTS = {
    "AuthenticationFailed": "Access token is empty.",
    "ExpiredAuthenticationToken": "Lifetime validation failed, the token is expired.",
    "InvalidAuthenticationToken": "Access token validation failure. Invalid signature.",
}
_ARM = ("https://management.azure.com", "https://management.core.windows.net")


def claims_of(world: World, authorization: str) -> Json:
    """The claims of a token for Graph, or Graph's 401."""
    try:
        claims = entra.check(world, authorization)
    except ArmError as error:
        raise _unauthorized(_TEXTS[error.code]) from error
    if str(claims["aud"]).rstrip("/") in _ARM:
        raise _unauthorized("Access token validation failure. Invalid audience.")
    return claims


def _unauthorized(message: str) -> GraphError:
    challenge = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
    return GraphError(401, "InvalidAuthenticationToken", message, challenge)


def require(call: GraphCall, needs: tuple[str, ...]) -> None:
    """One of the roles must be in the token; without any claim of roles, all are."""
    granted = call.claims.get("roles")
    if granted is not None and not set(needs) & set(granted):
        raise _forbidden(call, needs)


def _forbidden(call: GraphCall, needs: tuple[str, ...]) -> GraphError:
    """Intune's family puts JSON into the message. Seen for DeviceManagement scopes, believed of
    CloudPC ones; that of the directory and of mail is documented."""
    path = call.path.lower()
    if not path.startswith("/devicemanagement"):
        if path.endswith("/sendmail"):
            return GraphError(
                403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
            )
        return GraphError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    told = {
        "_version": 3,
        "Message": "Application is not authorized to perform this operation. Application must have"
        f" one of the following scopes: {', '.join(needs)} - Operation ID (for customer support):"
        f" {uuid4()} - Activity ID: {uuid4()} - Url: {call.url}",
        "CustomApiErrorPhrase": "",
        "RetryAfter": None,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    }
    return GraphError(403, "Forbidden", json.dumps(told, indent=2).replace("\n", "\r\n"))


def require_user_agent(call: GraphCall) -> None:
    """Source: github.com/microsoftgraph/microsoft-graph-docs/issues/19579; code and text are
    believed, the report shows none."""
    if call.headers.get("user-agent") or not call.path.lower().startswith(
        "/devicemanagement/virtualendpoint"
    ):
        return
    raise GraphError(403, "Forbidden", "Forbidden")
