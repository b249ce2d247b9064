"""Sign-in, account, and the few fields of a tenant that are edited by hand."""

from __future__ import annotations

import hashlib
import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache

from tenants.context import THEMES
from tenants.models import Admin, Tenant

FAILURES_ALLOWED = 10
FAILURE_WINDOW = 15 * 60  # seconds, from the first failure


class SignInForm(AuthenticationForm):
    """E-mail and password. Too many failures for one e-mail from one address: wait."""

    error_messages = {
        "invalid_login": "This e-mail address and password do not belong together. "
        "Check both; the password is case-sensitive.",
        "inactive": "This account has been switched off.",
        "throttled": "Too many failed attempts. Wait 15 minutes and try again, or ask an "
        "administrator of your organization to set a new password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autofocus": True, "autocomplete": "username", "maxlength": 254}
        )

    def clean(self) -> dict[str, Any]:
        key = self._throttle_key()
        if cache.get(key, 0) >= FAILURES_ALLOWED:
            raise forms.ValidationError(self.error_messages["throttled"], code="throttled")
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError:
            cache.add(key, 0, FAILURE_WINDOW)
            cache.incr(key)
            raise
        cache.delete(key)
        return cleaned

    def _throttle_key(self) -> str:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        who = f"{self.data.get('username', '').strip().lower()}\n{address}"
        return f"sign-in:{hashlib.sha256(who.encode()).hexdigest()}"


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    time_zone = forms.ChoiceField(
        choices=[(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        help_text="All times are shown in this zone, with UTC on hover.",
    )
    theme = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(theme, theme.capitalize()) for theme in THEMES],
        help_text="Kept in this browser. System follows your device.",
    )

    class Meta:
        model = Admin
        fields = ["name", "time_zone"]


class CustomIdForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Tenant
        fields = ["custom_id"]
        labels = {"custom_id": "Custom ID"}
