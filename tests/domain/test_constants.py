"""The replacement of `${KEY}`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.constants import LARGEST, refuse_cycles, resolve, substitute
from stokehold.domain.errors import Invalid
from tests.domain.effort import calls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no reference", "no reference"),
        ("node ${ID}!", "node 7!"),
        ("${ID}${ID}", "77"),
        ("$ID", "$ID"),
        ("${UNDEFINED}", "${UNDEFINED}"),
        ("${ID:-0}", "${ID:-0}"),
        ("${}", "${}"),
        ("${ID", "${ID"),
        ("${${ID}}", "${7}"),
        ("$${ID}", "$7"),
        ("${OUTER}", "<in 7>"),
        ("${EMPTY}.", "."),
    ],
)
def test_references_are_replaced_and_all_else_stays(text: str, expected: str) -> None:
    constants = {"ID": "7", "OUTER": "<${INNER}>", "INNER": "in ${ID}", "EMPTY": ""}
    assert substitute(text, constants) == expected


def test_a_reference_that_leads_back_to_itself_stays_as_written() -> None:
    assert resolve({"DOCKER_WORKDIR": "${DOCKER_WORKDIR}"}) == {"DOCKER_WORKDIR": "${DOCKER_WORKDIR}"}
    assert resolve({"A": "a${B}", "B": "b${A}"}) == {"A": "ab${A}", "B": "ba${B}"}


@pytest.mark.parametrize(
    ("constants", "way"),
    [
        ({"A": "${A}"}, "A → A"),
        ({"A": "x ${B}", "B": "${C} ${D}", "C": "", "D": "${B}"}, "B → D → B"),
        ({f"K{i}": f"${{K{(i + 1) % 150}}}" for i in range(150)}, "K0 → K1 → K2"),
    ],
)
def test_a_constant_that_refers_to_itself_is_refused_and_its_way_named(
    constants: dict[str, str], way: str
) -> None:
    with pytest.raises(Invalid) as caught:
        refuse_cycles(constants)
    assert caught.value.field == "constants"
    assert way in caught.value.message


@pytest.mark.parametrize(
    "constants",
    [
        {},
        {"A": "${UNDEFINED} $A ${A:-x}"},
        {"A": "${B}${C}", "B": "${D}", "C": "${D}${D}", "D": "d"},
        {f"K{i}": "".join(f"${{K{j}}}" for j in range(i + 1, 150)) for i in range(150)},
    ],
)
def test_references_that_end_somewhere_are_fine(constants: dict[str, str]) -> None:
    references = sum(value.count("${") for value in constants.values())
    assert calls(lambda: refuse_cycles(constants)) < 10 * (references + 10), "each is followed once"


@given(st.dictionaries(st.sampled_from("ABCDE"), st.text("${}ABCDEx", max_size=12)))
def test_without_cycles_no_reference_to_a_constant_is_left(constants: dict[str, str]) -> None:
    try:
        refuse_cycles(constants)
    except Invalid:
        assert any(f"${{{key}}}" in value for key in constants for value in constants.values())
    else:
        written = [value.replace("${", "").replace("}", "") for value in constants.values()]
        if not any("$" in value or "{" in value for value in written):  # no pieces that make a new reference
            assert not any(f"${{{key}}}" in v for key in constants for v in resolve(constants).values())


@given(st.permutations(["A", "B", "C", "D", "E"]))
def test_the_order_of_the_constants_does_not_matter(order: list[str]) -> None:
    constants = {"A": "${B}${C}", "B": "${A}x", "C": "${D}", "D": "d${E}", "E": "${C}"}
    assert resolve({key: constants[key] for key in order}) == resolve(constants)


def test_a_chain_deeper_than_the_limit_is_left_and_ends() -> None:
    chain = {f"K{i}": f"${{K{i + 1}}}" for i in range(200)} | {"K200": "end"}
    resolved = resolve(chain)
    assert resolved["K190"] == "end"
    assert resolved["K0"].startswith("${K")


def test_a_value_that_would_explode_is_refused_at_once() -> None:
    doubling = {f"K{i}": f"${{K{i + 1}}}" * 10 for i in range(30)}
    circle = {f"K{i}": "".join(f"${{K{j}}}" for j in range(40)) for i in range(40)}

    def attempt() -> None:
        with pytest.raises(Invalid, match=str(LARGEST)):
            resolve(doubling | {"K30": "x" * 10})
        resolve(doubling | {"K30": ""})
        with pytest.raises(Invalid):
            resolve(circle)

    assert calls(attempt) < 100_000


@given(
    st.dictionaries(st.sampled_from("ABCDE"), st.text("${}ABCDEx", max_size=12)),
    st.text("${}ABCDEx", max_size=12),
)
def test_resolving_and_substituting_agree(constants: dict[str, str], text: str) -> None:
    try:
        resolved = resolve(constants)
    except Invalid:
        return
    for key in constants:
        if "${" + key not in resolved[key]:
            assert substitute("${" + key + "}", constants) == resolved[key]
    assert isinstance(substitute(text, constants), str)
