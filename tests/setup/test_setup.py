"""`manage.py setup`: a provider and its customers from one file."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from spotgroups.models import SpotGroup
from tenants.models import Admin, Tenant, TenantCredential

FILE = """
organization = "Harbor"
[[admins]]
email = "ann@harbor.example"
[[tenants]]
name = "Alder"
azure_tenant_id = "11111111-1111-4111-8111-111111111111"
subscription_id = "22222222-2222-4222-8222-222222222222"
home_region = "westeurope"
client_id = "33333333-3333-4333-8333-333333333333"
client_secret_file = "{secret}"
[[tenants.sites]]
name = "Main"
region = "westeurope"
time_zone = "Europe/Amsterdam"
resource_group = "rg"
subnet_id = "/subnet"
gallery = "images"
[[tenants.image_sets]]
name = "Office"
site = "Main"
definition = "office"
publisher = "MicrosoftWindowsDesktop"
offer = "office-365"
sku = "win11"
[[tenants.spot_groups]]
name = "Office"
site = "Main"
host_pool = "hp-office"
image_set = "Office"
host_prefix = "off"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPOTPC_ADMIN_PASSWORD", "a-long-first-password")
    secret = tmp_path / "secret"
    secret.write_text("the-client-secret\n")
    written = tmp_path / "setup.toml"
    written.write_text(FILE.format(secret=secret))
    return written


@pytest.mark.django_db
def test_the_file_becomes_rows_and_again_changes_only_what_it_says(file: Path) -> None:
    call_command("setup", file)
    admin = Admin.objects.get(email="ann@harbor.example")
    assert admin.check_password("a-long-first-password")
    group = SpotGroup.objects.get()
    assert (group.host_pool, group.image_set.name, group.hosts_wanted) == ("hp-office", "Office", 2)

    admin.set_password("her own long password")
    admin.save()
    file.write_text(file.read_text().replace('host_prefix = "off"', 'host_prefix = "desk"'))
    call_command("setup", file)
    group.refresh_from_db()
    admin.refresh_from_db()
    assert group.host_prefix == "desk"
    assert admin.check_password("her own long password")
    assert Tenant.objects.count() == 1


@pytest.mark.django_db
def test_the_secret_is_stored_encrypted_without_its_last_newline(file: Path) -> None:
    call_command("setup", file)
    assert TenantCredential.objects.get().secret == "the-client-secret"
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM tenants_tenantcredential")
        assert "the-client-secret" not in str(cursor.fetchone())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('gallery = "images"', "", "has no “gallery”"),
        ('offer = "office-365"', 'offer = "office-365"\ncolour = "red"', "“colour”"),
        ("22222222-2222-4222-8222-222222222222", "twenty-two", "is not a GUID"),
        ("Europe/Amsterdam", "Europe/Atlantis", "IANA time zone"),
        ('image_set = "Office"', 'image_set = "Offfice"', "image set that is not there"),
        ("client_secret_file", 'certificate_file = "x"\nclient_secret_file', "exactly one of"),
        ('organization = "Harbor"', "organization = Harbor", "is not TOML"),
    ],
)
def test_a_fault_is_one_sentence_and_changes_nothing(
    file: Path, old: str, new: str, says: str
) -> None:
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(CommandError, match=says):
        call_command("setup", file)
    assert not Tenant.objects.exists()


@pytest.mark.django_db
def test_a_missing_secret_file_is_named_and_changes_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").unlink()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("setup", file)
    assert not Tenant.objects.exists()
