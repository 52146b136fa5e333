import pytest
from sqlalchemy import select

from stokehold.domain.errors import Conflict
from stokehold.store import accounts
from stokehold.store.database import Database
from stokehold.store.schema import accounts as table
from stokehold.store.vault import Vault

VAULT = Vault(b"k" * 32)


def create(database: Database, email: str = "a@b", token: str = "t0ken") -> accounts.Account:
    return database.write_now(accounts.create, VAULT, email, token, 7)


def test_an_account_is_found_by_its_token_and_by_its_email(database: Database) -> None:
    made = create(database)
    assert (made.email, made.created_at) == ("a@b", 7)
    assert database.read_now(accounts.by_token, "t0ken") == made
    assert database.read_now(accounts.by_email, "a@b") == made


def test_an_account_is_an_operator_only_when_it_is_made_one(database: Database) -> None:
    assert not create(database).operator
    assert database.write_now(lambda c: accounts.create(c, VAULT, "o@p", "0", 0, operator=True)).operator
    assert database.read_now(accounts.by_token, "0").operator


@pytest.mark.parametrize("token", ["", "T0KEN", "t0ken ", "é\x01"])
def test_another_token_finds_nobody(database: Database, token: str) -> None:
    create(database)
    assert database.read_now(accounts.by_token, token) is None
    assert database.read_now(accounts.by_email, token) is None


def test_an_email_is_used_once(database: Database) -> None:
    create(database)
    with pytest.raises(Conflict, match="a@b"):
        create(database, token="other")
    assert create(database, "c@d", "other").id != create(database, "e@f", "third").id


def test_a_token_is_not_in_the_database_in_clear(database: Database) -> None:
    create(database)
    assert "t0ken" not in str(database.read_now(lambda conn: conn.execute(select(table)).all()))


def test_the_storage_secret_of_an_email_is_its_token(database: Database) -> None:
    made = create(database)
    assert database.read_now(accounts.storage_secret, VAULT, "a@b") == (made.id, "t0ken")
    assert database.read_now(accounts.storage_secret, VAULT, "x@y") is None


def test_internal_keys_sign_for_one_account_and_survive_a_restart(database: Database) -> None:
    key, secret = accounts.signer(VAULT, 12)
    assert database.read_now(accounts.storage_secret, VAULT, key) == (12, secret)
    assert accounts.signer(Vault(b"k" * 32), 12) == (key, secret)
    assert accounts.signer(VAULT, 13)[1] != secret
    assert accounts.signer(Vault(b"x" * 32), 12)[1] != secret


@pytest.mark.parametrize("key", ["lease.", "lease.x", "lease.-1", "lease.٣", "lease." + "9" * 5000])
def test_a_key_that_is_almost_internal_is_nobodys(database: Database, key: str) -> None:
    assert database.read_now(accounts.storage_secret, VAULT, key) is None
