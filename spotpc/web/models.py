"""What the generic helpers keep."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from spotpc.web.scoping import TenantQuerySet
from spotpc.web.secrets import SecretField


class WizardDraft(models.Model):
    """The answers of one run through a wizard, as they were typed.

    They are validated anew each time they are read, so nothing in here is ever trusted for being
    old. One run, one row: two tabs never mix. `finished_at` is set once, by a compare-and-set.
    Passwords are apart, encrypted, and gone after an hour or with the end; see `drafts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    admin = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    subject_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)  # {step: {field: [what was typed, …]}}
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result_url = models.CharField(max_length=400, blank=True)
    secrets = SecretField(blank=True, default="")  # JSON: {step: {field: what was typed}}
    secrets_at = models.DateTimeField(null=True, blank=True)  # when the last one was typed
    # A finished run whose result was refused later is tried again: of which run, and why.
    reopens = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    refusal = models.JSONField(default=dict)  # {"field", "sentence"}, until it is answered anew

    objects = TenantQuerySet["WizardDraft"].as_manager()
