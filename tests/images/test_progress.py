import pytest

from images.progress import about


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 5 seconds"),
        (16, "about 15 seconds"),
        (89, "about 90 seconds"),
        (95, "about 2 minutes"),
        (950, "about 16 minutes"),
        (5300, "about 88 minutes"),
        (7300, "about 2 hours"),
    ],
)
def test_durations_are_said_as_one_says_them(seconds: float, words: str) -> None:
    assert about(seconds) == words
