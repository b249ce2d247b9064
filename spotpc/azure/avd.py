"""Azure Virtual Desktop: host pools, session hosts, user sessions.

All of it answers at once: the AVD provider has no long-running operations (2024-04-03).
A 200 proves little here; what a list shows later is what counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from azure.mgmt.desktopvirtualization import DesktopVirtualizationMgmtClient, models

from spotpc.azure import convert
from spotpc.azure.calls import found, listed, removed
from spotpc.azure.errors import from_failure, translated
from spotpc.azure.names import last_segment, resource_group_of
from spotpc.azure.types import AvdHost, AvdSession, Failure, HostPool, RegistrationToken

_CHECK_SUCCEEDED = "healthchecksucceeded"
_CHECK_UNKNOWN = "unknown"


class Avd:
    def __init__(self, client: DesktopVirtualizationMgmtClient) -> None:
        self._client = client

    def get_host_pool(self, resource_group: str, pool: str) -> HostPool | None:
        pools = self._client.host_pools
        return found(
            lambda: _host_pool(pools.get(resource_group, pool)), "read host pool", pool=pool
        )

    def registration_token(
        self, resource_group: str, pool: str, valid_for: timedelta
    ) -> RegistrationToken:
        """A token with which a new VM joins the pool, good for at least half of `valid_for`.

        A host pool has one token; a good one is used again, because a new one may end the old
        one that another host is about to use (believed). Azure allows 1 hour to 27 days
        (learn.microsoft.com, "Register session hosts"; believed). Never log the answer.
        """
        pools = self._client.host_pools
        with translated("read registration token", pool=pool):
            token = _token(pools.retrieve_registration_token(resource_group, pool))
            if token and token.expires_at - _now() >= valid_for / 2:
                return token
            pools.update(resource_group, pool, _token_patch(_now() + valid_for))
            token = _token(pools.retrieve_registration_token(resource_group, pool))
        if token is None:
            raise from_failure(Failure("registration-missing", ""), pool=pool)
        return token

    def list_hosts(self, resource_group: str, pool: str) -> tuple[AvdHost, ...]:
        hosts = self._client.session_hosts
        return listed(
            lambda: hosts.list(resource_group, pool), _host, "list session hosts", pool=pool
        )

    def set_drain(self, resource_group: str, pool: str, host: str, draining: bool) -> None:
        """Drain mode on or off. A 200 is not proof: assert it again until the list shows it."""
        hosts = self._client.session_hosts
        patch = models.SessionHostPatch(allow_new_session=not draining)
        with translated("set drain mode", pool=pool, host=host):
            hosts.update(resource_group, pool, host, session_host=patch)

    def delete_host(self, resource_group: str, pool: str, host: str, force: bool) -> None:
        """Take the record out of the pool; the VM stays. Without `force` Azure refuses while
        there are sessions (SessionHostHasActiveSessions, believed)."""
        hosts = self._client.session_hosts
        removed(
            lambda how: hosts.delete(resource_group, pool, host, force=force),
            "delete session host",
            pool=pool,
            host=host,
        )

    def list_sessions(self, resource_group: str, pool: str) -> tuple[AvdSession, ...]:
        """Every session of the pool, disconnected ones too, in one paged call."""
        sessions = self._client.user_sessions
        return listed(
            lambda: sessions.list_by_host_pool(resource_group, pool),
            _session,
            "list user sessions",
            pool=pool,
        )

    def send_message(
        self, resource_group: str, pool: str, host: str, session_id: str, title: str, body: str
    ) -> None:
        """Show a message box to one user. NotFound if the user has signed out meanwhile."""
        sessions = self._client.user_sessions
        message = models.SendMessage(message_title=title, message_body=body)
        with translated("send message", pool=pool, host=host):
            sessions.send_message(resource_group, pool, host, session_id, message)

    def sign_out(
        self, resource_group: str, pool: str, host: str, session_id: str, force: bool = True
    ) -> None:
        """Sign a user out; with `force` unsaved work is lost. Done if the session is gone."""
        sessions = self._client.user_sessions
        removed(
            lambda how: sessions.delete(resource_group, pool, host, session_id, force=force),
            "sign out",
            pool=pool,
            host=host,
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _token_patch(expires_at: datetime) -> models.HostPoolPatch:
    return models.HostPoolPatch(
        registration_info=models.RegistrationInfoPatch(
            expiration_time=expires_at,
            registration_token_operation="Update",  # noqa: S106 - a verb, no secret
        )
    )


def _token(model: models.RegistrationInfo) -> RegistrationToken | None:
    expires_at = convert.utc(model.expiration_time)
    if not model.token or expires_at is None:
        return None
    return RegistrationToken(model.token, expires_at)


def _host_pool(model: models.HostPool) -> HostPool:
    return HostPool(
        id=model.id or "",
        name=model.name or "",
        resource_group=resource_group_of(model.id or ""),
        location=model.location or "",
        personal=convert.text(model.host_pool_type).casefold() == "personal",
        load_balancer=convert.text(model.load_balancer_type),
        session_limit=model.max_session_limit or 0,
    )


def _host(model: models.SessionHost) -> AvdHost:
    """`name` is "pool/host.domain". A host that never reported has no heartbeat and no status."""
    return AvdHost(
        name=last_segment(model.name or ""),
        vm_id=model.resource_id or None,
        status=convert.text(model.status) or "Unknown",
        allow_new_session=bool(model.allow_new_session),
        sessions=model.sessions or 0,
        last_heartbeat=convert.utc(model.last_heart_beat),
        agent_version=model.agent_version or "",
        failed_checks=_failed_checks(model.session_host_health_check_results or []),
    )


def _failed_checks(reports: list[models.SessionHostHealthCheckReport]) -> tuple[str, ...]:
    """Whatever is neither succeeded nor unknown, so that a new word for failing is not missed."""
    return tuple(
        convert.text(report.health_check_name)
        for report in reports
        if convert.text(report.health_check_result).casefold()
        not in ("", _CHECK_SUCCEEDED, _CHECK_UNKNOWN)
    )


def _session(model: models.UserSession) -> AvdSession:
    """`name` is "pool/host.domain/2"; the published examples have a bare "2", so ask the id."""
    return AvdSession(
        host=_host_of(model.name or "", model.id or ""),
        session_id=last_segment(model.name or ""),
        user=model.user_principal_name or model.active_directory_user_name or "",
        state=convert.text(model.session_state) or "Unknown",
        created_at=convert.utc(model.create_time),
    )


def _host_of(name: str, arm_id: str) -> str:
    parts = name.split("/")
    return (
        parts[-2] if len(parts) > 1 else arm_id.rpartition("/userSessions/")[0].rpartition("/")[2]
    )
