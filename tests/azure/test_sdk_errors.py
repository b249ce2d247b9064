"""Delays, sign-ins, broken connections and Graph: real classes, real sockets."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from azure.core import PipelineClient
from azure.core import exceptions as sdk
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential, CredentialUnavailableError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from spotpc.azure.errors import (
    RetryLater,
    Stopped,
    translated,
)
from spotpc.azure.sdk_errors import delay
from tests.azure.fakes import arm, http, raised

# --- how long to wait -----------------------------------------------------------------------

THROTTLED = arm("TooManyRequests", "The request is being throttled.")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"retry-after": "2.128"}, 2.128),
        ({"Retry-After": "0"}, 0),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
    ],
)
def test_azures_own_delay_wins(headers: dict[str, str], seconds: float) -> None:
    error = raised(http(429, THROTTLED, headers=headers))
    assert isinstance(error, RetryLater)
    assert error.asked
    assert error.after == pytest.approx(seconds)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "nan"}])
def test_the_catalogues_delay_fills_in(headers: dict[str, str]) -> None:
    error = raised(http(429, THROTTLED, headers=headers))
    assert isinstance(error, RetryLater)
    assert (error.after, error.asked) == (30, False)


@time_machine.travel(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), tick=False)
def test_a_date_is_a_delay_too() -> None:
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC) + timedelta(seconds=90)
    assert delay({"Retry-After": format_datetime(at, usegmt=True)}) == 90
    assert delay({"Retry-After": format_datetime(at - timedelta(days=1), usegmt=True)}) == 0


@pytest.mark.parametrize(("said", "seconds"), [("372", 372), ("0", 5)])
def test_seconds_in_the_text_count(said: str, seconds: float) -> None:
    text = f"exceeded the limit. Please try again after '{said}' seconds."
    error = raised(http(429, arm("ResourceRequestsThrottled", text)))
    assert isinstance(error, RetryLater)
    assert (error.after, error.asked) == (seconds, True)


@given(st.dictionaries(st.sampled_from(["Retry-After", "retry-after-ms"]), st.text()))
def test_no_header_makes_it_raise(headers: dict[str, str]) -> None:
    found = delay(headers)
    assert found is None or found >= 0


# --- signing in -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        ("AADSTS7000222", "secret-expired", "expired"),
        ("AADSTS7000215", "secret-wrong", "secret"),
        ("AADSTS700016", "app-missing", "app"),
        ("AADSTS90002", "tenant-missing", "tenant"),
        ("AADSTS700027", "certificate-refused", "certificate"),
        ("AADSTS53003", "conditional-access", "Conditional Access"),
        ("AADSTS65001", "sign-in-refused", "AADSTS65001"),
    ],
)
def test_a_refused_sign_in_says_what_is_wrong(number: str, code: str, word: str) -> None:
    text = f"{number}: Something. Trace ID: 1"
    from_text = sdk.ClientAuthenticationError(message=f"Authentication failed: {text}")
    body = {"error": "invalid_client", "error_description": text}
    for error in (from_text, http(401, body, kind=sdk.ClientAuthenticationError)):
        found = raised(error)
        assert isinstance(found, Stopped)
        assert found.code == code
        assert word in found.sentence


def test_an_expired_token_is_fetched_anew() -> None:
    body = arm("ExpiredAuthenticationToken", "The access token expiry UTC time")
    error = raised(http(401, body, kind=sdk.ClientAuthenticationError))
    assert isinstance(error, RetryLater)
    assert error.code == "token-expired"


def test_without_a_credential_it_stops() -> None:
    error = raised(CredentialUnavailableError(message="no token file"), tenant="Contoso")
    assert isinstance(error, Stopped)
    assert error.code == "credential-unavailable"
    assert "Contoso" in error.sentence


# --- no answer at all -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        sdk.ServiceRequestError("Failed to resolve 'management.azure.com'"),
        sdk.ServiceRequestTimeoutError("timed out"),
        sdk.ServiceResponseError("Connection aborted."),
        sdk.ServiceResponseTimeoutError("timed out"),
        ConnectionResetError("reset by peer"),
        TimeoutError(),
    ],
)
def test_a_broken_connection_is_retried(error: Exception) -> None:
    found = raised(error)
    assert isinstance(found, RetryLater)
    assert found.code == "network"


def test_a_token_is_never_sent_in_the_clear() -> None:
    text = "Bearer token authentication is not permitted for non-TLS protected (non-https) URLs."
    error = raised(sdk.ServiceRequestError(text))
    assert isinstance(error, Stopped)
    assert error.code == "endpoint-not-https"


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens: bound, so that nobody else takes it, but not listening."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{unused.getsockname()[1]}"


def get(url: str) -> None:
    client: Any = PipelineClient(url, policies=[])
    with client:
        client.send_request(HttpRequest("GET", url)).raise_for_status()


def test_a_refused_connection_is_retried(nobody: str) -> None:
    with pytest.raises(RetryLater) as caught, translated():
        get(nobody)
    assert caught.value.code == "network"
    assert "refused" in caught.value.sentence


def sign_in(authority: str) -> None:
    ClientSecretCredential(
        "00000000-0000-0000-0000-000000000001",
        "app",
        "secret",
        authority=authority,
        disable_instance_discovery=True,
        retry_total=0,
    ).get_token("https://management.azure.com/.default")


def test_a_broken_connection_to_entra_is_no_wrong_secret(nobody: str) -> None:
    with pytest.raises(RetryLater) as caught, translated():
        sign_in(nobody)
    assert caught.value.code == "network"


@contextmanager
def untrusted(folder: Path) -> Iterator[str]:
    """A TLS server whose certificate nobody signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def test_an_untrusted_certificate_stops(tmp_path: Path) -> None:
    with untrusted(tmp_path) as url:
        for call in (get, sign_in):
            with pytest.raises(Stopped) as caught, translated():
                call(url)
            assert caught.value.code == "tls-untrusted"


# --- Microsoft Graph ------------------------------------------------------------------------


def graph(status: int, code: str, message: str, headers: Any = None) -> Exception:
    from msgraph.generated.models.o_data_errors.main_error import MainError
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    error = ODataError()
    error.response_status_code = status
    error.response_headers = headers or {}
    error.error = MainError()
    error.error.code, error.error.message = code, message
    made: Exception = error
    return made


def test_graph_throttles_with_fractions() -> None:
    error = raised(graph(429, "TooManyRequests", "Please retry", {"Retry-After": "2.128"}))
    assert isinstance(error, RetryLater)
    assert error.after == pytest.approx(2.128)


def test_graph_hides_the_missing_scope_in_json() -> None:
    message = json.dumps(
        {
            "_version": 3,
            "Message": "Application is not authorized to perform this operation. Application must "
            "have one of the following scopes: CloudPC.ReadWrite.All, CloudPC.Read.All - Operation "
            "ID (for customer support): 1",
        }
    )
    error = raised(graph(403, "Forbidden", message))
    assert isinstance(error, Stopped)
    assert "CloudPC.ReadWrite.All, CloudPC.Read.All" in error.sentence


def test_graph_without_a_body_is_told_by_its_status() -> None:
    from kiota_abstractions.api_error import APIError

    error = raised(APIError("no mapping", 503, {}))
    assert (error.code, error.azure_code) == ("azure-unavailable", "503")


def test_a_connection_to_graph_breaks() -> None:
    import httpx

    assert raised(httpx.ConnectError("refused")).code == "network"
    assert raised(httpx.ReadTimeout("timed out")).code == "network"
