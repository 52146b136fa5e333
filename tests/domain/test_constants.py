"""The replacement of `${KEY}`."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.constants import LARGEST, resolve, substitute
from stokehold.domain.errors import Invalid


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
    begun = time.monotonic()
    with pytest.raises(Invalid, match=str(LARGEST)):
        resolve(doubling | {"K30": "x" * 10})
    resolve(doubling | {"K30": ""})
    circle = {f"K{i}": "".join(f"${{K{j}}}" for j in range(40)) for i in range(40)}
    with pytest.raises(Invalid):
        resolve(circle)
    assert time.monotonic() - begun < 2


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
