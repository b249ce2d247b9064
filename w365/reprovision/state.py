"""What the planner is told: what is desired, and everything that was observed.

The planner remembers nothing. What must outlive a pass is a fact recorded by whoever applies its
actions, and comes back here; such fields are marked "fact". All times are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# Words of Graph's `cloudPcStatus` (beta; the v1.0 Cloud PC has no status). Source: learn.microsoft.
# com, "cloudPcStatusSummary". Any other word is something that passes: resizing, restoring, ….
PROVISIONED: Final = frozenset({"provisioned", "provisionedWithWarnings"})
FAILED: Final = "failed"
# "Must have a status of Failed or Provisioned": learn.microsoft.com, "Reprovision a Cloud PC".
REPROVISIONABLE: Final = PROVISIONED | {FAILED}
# Nobody's Cloud PC any more, or not yet. In the grace period its user lost licence or assignment.
GRACE: Final = "inGracePeriod"
NOBODYS: Final = frozenset({GRACE, "deprovisioning", "notProvisioned"})


@dataclass(frozen=True)
class Desired:
    """What the admin asked for. Fixed but for the last four."""

    image_id: str  # pinned: the policy's when the run was made
    image_name: str
    starts_at: datetime  # nothing is wiped before
    ring_pause: timedelta = timedelta(0)  # from a ring's last Cloud PC to the next ring's first
    message: bool = False  # users are written to
    notice: timedelta = timedelta(0)  # from the message to the wipe, at least
    # Nobody must be wiped long after the time the message named: told again instead.
    notice_keeps: timedelta = timedelta(hours=1)
    # Until then after a request: "failed" is what it was before, …
    believed_after: timedelta = timedelta(minutes=5)
    # … and the same device as before is not yet a request that got lost.
    begins_within: timedelta = timedelta(minutes=15)
    # Believed. Windows 365 itself tries three times, and waits up to 90 minutes for the device to
    # reach Entra ID (learn.microsoft.com, "Provisioning errors"); users tell of two hours.
    timeout: timedelta = timedelta(hours=6)
    attempts: int = 2  # reprovisions of one Cloud PC
    failure_budget: int = 1  # failed Cloud PCs it goes on with
    paused: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Failure:
    code: str
    sentence: str
    remedy: str = ""
    permanent: bool = False  # trying again cannot help: licence, permission, policy


@dataclass(frozen=True)
class Pc:
    """One Cloud PC of the run."""

    id: str
    name: str  # how admins know it
    user: str  # user principal name; may be empty
    ring: int  # 1 goes first
    excluded: bool = False
    # What Graph shows. `listed`: among the Cloud PCs of the policy.
    listed: bool = True
    status: str = "provisioned"
    device_id: str = ""  # in Intune; a reprovision brings another one
    device_name: str = ""
    image_name: str = ""
    failure: Failure | None = None  # why `status` is failed
    # Facts. The device is the one at the start, then the one right before each request.
    old_device_id: str = ""
    old_image: str = ""  # at the start
    noticed_at: datetime | None = None  # when the message to its user was accepted
    attempt: int = 0  # requests recorded
    asked_at: datetime | None = None  # the latest, recorded before it is sent
    finished_at: datetime | None = None  # when it was first settled
    error: Failure | None = None  # it was settled as failed
    forgiven: bool = False  # an admin goes on in spite of its failure


@dataclass(frozen=True)
class Observed:
    pcs: tuple[Pc, ...]
    policy_exists: bool = True
    policy_image_id: str = ""  # now
    policy_image_name: str = ""
    halted: str = ""  # fact: why it stopped by itself; an admin empties it
    readable: bool = True
    unreadable_reason: str = ""
