"""One rule of tenancy: pages reach tenants' rows through `visible_to` or `get_for` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model, OneToOneField

from images import services as image_services
from images.versions import parse
from spotgroups import services as group_services
from spotgroups.services import Choices
from spotpc.jobs import services as job_services
from spotpc.web.errors import DomainError
from spotpc.web.scoping import TenantQuerySet
from tenants.models import Tenant
from tests.access.world import ADMINISTRATOR, World
from tests.demo.harness import ROOT

APPS = ("spotpc.web", "spotpc.jobs", "tenants", "images", "spotgroups", "w365")
# What answers a request: views, forms, tables, wizards and what they are made of.
PAGES = (
    *("*views.py", "*forms.py", "*tables.py", "access.py", "actions.py", "context.py"),
    *("estimates.py", "pages.py", "preview.py", "progress.py", "review.py", "wizard.py"),
    *("again.py", "describe.py", "eligible.py", "job_part.py", "known.py", "machines.py"),
    *("network.py", "policies.py", "rows.py", "standing.py", "*_page.py", "*_review.py"),
    *(f"{package}/*.py" for package in ("views", "forms", "tables", "wizards")),
)
SCOPED = {"visible_to", "get_for", "none"}

ALLOWED = {
    # Keyed by module and model; each starts from a row or an id that was scoped before.
    "images/access.py ImageVersion": "versions of a set that `set_or_404` gave",
    "images/access.py ImageNote": "notes of a set that `set_or_404` gave",
    "images/views.py ImageSet": "the very set that `set_or_404` gave, with its counts",
    "images/views.py Job": "whether something runs in the tenant that `tenant_or_404` gave",
    "images/progress.py Job": "jobs on versions that the page has scoped",
    "images/tables.py ImageVersion": "subqueries on the row they stand in",
    "spotgroups/pages.py SpotGroupUpdate": "this tenant's past updates, for an estimate",
    "spotgroups/progress.py SpotGroupUpdate": "the running updates of a scoped tenant",
    "spotgroups/progress.py UserSession": "sessions on hosts of a scoped update",
    "spotgroups/preview.py SessionHost": "hosts of a scoped group",
    "spotgroups/preview.py UserSession": "sessions on hosts of a scoped group",
    "spotgroups/tables.py SessionHost": "subqueries on the row they stand in",
    "spotgroups/tables.py UserSession": "subqueries on the row they stand in",
    "spotgroups/tables.py SpotGroupUpdate": "subqueries on the row they stand in",
    "spotgroups/views.py SessionHost": "hosts of a group that was scoped",
    "spotpc/jobs/estimates.py JobStepRun": "this tenant's past jobs, for an estimate",
    "spotpc/web/wizard.py WizardDraft": "drafts of this admin in a scoped tenant",
    "w365/tables/rows.py Job": "a subquery on the row it stands in",
    "tenants/context.py Tenant": "which organization had the admin's own last tenant",
    "tenants/views.py Tenant": "the very tenant that `tenant_or_404` gave, with its counts",
    "tenants/views.py Job": "subqueries on the row they stand in",
}


def owned() -> dict[str, type[Model]]:
    """Models whose rows belong to a tenant, by name."""
    ours = [model for each in APPS for model in apps.get_app_config(label(each)).get_models()]
    return {model.__name__: model for model in ours if hasattr(model, "tenant_id")} | {
        "Tenant": Tenant
    }


def label(app: str) -> str:
    return app.rpartition(".")[2]


def pages() -> list[Path]:
    folders = [ROOT / app.replace(".", "/") for app in APPS]
    return sorted({file for folder in folders for glob in PAGES for file in folder.glob(glob)})


def unscoped(source: str) -> Iterator[tuple[str, int]]:
    """Model and line of each `Model.objects` whose chain has no scoping call in it."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in ("objects", "_base_manager")):
            continue
        if isinstance(node.value, ast.Name) and not scoped(node, parents):
            yield node.value.id, node.lineno


def scoped(node: ast.AST, parents: dict[ast.AST, ast.AST], known: str = "") -> bool:
    """One of the methods called on it is one of ours; or on the name it is given, each time."""
    while isinstance(above := parents.get(node), ast.Attribute | ast.Call):
        if isinstance(above, ast.Attribute) and above.attr in SCOPED:
            return True
        if isinstance(above, ast.Call) and above.func is not node:
            return False  # an argument of some other call
        node = above
    if not (isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name)):
        return False
    name, around = above.targets[0].id, parents[above]
    if name == known:
        return True  # given to itself again; its other uses tell
    while not isinstance(around, ast.FunctionDef | ast.Module):
        around = parents[around]
    named = [each for each in ast.walk(around) if isinstance(each, ast.Name) and each.id == name]
    return all(scoped(each, parents, name) for each in named if isinstance(each.ctx, ast.Load))


def found() -> dict[str, list[int]]:
    seen: dict[str, list[int]] = {}
    for file in pages():
        for model, line in unscoped(file.read_text()):
            if model in owned():
                seen.setdefault(f"{file.relative_to(ROOT)} {model}", []).append(line)
    return seen


def test_pages_start_from_what_one_may_see() -> None:
    assert len(pages()) > 20
    assert {where: lines for where, lines in found().items() if where not in ALLOWED} == {}


def test_nothing_is_allowed_that_is_not_done() -> None:
    assert set(ALLOWED) - set(found()) == set()


@pytest.mark.parametrize(
    ("source", "models"),
    [
        ("Job.objects.filter(pk=1)", ["Job"]),
        ("rows = Job.objects\nrows.get(pk=1)", ["Job"]),
        ("rows = Job.objects\nrows.order_by('a').get_for(me)", []),
        ("rows = Job.objects\nrows.get_for(me)\nrows.get(pk=1)", ["Job"]),
        ("rows = Job.objects\nrows = rows.filter(a=1)\nrows.get(pk=1)", ["Job"]),
        ("get_object_or_404(Job, Job.objects, visible_to(x))", ["Job"]),
        ("Job.objects.visible_to(me).filter(pk=1)", []),
        ("Job.objects.select_related('tenant').get_for(me, pk=1)", []),
        ("show(Job.objects.filter(a=Job.objects.visible_to(me)))", ["Job"]),
    ],
)
def test_the_search_finds_what_it_looks_for(source: str, models: list[str]) -> None:
    assert [model for model, _ in unscoped(source)] == models


def test_every_row_of_a_tenant_says_whose_it_is() -> None:
    """Directly, so that one filter scopes it; TenantRole and credentials have no page."""
    without_manager = {"TenantCredential", "TenantRole"}
    for name, model in owned().items():
        if name not in without_manager:
            assert isinstance(model._default_manager.all(), TenantQuerySet), name
        if model is not Tenant:
            field = model._meta.get_field("tenant")
            assert isinstance(field, ForeignKey | OneToOneField), name
            assert field.related_model is Tenant, name


def test_no_row_hangs_on_a_tenants_row_without_naming_the_tenant() -> None:
    """A model that points to an owned one is owned itself."""
    exempt = {"Admin"}  # `last_tenant` is a convenience; `visible_to` decides
    for each in APPS:
        for model in apps.get_app_config(label(each)).get_models():
            parents = {field.related_model for field in model._meta.fields if field.is_relation}
            if parents & set(owned().values()) and model.__name__ not in exempt:
                assert model.__name__ in owned(), model


def test_a_new_row_is_of_its_parents_tenant(world: World) -> None:
    admin, own = world.admins[ADMINISTRATOR], world.own
    number = parse("7.0.0")
    version = image_services.create_version(admin, own.image_set, number, own.available, "Why")
    update = group_services.start_update(
        admin, own.idle_group, own.available, Choices("opportunistic")
    )
    note = image_services.add_note(admin, own.image_set, "A note")
    jobs = [job_services.latest_job(version), job_services.latest_job(update)]
    for row in (version, update, note, *jobs):
        assert row is not None
        assert row.tenant_id == own.tenant.pk


def test_nothing_is_made_from_another_tenants_rows(world: World) -> None:
    admin, own, other = world.admins[ADMINISTRATOR], world.own, world.sides["sibling"]
    with pytest.raises(DomainError, match="not Available any more"):
        image_services.create_version(
            admin, own.image_set, parse("7.0.0"), other.available, "Theirs"
        )
    with pytest.raises(DomainError, match="cannot be used"):
        group_services.start_update(
            admin, own.idle_group, other.available, Choices("opportunistic")
        )
    with pytest.raises(ValueError, match="not of the tenant"):
        job_services.enqueue("images.build", own.tenant, other.version, {}, admin.email)


def test_no_row_of_the_world_is_in_two_tenants(world: World) -> None:
    """Of every pair of owned rows where one points to the other."""
    pairs = 0
    for model in owned().values():
        for field in model._meta.fields:
            if field.related_model in owned().values() and field.related_model is not Tenant:
                pairs += 1
                both = model._base_manager.exclude(**{f"{field.name}__isnull": True})
                for mine, theirs in both.values_list("tenant_id", f"{field.name}__tenant_id"):
                    assert mine == theirs, (model, field.name)
    assert pairs > 10
