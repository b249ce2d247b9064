"""What a tenant has in Windows 365, by Graph's ids: one query for each kind that is asked for."""

from __future__ import annotations

from functools import cached_property

from tenants.models import Admin, Tenant
from w365.models import DeviceImage, EntraGroup, GalleryImage, NetworkConnection


class Known:
    """Lists have all rows; the dictionaries those that are in Windows 365 already."""

    def __init__(self, admin: Admin, tenant: Tenant) -> None:
        self.admin, self.tenant = admin, tenant

    @cached_property
    def all_connections(self) -> list[NetworkConnection]:
        mine = NetworkConnection.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return list(mine.defer("ad_password"))

    @cached_property
    def connections(self) -> dict[str, NetworkConnection]:
        return {each.graph_id: each for each in self.all_connections if each.graph_id}

    @cached_property
    def all_device_images(self) -> list[DeviceImage]:
        return list(DeviceImage.objects.visible_to(self.admin).filter(tenant=self.tenant))

    @cached_property
    def device_images(self) -> dict[str, DeviceImage]:
        return {each.graph_id: each for each in self.all_device_images if each.graph_id}

    @cached_property
    def gallery_images(self) -> dict[str, GalleryImage]:
        mine = GalleryImage.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return {each.graph_id: each for each in mine}

    @cached_property
    def groups(self) -> dict[str, EntraGroup]:
        mine = EntraGroup.objects.visible_to(self.admin).filter(tenant=self.tenant)
        return {each.graph_id: each for each in mine}
