import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.errors import Invalid
from stokehold.domain.patterns import Glance, check, matcher, plain, required, selection


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("_c.h5", "out/u3_c.h5"),
        (r"processor\d+", "run/processor12/U"),
        (r"^(file1|file2|.*\.txt)$", "a/b.txt"),
        ("(?i)lorem", "LOREM.TXT"),
        (r"(?<name>a+)\.csv", "aa.csv"),
        (r"my\ file\#1", "my file#1"),
        (r"a.*?b", "axxb"),
        ("é", "été.txt"),
        ("[-[]", "-"),
        ("[]-]", "]"),
        (r"[a\-[]", "["),
        (r"\[a-[b]", "[a-b"),
        (r"\Q[a-[\E", "[a-["),
    ],
)
def test_what_clients_send_is_searched_unanchored(pattern: str, path: str) -> None:
    check("resultsWhitelist", pattern)
    assert matcher(pattern)(path)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)", "(?<!a)b", r"(a)\1", "(?>a)", "a++", r"a\Z", "(?x) a", r"\p{IsGreek}", "a{1001}", "(",
        ")", "[z-a]", "*", "\\", "[a-z-[aeiou]]", "[^a-z-[aeiou]]", r"[\w-[\d]]", "[]a-[b]]",
        r"((\pL{50}){10}){2}", "\ud800", "[a-z-[:alpha:]]",
    ],
)  # fmt: skip
def test_what_re2_cannot_do_is_refused_with_the_field(pattern: str) -> None:
    with pytest.raises(Invalid) as caught:
        check("resultsWhitelist", pattern)
    assert caught.value.field == "resultsWhitelist"
    assert caught.value.message.startswith("resultsWhitelist: ")
    assert len(caught.value.message) < 300


def test_a_pattern_has_fewer_than_2048_characters() -> None:
    check("f", "x" * 2047)
    with pytest.raises(Invalid, match="2048"):
        check("f", "x" * 2048)


def test_placeholders_are_checked_as_plain_letters() -> None:
    check("f", r"^out_${INSTANCE_ID}[${A.b-c}]\.csv$")
    with pytest.raises(Invalid):
        check("f", "(${INSTANCE_ID}")


def test_whitelist_then_blacklist() -> None:
    keep = selection(r"\.h5$", "tmp/")
    assert [p for p in ("a.h5", "tmp/a.h5", "a.txt") if keep(p)] == ["a.h5"]


def test_an_empty_filter_filters_nothing() -> None:
    assert selection("", "")("anything")
    assert selection(None, None)("anything")
    assert not selection("", "any")("anything")


def test_a_constant_that_breaks_the_pattern_is_the_users_mistake() -> None:
    with pytest.raises(Invalid) as caught:
        selection("out(", "")
    assert caught.value.field == "whitelist"


def test_a_hostile_pattern_does_not_stop_the_server() -> None:
    began = time.perf_counter()
    assert not matcher("(a+)+$")("a" * 5000 + "!")
    assert time.perf_counter() - began < 30  # milliseconds where each letter is read once, else for ever


def test_names_that_are_not_unicode_are_matched_anyway() -> None:
    assert matcher(r"\.txt$")("caf\udce9.txt")


def test_a_bad_pattern_logs_nothing() -> None:
    code = (
        "from stokehold.domain.patterns import check\n"
        "try: check('f', '(?=a)')\n"
        "except Exception: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("frame-0042", ["frame-0042"]),
        (r"^render.*frame\-42$", ["frame-42", "render"]),
        (r"colou?r_red", ["r_red", "colo"]),
        (r"ab*cd{2}efg", ["efg", "a", "c"]),
        (r"[abc]de[^]]f", ["de", "f"]),
        (r"\d+\.tif", [".tif"]),
        (r"[[:alpha:]x]yz", ["yz"]),
        ("a|b", []),
        ("(?i)abc", []),
        ("(abc)?", []),
        (r"\x41bc", []),
        (r"\pLbc", []),
        ("a{3}", []),
        ("^$", []),
        ("", []),
    ],
)
def test_what_every_match_holds_is_told_at_a_glance(pattern: str, parts: list[str]) -> None:
    found = required(pattern).parts
    assert sorted(found) == sorted(parts)
    assert found[:1] == tuple(parts[:1])


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("[fF][oO][lL][dD]", ["fold"]),
        ("[Ff]old-42", ["fold-42"]),
        ("[eE]té[sS]", ["et", "s"]),
        (r"\[[aA]]b", ["[a", "b"]),
        ("[aA]*b", ["b"]),
        ("[aA](b)", []),
    ],
)
def test_letters_in_both_cases_are_told_in_small_ones(pattern: str, parts: list[str]) -> None:
    assert required(pattern) == Glance(tuple(parts), lowered=True)


@pytest.mark.parametrize(
    ("pattern", "end"),
    [
        (r"render.*77$", "77"),
        ("ab$", "ab"),
        ("ab", ""),
        (r"ab\$", ""),
        ("ab+$", ""),
        ("ab[c]$", ""),
        ("ab.$", ""),
        ("(ab)$", ""),
        ("[aA]b$", ""),
        ("$", ""),
        ("a$b$", "b"),
    ],
)
def test_what_is_at_the_end_is_told(pattern: str, end: str) -> None:
    assert required(pattern).end == end


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("frame-0421", Glance(("frame-0421",))),
        (r"frame\-0421\.é", Glance(("frame-0421.é",))),
        (r"[sS][eE]\-1", Glance(("se-1",), lowered=True)),
        ("[sS]e", None),
        ("[sS]é", None),
        ("[sS]1.", None),
        ("^a", None),
        ("a$", None),
        (r"a\d", None),
        (r"a\(", None),
        ("(a)", None),
        ("", None),
    ],
)
def test_a_pattern_that_is_but_a_text_is_known(pattern: str, found: Glance | None) -> None:
    assert plain(pattern) == found


PIECES = [
    "a",
    "b",
    "-",
    ".",
    "[ab]",
    "[aA]",
    "[Bb]",
    "[[aA]",
    "[^a]",
    "[]a]",
    r"\d",
    r"\.",
    r"\w",
    "é",
    "^",
    "$",
    "a*",
    "b?",
    "ab+",
    "a{2}",
    "b{0,1}",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text("abAB[-.1é", max_size=12))
def test_what_is_told_is_in_everything_that_is_found(pattern: str, text: str) -> None:
    if matcher(pattern)(text):
        parts, lowered, end = required(pattern)
        told = "".join(c.lower() if c.isascii() else c for c in text) if lowered else text
        assert all(part in told for part in parts)
        assert text.endswith(end)


@given(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), st.text("abAB[-.1é", max_size=12))
def test_what_a_plain_pattern_finds_is_what_holds_its_text(pattern: str, text: str) -> None:
    glance = plain(pattern)
    if glance is not None:
        told = "".join(c.lower() if c.isascii() else c for c in text) if glance.lowered else text
        assert matcher(pattern)(text) == (glance.parts[0] in told)
