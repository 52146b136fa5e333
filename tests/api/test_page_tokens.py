import pytest

from stokehold.api.page_tokens import seal, unseal
from stokehold.domain.errors import Invalid
from stokehold.store.orders import Order


@pytest.mark.parametrize(
    ("order", "place"),
    [
        (Order(), [5, 7]),
        (Order("name", False), ["é\n", 5, 7]),
        (Order("state"), ["Success", 5, 7]),
        (Order("executiontime"), [2**60, 5, 7]),
    ],
)
def test_a_place_survives_the_way_to_the_client_and_back(order: Order, place: list[object]) -> None:
    token = seal(order, place)
    assert token.isascii()
    assert not set(token) & set("\n= ")
    assert unseal(token, None) == (order, place)
    assert unseal(token, order) == (order, place)


def test_a_token_of_another_order_is_refused() -> None:
    with pytest.raises(Invalid, match="another order"):
        unseal(seal(Order(), [5, 7]), Order("name"))


@pytest.mark.parametrize(
    "token",
    [
        "garbage!",
        "e30",
        "é",
        "",
        seal(Order(), [5]),
        seal(Order(), ["x", 7]),
        seal(Order(), [True, 7]),
        seal(Order(), [2**63, 7]),
        seal(Order("name"), ["a\0", 5, 7]),
        seal(Order("name"), [5, 7]),
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Invalid, match="nextToken"):
        unseal(token, None)
