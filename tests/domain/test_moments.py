from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Invalid
from stokehold.domain.moments import NEVER, SECOND, date, date_text, timespan, timespan_text

ANY_MOMENT = st.integers(-62_135_596_800 * SECOND, 253_402_300_799 * SECOND)


def test_a_date_that_never_was_is_the_zero_date() -> None:
    assert date_text(None) == NEVER


def test_a_whole_second_has_no_decimals() -> None:
    assert date_text(1_626_799_213 * SECOND) == "2021-07-20T16:40:13Z"


def test_a_date_has_at_most_six_decimals() -> None:
    assert date_text(1_626_799_213_537_708) == "2021-07-20T16:40:13.537708Z"


@given(ANY_MOMENT)
def test_the_python_client_can_read_every_date(moment: int) -> None:
    text = date_text(moment)
    pattern = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    read = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    assert date(text, "f") == moment
    assert (read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == pytest.approx(moment / SECOND)


@pytest.mark.parametrize(
    "text",
    ["2024-05-01T00:00:00", "2024-05-01T02:00:00.0000000+02:00", "2024-05-01", "2024-05-01T00:00:00Z "],
)
def test_dates_are_read_with_any_offset_and_any_number_of_decimals(text: str) -> None:
    assert date_text(date(text, "f")) == "2024-05-01T00:00:00Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "99999-01-01", "0001-01-01T00:00:00+14:00x"])
def test_what_is_not_a_date_names_the_field(text: str) -> None:
    with pytest.raises(Invalid, match=r"^endDate: "):
        date(text, "endDate")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "00:00:00"),
        (1684 * SECOND, "00:28:04"),
        (30 * 3600 * SECOND, "1.06:00:00"),
        (1_500_000, "00:00:01.5000000"),
    ],
)
def test_durations_are_written_as_dotnet_writes_them(duration: int, text: str) -> None:
    assert timespan_text(duration) == text
    assert timespan(text, "f") == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.10:00:00", 36_000), ("10:00:00", 36_000), ("30:00:00", 108_000), ("-00:00:01", -1)],
)
def test_durations_are_read_as_clients_write_them(text: str, seconds: int) -> None:
    assert timespan(text, "f") == seconds * SECOND


@given(st.integers(0, 10**18))
def test_a_duration_survives_being_written(duration: int) -> None:
    assert timespan(timespan_text(duration), "f") == duration


@pytest.mark.parametrize("text", ["", "1", "1:2", "a:b:c", "1:2:3:4", "١:٠٠:٠٠"])
def test_what_is_not_a_duration_names_the_field(text: str) -> None:
    with pytest.raises(Invalid, match=r"^completionTimeToLive: "):
        timespan(text, "completionTimeToLive")
