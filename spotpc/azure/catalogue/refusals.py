"""Microsoft Graph: what Windows 365 refuses to change, and mail that Exchange Online does not send.

Hardly an answer of Windows 365 to a refused change has been published. Where only the rule is
documented, its point fits any wording that speaks of it, and is marked.
"""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_CHANGES: Final = r"provisioning policy|device image|network connection|health checks|cloud pc"
_RULE: Final = "the rule is documented, code and words of the answer are not"

_WINDOWS_365: Final = (
    Entry(
        "w365-refused",
        Decision.FAIL,
        "Windows 365 does not accept this[: {azure_message}].",
        "Correct what the text names and save again. Nothing was changed.",
        (
            # github.com/terraprovider/terraform-provider-microsoft365wp/issues/27
            on("InvalidProperties", status=400),
            on("BadRequest", "400", status=400, operation=_CHANGES),
        ),
    ),
    Entry(
        "w365-name-taken",
        Decision.FAIL,
        "Windows 365 has something of this name already[: {resource}].",
        "Choose another name or version. Nothing was created.",
        (on(text=r"already exists", operation=_CHANGES, believed=_RULE),),
    ),
    Entry(
        "w365-connection-busy",
        Decision.WAIT,
        "Windows 365 checks this network connection just now and changes nothing meanwhile.",
        "Nothing to do: the change is made when the checks are over.",
        (
            on(
                text=r"health checks? .*(running|progress|pending)",
                operation=r"network connection|run health checks",
                believed=_RULE,
            ),
        ),
        after=120,
        tries=60,
    ),
    Entry(
        "w365-connection-used",
        Decision.FAIL,
        "The network connection was kept: a provisioning policy or a Cloud PC needs it.",
        "Give its policies another connection and wait until no Cloud PC is left on it. Then "
        "delete it.",
        (on(text=r"\bin use\b", operation=r"delete network connection", believed=_RULE),),
    ),
    Entry(
        "w365-policy-assigned",
        Decision.FAIL,
        "The provisioning policy was kept, for groups are still assigned to it.",
        "Take its groups away and delete it then. Their users lose their Cloud PCs after a week.",
        (on(text=r"assign", operation=r"delete provisioning policy", believed=_RULE),),
    ),
    Entry(
        "w365-no-licence",
        Decision.PAUSE,
        "The tenant has no licence for Windows 365 Enterprise.",
        "Buy licences in the Microsoft 365 admin center, then refresh this tenant.",
    ),
    Entry(
        "cloudpc-busy",
        Decision.WAIT,
        "Windows 365 is at work on the Cloud PC of {user} and takes no other order meanwhile.",
        "Nothing to do: it is looked at again by itself.",
        (
            on("Conflict", "409", status=409, operation=r"cloud pc", believed=_RULE),
            on(text=r"current state conflicts", operation=r"cloud pc", believed=_RULE),
        ),
        after=120,
        tries=60,
    ),
)

_MAIL: Final = (
    Entry(
        "mail-sender-unknown",
        Decision.PAUSE,
        "{mailbox} cannot send mail: the tenant has no mailbox of that address in Exchange Online.",
        "Name another mailbox of this tenant as the sender, or give this one an Exchange licence.",
        (
            # github.com/microsoftgraph/microsoft-graph-docs issues 5143, 7909 and 17826
            on("ErrorInvalidUser", "MailboxNotEnabledForRESTAPI"),
            on("ResourceNotFound", operation=r"send mail"),
        ),
    ),
    Entry(
        "mail-forbidden",
        Decision.PAUSE,
        "Spot PC's app may not send mail from {mailbox}.",
        "Add the application permission Mail.Send and grant admin consent. If Exchange Online "
        "limits the app to some mailboxes, add this one.",
        (on("ErrorAccessDenied", "ErrorSendAsDenied"),),
    ),
    Entry(
        "mail-recipient-refused",
        Decision.FAIL,
        "Exchange Online takes no mail for {user}.",
        "Tell this user in another way, or leave the Cloud PC out.",
        (on("ErrorInvalidRecipients"),),
    ),
)

ENTRIES: Final = (*_WINDOWS_365, *_MAIL)
