import pytest

from stokehold.domain.errors import Invalid
from stokehold.domain.progress import Gauge, check, number


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("0", 0), ("1", 1), ("42", 42), ("42.5", 42.5), ("0.5", 50), ("1.0", 100), (".25", 25), (" 7 %\n", 7),
        ("0.4%", 0.4), ("250", 100), ("100", 100),
    ],
)  # fmt: skip
def test_a_whole_number_is_percent_and_one_with_a_point_up_to_one_a_fraction(
    text: str, percent: float
) -> None:
    assert number(text) == percent


@pytest.mark.parametrize("text", ["", "-1", "nan", "inf", "1e3", "half", "1 2", "9" * 40, "٣"])
def test_what_is_no_progress_is_none(text: str) -> None:
    assert number(text) is None


def gauge(*patterns: str) -> Gauge:
    return Gauge({f"DOCKER_PROGRESS{n}": pattern for n, pattern in enumerate(patterns, 1)})


def test_one_group_is_the_progress() -> None:
    assert gauge(r"Progress: ([\d.]+)%?").read(b"Progress: 10%\nnoise\nProgress: 35%\n") == 35


def test_two_groups_are_what_is_done_and_the_total() -> None:
    assert gauge(r"^Fra:(\d+)/(\d+)$").read(b"Fra:3/12\n") == 25
    assert gauge(r"(\d+)/(\d+)").read(b"3/0\n") is None


def test_the_last_line_that_any_pattern_matches_counts() -> None:
    both = gauge(r"step (\d+)/(\d+)", r"(\d+)% done")
    assert both.read(b"90% done\nstep 1/4\n") == 25
    assert both.read(b"step 1/4\n90% done\n") == 90


def test_output_without_a_match_tells_nothing() -> None:
    assert gauge(r"(\d+)%").read(b"nothing\xff\n") is None


def test_without_patterns_there_is_no_gauge() -> None:
    assert not Gauge({"DOCKER_PROGRESS1": ""})
    assert not Gauge({"DOCKER_PROGRESS1": "("}), "one that cannot be used finds nothing"


@pytest.mark.parametrize("pattern", ["(", r"\d+%", "(a)(b)(c)", "(" + "x" * 3000 + ")"])
def test_a_pattern_that_cannot_tell_a_progress_is_refused_with_its_field(pattern: str) -> None:
    with pytest.raises(Invalid, match=r"^constants\[0\]\.value: "):
        check("constants[0].value", pattern)


def test_constants_in_a_pattern_are_filled_in_later() -> None:
    check("f", r"${WORD}: (\d+)")
