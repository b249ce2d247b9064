import pytest

from images.rdp import account, rdp_file, rdp_text


@pytest.mark.parametrize(
    ("user", "domain", "expected"),
    [
        ("spotadmin", "", r".\spotadmin"),
        ("jane", "CONTOSO", r"CONTOSO\jane"),
        ("jane@contoso.com", "", "jane@contoso.com"),
        ("jane@contoso.com", "AzureAD", r"AzureAD\jane@contoso.com"),
        (r"CONTOSO\jane", "", r"CONTOSO\jane"),
    ],
)
def test_account(user: str, domain: str, expected: str) -> None:
    assert account(user, domain) == expected


def test_the_file_has_one_setting_per_line_and_no_gateway() -> None:
    lines = rdp_text("10.0.0.20", "spotadmin").split("\r\n")
    assert lines[0] == "full address:s:10.0.0.20"
    assert r"username:s:.\spotadmin" in lines
    assert "prompt for credentials:i:1" in lines
    assert "gatewayusagemethod:i:0" in lines
    assert lines[-1] == ""
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_nobody_smuggles_in_a_line(end: str) -> None:
    honest = len(rdp_text("10.0.0.20", "jane", "c").splitlines())
    bad = f"x{end}alternate shell:s:calc.exe"
    assert len(rdp_text(bad, bad, bad).splitlines()) == honest


def test_the_encoding_is_one_that_remote_desktop_reads() -> None:
    assert rdp_file("10.0.0.20", "jane").startswith(b"full address")
    assert rdp_file("10.0.0.20", "josé").startswith(b"\xff\xfe")
