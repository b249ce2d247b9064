"""Azure Compute Gallery: image definitions and their versions.

A write returns the URL of its operation (see `Operations`), or None, and is never waited for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azure.mgmt.compute import ComputeManagementClient, models

from spotpc.azure import convert, convert_compute, source_images
from spotpc.azure.calls import found, listed, removed, started
from spotpc.azure.types import (
    Failure,
    GalleryVersion,
    ImageDefinition,
    MarketplacePlan,
    Provisioning,
    Replica,
    SourceImage,
)


class Gallery:
    def __init__(self, client: ComputeManagementClient) -> None:
        self._client = client

    def get_definition(
        self, resource_group: str, gallery: str, definition: str
    ) -> ImageDefinition | None:
        images = self._client.gallery_images
        return found(
            lambda: _definition(images.get(resource_group, gallery, definition)),
            "read image definition",
            gallery=gallery,
            definition=definition,
        )

    def list_definitions(self, resource_group: str, gallery: str) -> tuple[ImageDefinition, ...]:
        images = self._client.gallery_images
        return listed(
            lambda: images.list_by_gallery(resource_group, gallery),
            _definition,
            "list image definitions",
            gallery=gallery,
        )

    def create_definition(
        self,
        resource_group: str,
        gallery: str,
        definition: str,
        location: str,
        *,
        publisher: str,
        offer: str,
        sku: str,
        security_type: str | None = "TrustedLaunch",
        plan: MarketplacePlan | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str | None:
        """A Gen2, generalized Windows definition; publisher/offer/sku is unique in its gallery.

        `TrustedLaunch`, not `TrustedLaunchSupported`: Azure refuses to capture a VM into the
        latter (Azure/packer-plugin-azure issue 304). `plan` must be that of the Marketplace
        image the VMs came from, or no VM can be made of the versions.
        """
        images = self._client.gallery_images
        features = [models.GalleryImageFeature(name="SecurityType", value=security_type)]
        body = models.GalleryImage(
            location=location,
            tags=dict(tags or {}),
            properties=models.GalleryImageProperties(
                os_type="Windows",
                os_state="Generalized",
                hyper_v_generation="V2",
                identifier=models.GalleryImageIdentifier(publisher=publisher, offer=offer, sku=sku),
                features=features if security_type else None,
                purchase_plan=_purchase_plan(plan),
            ),
        )
        return started(
            lambda how: images.begin_create_or_update(
                resource_group, gallery, definition, body, **how
            ),
            "create image definition",
            gallery=gallery,
            definition=definition,
        )

    def get_version(
        self,
        resource_group: str,
        gallery: str,
        definition: str,
        version: str,
        *,
        replication: bool = True,
    ) -> GalleryVersion | None:
        """One version, with its replication per region. A VM can be made in a region as soon as
        that region says Completed, whatever the others say."""
        versions = self._client.gallery_image_versions
        expand = "ReplicationStatus" if replication else None
        return found(
            lambda: _version(
                versions.get(resource_group, gallery, definition, version, expand=expand)
            ),
            "read image version",
            gallery=gallery,
            definition=definition,
            version=version,
        )

    def list_versions(
        self, resource_group: str, gallery: str, definition: str
    ) -> tuple[GalleryVersion, ...]:
        """All versions, without their replication."""
        versions = self._client.gallery_image_versions
        return listed(
            lambda: versions.list_by_gallery_image(resource_group, gallery, definition),
            _version,
            "list image versions",
            gallery=gallery,
            definition=definition,
        )

    def list_all_versions(self) -> tuple[SourceImage, ...]:
        """Every version in every gallery of the subscription, with what its definition says.

        One call, one per gallery and one per definition: for a sync, not for a tick.
        """
        client = self._client
        return listed(
            lambda: source_images.in_galleries(client), lambda image: image, "list image versions"
        )

    def create_version_from_vm(
        self,
        resource_group: str,
        gallery: str,
        definition: str,
        version: str,
        location: str,
        vm_id: str,
        regions: Sequence[str],
        *,
        replicas: int = 1,
        exclude_from_latest: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> str | None:
        """Capture a generalized VM. `location` is the VM's and must be among the regions.

        Takes minutes, and up to hours for far regions. One replica serves about 20 VMs built
        at a time (learn.microsoft.com, "Azure Compute Gallery").
        """
        versions = self._client.gallery_image_versions
        source = models.GalleryArtifactVersionFullSource(virtual_machine_id=vm_id)
        body = models.GalleryImageVersion(
            location=location,
            tags=dict(tags or {}),
            properties=models.GalleryImageVersionProperties(
                publishing_profile=models.GalleryImageVersionPublishingProfile(
                    target_regions=[
                        models.TargetRegion(name=region, regional_replica_count=replicas)
                        for region in regions
                    ],
                    exclude_from_latest=exclude_from_latest,
                ),
                storage_profile=models.GalleryImageVersionStorageProfile(source=source),
                safety_profile=_deletable(),
            ),
        )
        return started(
            lambda how: versions.begin_create_or_update(
                resource_group, gallery, definition, version, body, **how
            ),
            "create image version",
            gallery=gallery,
            definition=definition,
            version=version,
        )

    def set_exclude_from_latest(
        self, resource_group: str, gallery: str, definition: str, version: str, exclude: bool
    ) -> str | None:
        """Hide a version from "latest", or show it.

        The regions are sent as Azure has them: a publishing profile without them might read as
        "keep no region" (believed; the published PATCH examples always carry them).
        """
        versions = self._client.gallery_image_versions
        where = (resource_group, gallery, definition, version)

        def patch(how: dict[str, Any]) -> object:
            current = versions.get(*where).properties
            profile = current.publishing_profile if current else None
            return versions.begin_update(*where, _hiding(profile, exclude), **how)

        return started(
            patch, "update image version", gallery=gallery, definition=definition, version=version
        )

    def delete_version(
        self, resource_group: str, gallery: str, definition: str, version: str
    ) -> str | None:
        """VMs made from it live on; only new ones and scale sets miss it."""
        versions = self._client.gallery_image_versions
        return removed(
            lambda how: versions.begin_delete(resource_group, gallery, definition, version, **how),
            "delete image version",
            gallery=gallery,
            definition=definition,
            version=version,
        )


def _deletable() -> models.GalleryImageVersionSafetyProfile:
    """An admin may delete a version, or a copy of it, on any day.

    Since api-version 2026-03-03 Azure otherwise blocks it for six months (azure-cli, breaking
    changes of `sig image-version`). Versions in use are kept by the product's own rules.
    """
    return models.GalleryImageVersionSafetyProfile(
        allow_deletion_of_replicated_locations=True, block_deletion_before_end_of_life=False
    )


def _hiding(
    current: models.GalleryImageVersionPublishingProfile | None, exclude: bool
) -> models.GalleryImageVersionUpdate:
    regions = [
        models.TargetRegion(
            name=region.name,
            regional_replica_count=region.regional_replica_count,
            storage_account_type=region.storage_account_type,
            encryption=region.encryption,
        )
        for region in (current.target_regions if current else None) or []
    ]
    profile = models.GalleryImageVersionPublishingProfile(
        target_regions=regions, exclude_from_latest=exclude
    )
    properties = models.GalleryImageVersionProperties(
        publishing_profile=profile, storage_profile=models.GalleryImageVersionStorageProfile()
    )
    return models.GalleryImageVersionUpdate(properties=properties)


def _definition(model: models.GalleryImage) -> ImageDefinition:
    properties = model.properties
    return ImageDefinition(
        id=model.id or "",
        name=model.name or "",
        generation=convert.text(properties.hyper_v_generation if properties else None) or "V1",
        security_type=convert_compute.security_type(properties) or None,
        plan=convert_compute.image_plan(properties.purchase_plan if properties else None),
    )


def _version(model: models.GalleryImageVersion) -> GalleryVersion:
    properties = model.properties
    profile = properties.publishing_profile if properties else None
    status = properties.replication_status if properties else None
    replicas = tuple(_replica(one) for one in (status.summary if status else None) or [])
    state = convert.provisioning(properties.provisioning_state if properties else None)
    return GalleryVersion(
        id=model.id or "",
        name=model.name or "",
        provisioning=state,
        exclude_from_latest=bool(profile and profile.exclude_from_latest),
        published_at=convert.utc(profile.published_date if profile else None),
        replicas=replicas,
        failure=_failure(state, replicas),
        tags=convert.tags(model.tags),
    )


def _replica(model: models.RegionalReplicationStatus) -> Replica:
    return Replica(
        region=model.region or "",
        state=convert.text(model.state) or "Unknown",
        progress=model.progress or 0,
        details=model.details or "",
    )


def _failure(state: Provisioning, replicas: Sequence[Replica]) -> Failure | None:
    """A version has no error of its own: what is known is which region failed, in its details.

    The operation of the write knows more, if its URL was kept.
    """
    failed = [one for one in replicas if one.state.casefold() == "failed"]
    if state is not Provisioning.FAILED and not failed:
        return None
    return Failure(
        "replication-failed" if failed else "",
        "; ".join(f"{one.region}: {one.details}" for one in failed),
    )


def _purchase_plan(plan: MarketplacePlan | None) -> models.ImagePurchasePlan | None:
    if plan is None:
        return None
    return models.ImagePurchasePlan(name=plan.name, publisher=plan.publisher, product=plan.product)
