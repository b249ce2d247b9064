"""The portal as an admin walks through it: the ways that several tests take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

SOON = 20_000  # milliseconds: the next look of the worker, with two busy cores
BUILT = 90_000  # a temporary VM, a seal, or a set of new hosts
UPDATED = 120_000  # from the cut-over until the last old host is gone


@dataclass(frozen=True)
class Portal:
    page: Page

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Harbor IT Partners")

    def open_tenant(self, name: str) -> None:
        self.page.goto("/")
        self.page.get_by_role("table").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def config_action(self, name: str) -> None:
        """For example `Images: List`."""
        self.page.get_by_role("main").get_by_text("Config Actions").click()
        self.page.get_by_role("main").get_by_role("link", name=name).click()

    def open_image_set(self, tenant: str, name: str) -> None:
        self.open_tenant(tenant)
        self.config_action("Images: List")
        self.page.get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)

    # A new image version

    def add_version(self, tenant: str, image_set: str, source: str = "", notes: str = "") -> str:
        """The three steps with the number that is filled in, which is returned."""
        page = self.page
        self.open_image_set(tenant, image_set)
        page.get_by_role("link", name="Add New Version").click()
        number = page.get_by_label("Version", exact=True).input_value()
        self.next()
        if source:
            page.get_by_role("radio", name=source).check()
        self.next()
        page.get_by_label("Notes").fill(notes)
        page.get_by_role("button", name="Save").click()
        expect(page).to_have_url(re.compile(r"/versions/\d+/$"))
        return number

    def seal(self) -> None:
        """From the version's page; the dialog asks first."""
        self.page.get_by_role("link", name="Seal Image").click()
        asked = self.page.get_by_role("dialog")
        expect(asked).to_contain_text("This cannot be undone")
        asked.get_by_role("button", name="Seal Image").click()

    # Update Spot Group

    def begin_update(self, tenant: str, group: str, version: str = "") -> str:
        """The first two steps; without a version, the first that the group does not run.

        Returns the image as `Azure.images_of` tells it.
        """
        self.open_tenant(tenant)
        self.config_action("Spot Group: Update")
        self.page.get_by_role("radio", name=re.compile(rf"^{group} ")).check()
        self.next()
        choice = self.page.locator("label").filter(
            has=self.page.locator("input[name=version]:enabled"), has_not_text="(current)"
        )
        choice = choice.filter(has_text=version).first
        image_set, _, number = choice.inner_text().splitlines()[0].strip().rpartition(" ")
        choice.click()
        self.next()
        return f"{image_set.casefold().replace(' ', '-')}/{number}"

    def release(self, method: str, warning: int | None = None) -> None:
        self.page.get_by_role("radio", name=re.compile(rf"^{method} ")).check()
        if warning is not None:
            self.page.get_by_label("Warning time in minutes").fill(str(warning))
        self.next()

    def schedule(self, moment: datetime, warning: int = 0, zone: str = "UTC") -> None:
        """`moment` is read off its own clock, whatever its zone."""
        page = self.page
        page.get_by_role("radio", name=re.compile("^Scheduled ")).check()
        page.get_by_label("Date", exact=True).fill(f"{moment:%Y-%m-%d}")
        page.get_by_label("Time", exact=True).fill(f"{moment:%H:%M:%S}")
        page.get_by_label("Time zone").select_option(zone)
        page.get_by_label("Warning time in minutes").fill(str(warning))
        self.next()

    def confirm_update(self) -> None:
        self.page.get_by_role("button", name="Update Spot Group").click()
        expect(self.page).to_have_url(re.compile(r"/updates/\d+/$"))

    def next(self) -> None:
        self.page.get_by_role("button", name="Next").click()

    def start_update(self, tenant: str, group: str, method: str, warning: int | None = None) -> str:
        """All four steps; returns the image that the hosts shall run."""
        image = self.begin_update(tenant, group)
        self.release(method, warning)
        self.confirm_update()
        return image

    # What a page says

    @property
    def current_step(self) -> Locator:
        return self.page.locator(".wizard [aria-current=step] h2")

    @property
    def headline(self) -> Locator:
        """How an update stands."""
        return self.page.get_by_label("How it stands")

    def hosts(self, side: str) -> Locator:
        """The rows of an update's old or new hosts."""
        return self.page.locator(f"section[aria-labelledby=hosts-{side}] tbody tr")

    @property
    def status(self) -> Locator:
        """How an image version stands."""
        return self.page.locator("#live > .row").first

    def complaint(self, label: str) -> Locator:
        """What is said beside a field that cannot be taken."""
        name = self.page.get_by_label(label, exact=True).get_attribute("id")
        return self.page.locator(f"#{name}_error")
