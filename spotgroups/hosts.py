"""Which session hosts take users, by Azure's words for their status."""

from __future__ import annotations

from django.db.models import Q

from spotgroups.models import SessionHost

# Learn, "Session host statuses and health checks": NeedsAssistance and UpgradeFailed are not
# fatal, such a host still gets sessions.
SERVING = ("Available", "NeedsAssistance", "UpgradeFailed")
USABLE = Q(status__in=SERVING, allow_new_session=True)


def why_unusable(host: SessionHost) -> str:
    """ "front-2 (Unavailable)"; for a host that is not `USABLE`."""
    reason = host.status if host.status not in SERVING else "in drain mode"
    return f"{host.short_name} ({reason})"
