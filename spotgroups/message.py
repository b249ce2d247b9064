"""What users read when their session is about to end, unless an admin wrote something else."""

from __future__ import annotations


def default_message(minutes: int) -> str:
    if minutes == 0:
        return (
            "Your desktop has been updated. You are being signed out now; "
            "sign in again to get the new version."
        )
    unit = "minute" if minutes == 1 else "minutes"
    return (
        f"Your desktop has been updated. Please save your work and sign out; you will be signed "
        f"out in {minutes} {unit}. Sign in again to get the new version."
    )
