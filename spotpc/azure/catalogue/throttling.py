"""Azure asks for patience, or is ill itself."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

ENTRIES: Final = (
    Entry(
        "throttled",
        Decision.RETRY,
        "Azure asks Spot PC to slow down, for this subscription gets too many calls. Users notice "
        "nothing.",
        "Nothing to do: work goes on after the pause Azure asked for. If it is constant, look for "
        "other tools that poll the same subscription.",
        (
            on(
                "SubscriptionRequestsThrottled",
                "ResourceRequestsThrottled",
                reads=r"try again after '(?P<seconds>\d+)' seconds",
            ),
            on("TooManyRequests", status=429),
            on("429", status=429, believed="AVD's throttling: that it exists is documented only"),
        ),
        after=30,
    ),
    Entry(
        "throttled-compute",
        Decision.WAIT,
        "Azure Compute has had too many calls for this subscription and shuts it out for a while, "
        "twenty minutes at most. Users notice nothing.",
        "Nothing to do: the job continues by itself. Spread large updates over more time.",
        (
            on(
                "OperationNotAllowed",
                "TooManyRequests",
                text=r"too many requests have been received for this subscription|operationgroup",
                status=429,
            ),
        ),
        after=300,
    ),
    Entry(
        "throttled-image",
        Decision.RETRY,
        "Too many machines are being made from one image at a time.",
        "It goes on by itself. More replicas of the version help: one for every 20 machines "
        "built at a time.",
        (on(text=r"too many requests on source", believed="text documented; code not seen"),),
        after=300,
    ),
    Entry(
        "azure-internal",
        Decision.RETRY,
        "Azure failed for reasons of its own. What was asked for may have happened all the same.",
        "The true state is read, then it is tried again. If it lasts, look at Azure's status page "
        "and open a support request.",
        (
            on("InternalExecutionError", "InternalOperationError"),
            on("InternalServerError", status=500, believed="general knowledge, not seen"),
            on("500", "502", status=(500, 502), believed="AVD's and bare answers, not seen"),
        ),
        after=60,
        tries=5,
    ),
    Entry(
        "azure-unavailable",
        Decision.RETRY,
        "This part of Azure is down or overloaded for the moment.",
        "It is tried again by itself, ever more slowly. Azure's status page tells whether it is "
        "known.",
        (
            on("ServiceUnavailable", "ServerBusy", "ServerTimeout"),
            on("503", "423", "509", status=(503, 423, 509)),
        ),
        after=30,
    ),
    Entry(
        "gateway-timeout",
        Decision.RECONCILE,
        "Azure gave no answer in time, so it is open whether the change went through.",
        "Nothing to do: Spot PC looks at the true state before it does anything twice.",
        (
            on("GatewayTimeout", believed="text seen of other providers"),
            on("504", status=504),
        ),
        after=30,
    ),
)
