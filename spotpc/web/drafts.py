"""What a wizard keeps between its steps, and how passwords are kept out of it.

A field with a `PasswordInput` is a secret. Its text is never in `data`, where a mark stands for
it, and never on a page: it is in `secrets`, encrypted, for an hour after it was typed or until the
run is finished. After that it counts no more, the field asks for it again, and the next sweep or
wizard erases it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from spotpc.web.errors import DomainError
from spotpc.web.forms import secret_fields, typed_values
from spotpc.web.models import WizardDraft

KEPT_FOR = timedelta(days=30)  # unfinished drafts
SECRETS_KEPT_FOR = timedelta(hours=1)
MARK = "•"  # in `data`: something was typed here
KEPT = "Typed already. Leave it empty to keep it."
AGAIN = "Type it again. It is kept for an hour at most, and not at all once this is saved."
NOT_SENT_BACK = "Type it again. It is never sent back to this page."

Secrets = dict[str, dict[str, str]]


def secrets_of(draft: WizardDraft) -> Secrets:
    """By step and field; nothing once they are too old."""
    if not draft.secrets or _too_old(draft):
        return {}
    found: Secrets = json.loads(draft.secrets)
    return found


def _too_old(draft: WizardDraft) -> bool:
    return draft.secrets_at is None or draft.secrets_at < timezone.now() - SECRETS_KEPT_FOR


def forget_old_secrets() -> int:
    """Erase what nobody may use any more; of how many drafts."""
    long_ago = timezone.now() - SECRETS_KEPT_FOR
    old = WizardDraft.objects.exclude(secrets="").filter(secrets_at__lt=long_ago)
    return old.update(secrets="", secrets_at=None)


def bound(
    draft: WizardDraft, slug: str, form_class: type[forms.Form], kwargs: dict[str, Any]
) -> forms.Form:
    """The step's form with what the draft has for it."""
    saved, kept = draft.data[slug], secrets_of(draft).get(slug, {})
    query = QueryDict(mutable=True)
    for name, values in saved.items():
        query.setlist(name, values)
    form = form_class(query, **kwargs)
    marked = [name for name in secret_fields(form) if saved.get(name) == [MARK]]
    for name in marked:
        query[name] = kept.get(name, "")
    _tell_kept(form, kept)
    for name in marked:
        if name not in kept:
            _complain_only(form, name, AGAIN)
    if is_refused_in(draft, form):
        form.add_error(draft.refusal["field"], draft.refusal["sentence"])
    return form


def with_kept(draft: WizardDraft | None, slug: str, posted: QueryDict) -> QueryDict:
    """What was posted; a password field left empty stands for what was typed there before."""
    kept = secrets_of(draft).get(slug, {}) if draft else {}
    given = posted.copy()
    for name, text in kept.items():
        if given.get(name) == "":
            given[name] = text
    return given


def _tell_kept(form: forms.Form, kept: dict[str, str]) -> None:
    for name in secret_fields(form):
        if name in kept:
            field = form.fields[name]
            field.help_text = f"{field.help_text} {KEPT}".strip()


def hide_secrets(form: forms.Form) -> None:
    """Whatever the form's author wanted: what was typed is not sent back."""
    for name in secret_fields(form):
        cast("forms.PasswordInput", form.fields[name].widget).render_value = False


def is_refused_in(draft: WizardDraft, form: forms.Form) -> bool:
    """Whether what a reopened run was refused for is a field of this form."""
    return draft.refusal.get("field") in form.fields


def ask_again(form: forms.Form, posted: QueryDict) -> None:
    """A refused step comes back without its passwords; nobody may take them for kept."""
    for name in secret_fields(form):
        if posted.get(name) and name not in form.errors:
            form.add_error(name, NOT_SENT_BACK)


def _complain_only(form: forms.Form, name: str, sentence: str) -> None:
    form.errors.pop(name, None)
    form.add_error(name, sentence)


def save(
    draft: WizardDraft | None,
    owner: dict[str, Any],
    slug: str,
    form: forms.Form,
    given: QueryDict,
    dependants: dict[str, tuple[str, ...]],
) -> WizardDraft:
    """Keep a valid step. `dependants`: by step, in order, on which earlier steps it depends.

    A changed answer removes those of the steps that depend on it, and of theirs.
    """
    forget_old_secrets()
    with transaction.atomic():
        if draft is None:
            mine = WizardDraft.objects.filter(**owner, finished_at=None)
            mine.filter(updated_at__lt=timezone.now() - KEPT_FOR).delete()
            draft = WizardDraft.objects.create(**owner)
        draft = WizardDraft.objects.select_for_update().get(pk=draft.pk)
        before = (draft.data.get(slug), secrets_of(draft).get(slug, {}))
        _keep(draft, slug, form, given)
        changed = {slug} if (draft.data[slug], secrets_of(draft).get(slug, {})) != before else set()
        for later, needs in dependants.items():
            if changed & set(needs):
                changed.add(later)
                draft.data.pop(later, None)
        draft.save(update_fields=["data", "secrets", "secrets_at", "refusal", "updated_at"])
    return draft


def _keep(draft: WizardDraft, slug: str, form: forms.Form, given: QueryDict) -> None:
    """Only secrets that the form has taken: one it has no use for is not kept."""
    typed, secrets = typed_values(form, given), secrets_of(draft)
    before = secrets.pop(slug, {})
    taken = {n: str(given[n]) for n in secret_fields(form) if form.cleaned_data.get(n)}
    for name in secret_fields(form):
        typed[name] = [MARK] if name in taken else [""]
    draft.data[slug] = typed
    if taken:
        secrets[slug] = taken
    if taken != before:
        draft.secrets_at = timezone.now() if secrets else None
    draft.secrets = json.dumps(secrets) if secrets else ""
    if is_refused_in(draft, form):
        draft.refusal = {}


def behind(kind: str, tenant_id: int, result_url: str) -> WizardDraft | None:
    """The newest finished run of such a wizard that led to this page, whoever did it."""
    runs = WizardDraft.objects.filter(kind=kind, tenant_id=tenant_id, result_url=result_url)
    return runs.exclude(finished_at=None).order_by("-finished_at").first()


def finished(draft_id: str, owner: dict[str, Any]) -> WizardDraft | None:
    """A finished run of this wizard, also a colleague's: it holds answers and no secrets."""
    try:
        wanted = UUID(draft_id)
    except ValueError:
        return None
    lookup = {name: value for name, value in owner.items() if name != "admin_id"}
    return WizardDraft.objects.filter(pk=wanted, **lookup).exclude(finished_at=None).first()


def reopen(old: WizardDraft, owner: dict[str, Any], refusal: DomainError) -> WizardDraft:
    """A new run with the same answers, and why they were refused."""
    because = {"field": refusal.field or "", "sentence": refusal.sentence}
    return WizardDraft.objects.create(data=old.data, reopens=old, refusal=because, **owner)
