from datetime import UTC, datetime

import pytest

from stokehold.cli.durations import duration
from stokehold.client.errors import BadInput

NOW = datetime(2026, 5, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2", "2.00:00:00"),
        ("1.06", "1.06:00:00"),
        ("1.06:30", "1.06:30:00"),
        ("1.06:30:05", "1.06:30:05"),
        ("06:30", "0.06:30:00"),
        ("30:00:01", "1.06:00:01"),
        ("2026/05/31", "0.12:00:00"),
        ("2026/06/01 13:00:00", "2.01:00:00"),
    ],
)
def test_a_length_of_time_is_read_as_the_vendor_writes_it(text: str, told: str) -> None:
    assert duration(text, NOW) == told


@pytest.mark.parametrize("text", ["", "soon", "0", "00:00:00", "2026/05/01", "1.", "-1"])
def test_what_is_no_time_to_come_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no time to come"):
        duration(text, NOW)
