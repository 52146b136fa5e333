"""Secret constants: which they are, what is shown instead, and what is left of a sentence that holds one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Failure, Faults, Invalid
from stokehold.domain.secret import FORCED, conceal, conceal_all, is_secret, plain_name, redact
from stokehold.domain.task import ForcedConstant, KeyValue, Spec


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("QARNOT_SECRET_A", True),
        ("QARNOT_SECRET__A", True),
        ("QARNOT_SECRET_", True),
        ("QARNOT_SECRET", False),
        ("MY_QARNOT_SECRET_A", False),
        ("qarnot_secret_a", False),
    ],
)
def test_the_name_makes_a_constant_a_secret(key: str, secret: bool) -> None:
    assert is_secret(key) is secret


@pytest.mark.parametrize("key", ["QARNOT_SECRET_DOCKER_TAG", "QARNOT_SECRET__DOCKER_TAG"])
def test_one_underscore_or_two_stand_before_the_name_of_a_plain_constant(key: str) -> None:
    assert plain_name(key) == "DOCKER_TAG"


def test_secrets_are_taken_out_and_everything_else_stays() -> None:
    constants = [KeyValue("QARNOT_SECRET_A", "hunter2"), KeyValue("B", "[SECRET]"), KeyValue("C", "1")]
    shown, values = conceal(constants, {})
    assert [c.value for c in shown] == ["[SECRET]", "[SECRET]", "1"]
    assert values == {"QARNOT_SECRET_A": "hunter2"}


def test_what_was_shown_stands_for_what_is_kept() -> None:
    sent = [KeyValue("QARNOT_SECRET_A", "[SECRET]"), KeyValue("QARNOT_SECRET_B", "new")]
    _, values = conceal(sent, {"QARNOT_SECRET_A": "old", "QARNOT_SECRET_B": "old", "QARNOT_SECRET_C": "old"})
    assert values == {"QARNOT_SECRET_A": "old", "QARNOT_SECRET_B": "new"}


def test_what_stands_for_nothing_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        conceal([KeyValue("A", "1"), KeyValue("QARNOT_SECRET_A", "[SECRET]")], {})
    assert caught.value.field == "constants[1].value"


def test_a_forced_secret_is_one_beside_the_tasks_own() -> None:
    spec = Spec(
        name="n",
        constants=[KeyValue("QARNOT_SECRET_A", "own")],
        forced_constants=[ForcedConstant("QARNOT_SECRET_A", "forced"), ForcedConstant("QARNOT_SECRET_B")],
    )
    values = conceal_all(spec, {})
    assert values == {"QARNOT_SECRET_A": "own", f"{FORCED}QARNOT_SECRET_A": "forced"}
    assert [f.forced_value for f in spec.forced_constants] == ["[SECRET]", None]
    assert spec.constants == [KeyValue("QARNOT_SECRET_A", "[SECRET]")]


SECRETS = ["hunter2", "two words", 'quo"te', "it's", "back\\slash", "p@ss(w)ord+$", "é\n"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_sentence_that_quotes_a_secret_loses_it(secret: str) -> None:
    failure = Failure.of(Faults.COMMAND_NOT_FOUND, command=f"/bin/{secret}", debug=f"no {secret} there")
    seen = redact(failure, [secret])
    for form in (secret, secret.strip(), repr(secret)[1:-1]):
        assert form not in seen.message + seen.debug
    assert "[SECRET]" in seen.message
    assert "/bin/[SECRET]" in seen.message


def test_quotation_marks_beside_a_secret_do_not_save_it() -> None:
    failure = Failure.of(Faults.COMMAND_NOT_FOUND, command='"it\'s"')
    assert "it" not in redact(failure, ["it's"]).message.removesuffix(failure.message[-70:])


def test_a_secret_that_a_command_line_was_split_at_is_gone_in_each_piece() -> None:
    failure = Failure.of(Faults.COMMAND_NOT_FOUND, command="hunter", debug="two")
    assert "hunter" not in redact(failure, ["hunter 'two'"]).message


def test_a_short_secret_leaves_the_words_that_contain_it() -> None:
    failure = Failure.of(Faults.IMAGE_UNAVAILABLE, image="x/e:e", reason="there is none")
    seen = redact(failure, ["e"])
    assert "x/[SECRET]:[SECRET]" in seen.message
    assert "there is none" in seen.message


def test_a_sentence_of_our_own_numbers_is_left_alone() -> None:
    failure = Failure.of(Faults.EXIT_CODE, code=7)
    assert redact(failure, ["7", "exit code"]) == failure


def test_no_secrets_and_empty_ones_change_nothing() -> None:
    failure = Failure.of(Faults.BAD_COMMAND, reason="it is empty")
    assert redact(failure, []) == redact(failure, [""]) == failure


TEXT = "xyz '\"\\\n0é"  # nothing of [SECRET] itself


@given(st.text(TEXT, min_size=4), st.text(TEXT), st.text(TEXT))
def test_whatever_it_is_a_secret_is_never_whole_in_a_sentence(secret: str, before: str, after: str) -> None:
    assert secret not in redact(Failure("STK4004", before + secret + after), [secret]).message
