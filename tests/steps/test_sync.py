"""Reading a tenant: what others made in Azure becomes rows, and trouble becomes a sentence."""

from __future__ import annotations

from django.utils import timezone

from images.models import ImageVersion
from spotgroups.models import SessionHost, SpotGroup, UserSession
from spotpc.azure import connect
from spotpc.demo import world
from tenants.connection import connection_for
from tenants.models import TenantSync
from tenants.sync import due, sync_tenant
from tests.scene import Scene


def again(scene: Scene) -> bool:
    TenantSync.objects.update(next_at=timezone.now())
    return sync_tenant(scene.tenant.pk)


def test_hosts_and_sessions_are_what_azure_says(scene: Scene) -> None:
    landed = scene.logon("ann")
    assert again(scene)
    assert set(SessionHost.objects.values_list("name", flat=True)) == {"off-1", "off-2"}
    only = UserSession.objects.select_related("host__image_version").get()
    assert only.user == "ann@test.example"
    assert landed["sessionHost"].endswith(only.host.name)
    assert only.host.image_version == scene.version("0.0.0")
    scene.logoff("ann")
    assert again(scene)
    assert not UserSession.objects.exists()


def test_a_version_made_elsewhere_can_be_used(scene: Scene) -> None:
    world.furnish_versions(scene.place, "office", ["2.0.0"])
    assert again(scene)
    found = scene.version("2.0.0")
    assert found.status == ImageVersion.Status.AVAILABLE
    assert found.azure_id.endswith("/versions/2.0.0")
    assert again(scene)
    assert ImageVersion.objects.count() == 3


def test_a_group_set_up_around_its_hosts_learns_their_version(scene: Scene) -> None:
    SpotGroup.objects.update(image_version=None)
    assert again(scene)
    assert scene.group.image_version == scene.version("0.0.0")


def test_an_expired_secret_is_told_and_the_rows_stay(scene: Scene) -> None:
    assert again(scene)
    client_id = str(scene.tenant.credential.client_id)
    scene.control.post("/apps", clientId=client_id, secret="demo-client-secret", expired=True)
    connect.forget(connection_for(scene.tenant))
    assert not again(scene)
    sync = TenantSync.objects.get()
    assert "expired" in sync.error_text
    assert SessionHost.objects.count() == 2
    assert due() == []
