"""The project's pages, and two wizards that no app has: one plain, one with a password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from spotpc.urls import urlpatterns as project
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from spotpc.web.scoping import Permission
from spotpc.web.wizard import Answers, Step, Wizard
from tenants.access import tenant_or_404

ROOMS = {"1": ["red", "blue"], "2": ["green"]}
closed_floors: set[str] = set()
finished: list[Answers] = []
refused: dict[str, DomainError] = {}  # by the URL of what was refused later
reopened: list[str] = []  # where the drafts led that `finish` was given to replace


class Floor(forms.Form):
    floor = forms.ChoiceField(choices=[("1", "First floor"), ("2", "Second floor")])

    def clean_floor(self) -> str:
        floor: str = self.cleaned_data["floor"]
        if floor in closed_floors:
            raise forms.ValidationError("This floor has been closed.")
        return floor


class Room(forms.Form):
    room = forms.CharField()

    def __init__(self, *args: Any, floor: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.floor = floor

    def clean_room(self) -> str:
        room: str = self.cleaned_data["room"]
        if room not in ROOMS[self.floor]:
            raise forms.ValidationError("No such room on this floor.")
        return room


class Notes(forms.Form):
    notes = forms.CharField(required=False)


class Booking(Wizard):
    kind = "booking"
    title = "Book a room"
    steps = (
        Step("floor", "Choose the floor", Floor),
        Step("room", "Choose the room", Room, depends_on=("floor",)),
        Step("notes", "Notes", Notes, button="Book"),
    )

    def form_kwargs(self, step: Step, answers: Answers) -> dict[str, Any]:
        return {"floor": answers["floor"]["floor"]} if step.slug == "room" else {}

    def finish(self, answers: Answers) -> str:
        if answers["notes"]["notes"] == "refuse me":
            raise DomainError("The room has just been taken.", "notes")
        finished.append(answers)
        return f"/booked/{len(finished)}/"


class Key(forms.Form):
    guest = forms.CharField()
    locked = forms.BooleanField(required=False)
    password = forms.CharField(
        required=False, help_text="Eight or more.", widget=forms.PasswordInput(render_value=True)
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if not given.get("locked"):
            given["password"] = ""
        elif not given.get("password") and "password" not in self.errors:
            self.add_error("password", "A locked room needs a password.")
        return given


class Sure(forms.Form):
    pass


class Safe(Wizard):
    kind = "safe"
    title = "Rent a safe"
    steps = (
        Step("key", "Key", Key),
        Step("notes", "Notes", Notes, depends_on=("key",)),
        Step("sure", "Review", Sure, button="Rent"),
    )
    after = ("Inspection",)

    def refusal(self, draft: WizardDraft) -> DomainError | None:
        return refused.get(draft.result_url)

    def finish(self, answers: Answers) -> str:
        if answers["notes"]["notes"] == "refuse me":
            raise DomainError("No safe is free.")
        if self.draft and self.draft.reopens:
            reopened.append(self.draft.reopens.result_url)
        finished.append(answers)
        return f"/safes/{len(finished)}/"


def safe(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: Any = None
) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    return Safe(request, tenant.pk).respond(step, draft)


def booking(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: Any = None
) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    return Booking(request, tenant.pk).respond(step, draft)


def confirm(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant_or_404(request, tenant_id)
    context = {"title": "Delete it?", "lost": ["Everything in it."], "action": "Delete it"}
    return render(request, "web/confirm.html", {**context, "danger": True, "back_url": "/"})


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken on purpose")


urlpatterns = [
    *project,
    path("tenants/<int:tenant_id>/book/", booking, name="book"),
    path("tenants/<int:tenant_id>/book/<slug:step>/", booking, name="book"),
    path("tenants/<int:tenant_id>/book/<uuid:draft>/<slug:step>/", booking, name="book"),
    path("tenants/<int:tenant_id>/safe/", safe, name="safe"),
    path("tenants/<int:tenant_id>/safe/<slug:step>/", safe, name="safe"),
    path("tenants/<int:tenant_id>/safe/<uuid:draft>/<slug:step>/", safe, name="safe"),
    path("tenants/<int:tenant_id>/confirm/", confirm, name="confirm"),
    path("broken/", broken, name="broken"),
]
