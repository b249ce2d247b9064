"""Wizards: one URL per step, the answers in a draft row, everything validated anew at the end.

    class NewVersion(Wizard):
        kind = "image-version"
        title = "New Image Set Version"
        steps = (
            Step("version", "Image set version", VersionForm),
            Step("source", "Select Image Source", SourceForm),
            Step("notes", "Add Notes and Save", NotesForm, button="Save"),
        )

        def form_kwargs(self, step, answers):      # the constructor arguments of that step's form
            return {"image_set": self.image_set}

        def finish(self, answers):                 # {"version": cleaned_data, "source": …}
            return create_version(...).get_absolute_url()

    def new_version(request, tenant_id, set_id, step=None, draft=None):
        tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
        wizard = NewVersion(request, tenant.pk, subject_id=set_id)
        wizard.image_set = ...
        return wizard.respond(step, draft)

    path("new/", new_version, name="image-version-new"),      # goes to the first step
    path("new/<slug:step>/", new_version, name="image-version-new"),
    path("new/<uuid:draft>/<slug:step>/", new_version, name="image-version-new"),

- The first POST makes the draft; a GET writes nothing. `?field=value` pre-fills the first step.
- A step opens once all earlier ones hold; otherwise the first that does not is shown instead,
  with the reason beside its field. That one rule serves bookmarks, Back and the final check.
- A changed answer removes those of the steps that name it in `depends_on`, and of theirs.
- `finish` runs once per draft, in the transaction that closes it. It may raise `DomainError`.
- A field with a `PasswordInput` is kept apart, encrypted, for an hour at most, and erased when the
  draft is finished. It is never rendered again: on the way back its field is empty, and left empty
  it stands for what was typed. A form's `clean` sets it to "" where it has no use for it; then it
  is not kept. `cleaned_data` has the text in `finish` as of any field.
- `after = ("Health Check",)`: what follows by itself after saving, drawn as steps to come.
- Reopening: where the result was refused later on (a job failed), its page offers
      <form method="post" action="{% url "image-version-new" … %}">{% csrf_token %}
        <button class="button" name="again" value="{{ draft.pk }}">Change and try again</button>
  with `drafts.behind(NewVersion.kind, tenant.pk, row.get_absolute_url())` as `draft`. The wizard
  asks its `refusal(draft)`: a `DomainError` with the sentence and the field it is about, or None
  if there was none. Then a new draft has the same answers but no passwords, and the sentence
  stands beside the field until that step is answered anew; without a field it stands above the
  steps. `self.draft.reopens` is the old draft in `finish`, which may so remove what came to
  nothing. A colleague may reopen it as well.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils import timezone

from spotpc.web import drafts
from spotpc.web.errors import DomainError
from spotpc.web.forms import summary
from spotpc.web.models import WizardDraft

Answers = dict[str, dict[str, Any]]  # cleaned values by step


@dataclass(frozen=True)
class Step:
    slug: str
    title: str
    form: type[forms.Form]
    button: str = "Next"
    template: str = "web/wizard_step.html"  # what stands in the step, `form` by default
    depends_on: tuple[str, ...] = ()


@dataclass
class Progress:
    """The forms up to the first step that does not hold, and the answers of those that do."""

    answers: Answers = field(default_factory=dict)
    forms: dict[str, forms.Form] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One step as the stepper draws it."""

    number: int
    title: str
    state: str  # done, current, todo, or after: it follows by itself
    url: str
    summary: list[tuple[str, str]]


class Wizard(ABC):
    kind: ClassVar[str]
    title: ClassVar[str]
    lead: ClassVar[str] = ""
    steps: ClassVar[Sequence[Step]]
    after: ClassVar[tuple[str, ...]] = ()
    draft: WizardDraft | None = None

    def __init__(self, request: HttpRequest, tenant_id: int, subject_id: int | None = None) -> None:
        self.request = request
        self.owner = {
            "kind": self.kind,
            "admin_id": request.user.pk,
            "tenant_id": tenant_id,
            "subject_id": subject_id,
        }

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        """Constructor arguments of the step's form; `answers` has the earlier steps'."""
        return {}

    def context(self, step: Step, answers: Answers) -> dict[str, Any]:
        """More for the step's template; `cancel_url` is where Cancel goes."""
        return {}

    @abstractmethod
    def finish(self, answers: Answers) -> str:
        """Do it, and say at which URL the result is."""

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        """Why what the finished `draft` led to was refused later on, and beside which field."""
        return None

    def respond(self, slug: str | None, draft_id: UUID | None) -> HttpResponse:
        draft = self.draft = self._find(draft_id)
        if draft and draft.finished_at:
            return redirect(draft.result_url)
        if slug is None and "again" in self.request.POST:
            return self._reopen(self.request.POST["again"])
        if slug is None:
            query = self.request.GET.urlencode()
            return redirect(self.url(self.steps[0], draft) + (f"?{query}" if query else ""))
        step = next((step for step in self.steps if step.slug == slug), None)
        if step is None:
            raise Http404
        progress = self._read(draft)
        if step.slug not in progress.forms:
            return redirect(self._first_open(progress, draft))
        if self.request.method == "POST":
            return self._post(step, draft, progress)
        return self._page(step, draft, progress)

    def url(self, step: Step, draft: WizardDraft | None) -> str:
        match = resolve(self.request.path_info)
        kwargs = {**match.kwargs, "step": step.slug, "draft": draft.pk if draft else None}
        given = {name: value for name, value in kwargs.items() if value is not None}
        return reverse(match.view_name, kwargs=given)

    def _find(self, draft_id: UUID | None) -> WizardDraft | None:
        if draft_id is None:
            return None
        draft = WizardDraft.objects.filter(pk=draft_id, **self.owner).first()
        if draft is None:
            raise Http404
        return draft

    def _reopen(self, draft_id: str) -> HttpResponse:
        old = drafts.finished(draft_id, self.owner)
        if old is None:
            raise Http404
        refusal = self.refusal(old)
        if refusal is None:
            return redirect(old.result_url)
        draft = self.draft = drafts.reopen(old, self.owner, refusal)
        return redirect(self._first_open(self._read(draft), draft))

    def _read(self, draft: WizardDraft | None) -> Progress:
        progress = Progress()
        for step in self.steps:
            form = self._form(step, draft, dict(progress.answers))
            progress.forms[step.slug] = form
            if not form.is_valid():
                break
            progress.answers[step.slug] = form.cleaned_data
        return progress

    def _form(self, step: Step, draft: WizardDraft | None, earlier: Answers) -> forms.Form:
        kwargs = self.form_kwargs(step, earlier)
        if draft and step.slug in draft.data:
            return drafts.bound(draft, step.slug, step.form, kwargs)
        if step is self.steps[0]:
            kwargs["initial"] = {**kwargs.get("initial", {}), **self.request.GET.dict()}
        return step.form(**kwargs)

    def _first_open(self, progress: Progress, draft: WizardDraft | None) -> str:
        return self.url(self.steps[len(progress.forms) - 1], draft)

    def _earlier(self, step: Step, progress: Progress) -> Answers:
        before = [other.slug for other in self.steps[: self.steps.index(step)]]
        return {slug: progress.answers[slug] for slug in before}

    def _post(self, step: Step, draft: WizardDraft | None, progress: Progress) -> HttpResponse:
        given = drafts.with_kept(draft, step.slug, self.request.POST)
        form = step.form(given, **self.form_kwargs(step, self._earlier(step, progress)))
        progress.forms[step.slug] = form
        if not form.is_valid():
            drafts.ask_again(form, self.request.POST)
            return self._page(step, draft, progress)
        draft = self._save(draft, step, form, given)
        if step is not self.steps[-1]:
            return redirect(self.url(self.steps[self.steps.index(step) + 1], draft))
        return self._finish(draft)

    def _save(
        self, draft: WizardDraft | None, step: Step, form: forms.Form, given: QueryDict
    ) -> WizardDraft:
        dependants = {each.slug: each.depends_on for each in self.steps}
        return drafts.save(draft, self.owner, step.slug, form, given, dependants)

    def _finish(self, draft: WizardDraft) -> HttpResponse:
        self.draft = draft
        progress = self._read(draft)
        if len(progress.answers) < len(self.steps):
            return redirect(self._first_open(progress, draft))
        unfinished = WizardDraft.objects.filter(pk=draft.pk, finished_at=None)
        try:
            with transaction.atomic():
                if unfinished.update(finished_at=timezone.now(), secrets="", secrets_at=None):
                    url = self.finish(progress.answers)
                    WizardDraft.objects.filter(pk=draft.pk).update(result_url=url)
        except DomainError as refusal:
            form = progress.forms[self.steps[-1].slug]
            form.add_error(
                refusal.field if refusal.field in form.fields else None, refusal.sentence
            )
            return self._page(self.steps[-1], draft, progress)
        draft.refresh_from_db()  # a second click finds what the first one made
        return redirect(draft.result_url)

    def _page(self, step: Step, draft: WizardDraft | None, progress: Progress) -> HttpResponse:
        earlier = self._earlier(step, progress)
        position = self.steps.index(step)
        drafts.hide_secrets(progress.forms[step.slug])
        return render(
            self.request,
            "web/wizard.html",
            {
                "title": self.title,
                "lead": self.lead,
                "step": step,
                "form": progress.forms[step.slug],
                "answers": earlier,
                "lines": self._lines(step, draft, progress),
                "refusal": _refusal_above(draft, progress.forms[step.slug]),
                "previous_url": self.url(self.steps[position - 1], draft) if position else "",
                **self.context(step, earlier),
            },
        )

    def _lines(self, current: Step, draft: WizardDraft | None, progress: Progress) -> list[Line]:
        lines = []
        for number, step in enumerate(self.steps, 1):
            done = step.slug in progress.answers
            state = "current" if step is current else "done" if done else "todo"
            said = summary(progress.forms[step.slug]) if state == "done" else []
            lines.append(Line(number, step.title, state, self.url(step, draft), said))
        for number, title in enumerate(self.after, len(lines) + 1):
            lines.append(Line(number, title, "after", "", []))
        return lines


def _refusal_above(draft: WizardDraft | None, form: forms.Form) -> str:
    """What stands above the steps, for it is not about a field of the step shown."""
    if draft is None or not draft.refusal or drafts.is_refused_in(draft, form):
        return ""
    return str(draft.refusal["sentence"])
