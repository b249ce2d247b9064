"""Mail. What is sent can be read at `GET /emulator/messages`, one entry per recipient.

Source: learn.microsoft.com, "user: sendMail". Exchange Online answers, hence codes of its own.
"""

from __future__ import annotations

from typing import Any

from ..avd import journal
from ..wire import Answer
from ..world import Json
from . import people
from .routing import GraphCall, GraphError, graph


@graph("POST", "/users/{user}/sendMail", needs=("Mail.Send",))
def _send(call: GraphCall) -> Answer:
    sender = _sender(call, call.params["user"])
    message = _lowered(call.body).get("message")
    if not isinstance(message, dict):
        raise GraphError(
            400, "ErrorInvalidParameter", "Message is a required parameter"
        )  # believed
    told = _lowered(message)
    content = _lowered(told.get("body") or {}).get("content")
    for recipient in _recipients(told):
        journal.mailed(
            call.world,
            sender=sender["body"]["userPrincipalName"],
            user=recipient,
            title=str(told.get("subject") or ""),
            text=str(content or ""),
        )
    return Answer(202)


def _sender(call: GraphCall, name: str) -> Json:
    """Literal: github.com/InnoGE/laravel-msgraph-mail/issues/16 (nobody of that name; its status:
    microsoft-graph-docs/issues/7909), github.com/iyear/E5SubBot/issues/39 (no mailbox)."""
    found = people.find_user(call.world, call.tenant, name)
    if found is None:
        raise GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
    if not found["inner"].get("mailbox"):
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    return found


def _recipients(message: Json) -> list[str]:
    """Code and text literal: github.com/microsoftgraph/php-connect-sample/issues/13 (its beginning;
    the rest is believed). An address nobody has is accepted: the mail bounces later."""
    asked = [
        _lowered(_lowered(each).get("emailaddress") or {}).get("address")
        for name in ("torecipients", "ccrecipients", "bccrecipients")
        for each in message.get(name) or ()
    ]
    if not asked or not all(isinstance(each, str) and "@" in each for each in asked):
        raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    return [str(each) for each in asked]


def _lowered(value: Any) -> Json:
    """Names of parameters in any case: SDKs send `Message`."""
    return {key.lower(): each for key, each in value.items()} if isinstance(value, dict) else {}
