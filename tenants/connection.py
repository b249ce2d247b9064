"""From a tenant's rows to the values the Azure door needs. Imports no SDK."""

from __future__ import annotations

from django.conf import settings

from spotpc.azure import clouds
from spotpc.azure.types import Cloud, Connection, Credential
from tenants.models import Tenant, TenantCredential


def cloud() -> Cloud:
    """The configured cloud; see the README's settings."""
    if settings.AZURE_CLOUD == "custom":
        return clouds.private(
            settings.AZURE_AUTHORITY,
            settings.AZURE_RESOURCE_MANAGER,
            settings.AZURE_GRAPH,
            settings.AZURE_CA_FILE,
        )
    return clouds.BY_NAME[settings.AZURE_CLOUD]


def connection_for(tenant: Tenant) -> Connection:
    """How workers reach this tenant's subscription. Decrypts the tenant's secret."""
    stored = tenant.credential
    kind = TenantCredential.Kind
    return Connection(
        cloud=cloud(),
        credential=Credential(
            azure_tenant_id=str(tenant.azure_tenant_id),
            client_id=str(stored.client_id),
            client_secret=stored.secret if stored.kind == kind.SECRET else None,
            certificate_pem=stored.secret if stored.kind == kind.CERTIFICATE else None,
            federated_token_file=(
                stored.token_file if stored.kind == kind.WORKLOAD_IDENTITY else None
            ),
        ),
        subscription_id=str(tenant.subscription_id),
    )
