import pytest

from stokehold.cli.pairs import listed, pairs
from stokehold.client.errors import BadInput


def test_a_value_may_hold_the_sign_and_be_empty() -> None:
    assert pairs("--constant", ["A=b=c", "B="]) == {"A": "b=c", "B": ""}
    assert listed({"A": "1"}) == [{"key": "A", "value": "1"}]


@pytest.mark.parametrize("text", ["A", "=1", ""])
def test_a_pair_without_a_key_or_a_value_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="KEY=VALUE"):
        pairs("--constant", [text])
