"""What is swept hourly of the web helpers, which know no jobs."""

from __future__ import annotations

import logging

from spotpc.jobs.sweeps import register_sweep
from spotpc.web.drafts import forget_old_secrets

log = logging.getLogger(__name__)


@register_sweep
def forget_typed_passwords() -> None:
    """A wizard that was left half-way does not keep what was typed into its password fields."""
    if erased := forget_old_secrets():
        log.info("Erased the passwords of %d wizards that nobody finished.", erased)
