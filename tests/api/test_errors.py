import json

import pytest
from starlette.exceptions import HTTPException

from scripts import errors as page
from stokehold.api.errors import STATUS, TooLarge, WrongMethod, message, render, status
from stokehold.domain import errors
from stokehold.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotBuilt,
    NotFound,
    StorageFull,
    Unauthorized,
)

RETRIED = {429, 500, 502, 503, 504}

EVERY = [
    (Invalid("name", "is required"), 400),
    (Unauthorized(), 401),
    (Forbidden(), 403),
    (NotFound(), 404),
    (WrongMethod("no", ["GET"]), 405),
    (Conflict(), 409),
    (TooLarge(), 413),
    (NotBuilt(), 501),
    (StorageFull(), 507),
    (HTTPException(400, "no"), 400),
    (RuntimeError("secret"), 500),
]


@pytest.mark.parametrize(("error", "code"), EVERY)
def test_every_error_has_one_status_and_one_shape(error: Exception, code: int) -> None:
    response = render(error)
    assert response.status_code == code
    assert response.headers["content-type"] == "application/json"
    assert json.loads(bytes(response.body)) == {"message": message(error)}


def test_every_error_of_the_domain_is_in_the_table() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.StokeholdError)]
    assert [k for k in kinds if k is not errors.StokeholdError and k not in STATUS] == []


def test_no_expected_error_makes_clients_try_again() -> None:
    assert RETRIED.isdisjoint(STATUS.values())


def test_an_error_that_nobody_thought_of_keeps_its_words_to_itself() -> None:
    assert status(RuntimeError("secret")) == 500
    assert "secret" not in message(RuntimeError("secret"))


def test_the_page_about_errors_is_current() -> None:
    assert page.PAGE.read_text() == page.render(), "run `make docs`"
