import pytest

from images.versions import LARGEST_PART, BadVersion, VersionNumber, next_number, parse


@pytest.mark.parametrize("text", ["0.0.0", "1.0.3", " 10.20.30 ", f"{LARGEST_PART}.0.0"])
def test_a_number_comes_back_as_it_was_typed(text: str) -> None:
    assert str(parse(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.0", "exactly three numbers"),
        ("1.0.0.0", "exactly three numbers"),
        ("", "exactly three numbers"),
        ("01.0.0", "No leading zeros"),
        ("1.0.00", "No leading zeros"),
        ("1.0.-1", "no negative numbers"),
        ("1.0.x", "three whole numbers"),
        ("1..0", "three whole numbers"),
        ("1.0.٣", "three whole numbers"),  # a digit, but not one of ours
        ("1.0.2147483648", "larger than 2,147,483,647"),
        ("1" * 5000, "is short"),
        ("1.0." + "9" * 5000, "is short"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(BadVersion, match=words):
        parse(text)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "0.0.1"),
        (["0.0.0"], "0.0.1"),
        (["1.0.9", "1.0.10", "0.9.99"], "1.0.11"),  # by number, not by text
        ([f"1.2.{LARGEST_PART}"], "1.3.0"),
        ([f"1.{LARGEST_PART}.{LARGEST_PART}"], "2.0.0"),
    ],
)
def test_the_next_number_follows_the_highest(taken: list[str], expected: str) -> None:
    assert str(next_number([parse(text) for text in taken])) == expected


def test_numbers_sort_as_numbers() -> None:
    assert VersionNumber(1, 0, 10) > VersionNumber(1, 0, 9)
