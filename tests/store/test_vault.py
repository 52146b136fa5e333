import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from stokehold.store.vault import Vault

VAULT = Vault(b"k" * 32)


@given(st.text())
def test_what_is_sealed_opens_with_the_same_key(text: str) -> None:
    assert Vault(b"k" * 32).open(VAULT.seal(text)) == text


def test_one_text_is_sealed_differently_each_time() -> None:
    assert VAULT.seal("x") != VAULT.seal("x")
    assert b"secret" not in VAULT.seal("secret")


@pytest.mark.parametrize("place", [0, 12, -1])
def test_what_was_changed_does_not_open(place: int) -> None:
    sealed = bytearray(VAULT.seal("secret"))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        VAULT.open(bytes(sealed))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(InvalidTag):
        Vault(b"x" * 32).open(VAULT.seal("secret"))


def test_what_belongs_elsewhere_does_not_open() -> None:
    sealed = VAULT.seal("secret", "task 1")
    assert VAULT.open(sealed, "task 1") == "secret"
    for bound in ("", "task 2"):
        with pytest.raises(InvalidTag):
            VAULT.open(sealed, bound)


def test_a_fleeting_vault_shares_its_key_with_nobody() -> None:
    with pytest.raises(InvalidTag):
        Vault.fleeting().open(Vault.fleeting().seal("secret"))


def test_derived_secrets_follow_from_key_and_purpose_alone() -> None:
    assert VAULT.derive("a") == Vault(b"k" * 32).derive("a")
    assert len({VAULT.derive("a"), VAULT.derive("b"), Vault(b"x" * 32).derive("a")}) == 3
