from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.platform.structured import (
    InnerList,
    Item,
    MalformedField,
    Token,
    parse_dictionary,
    serialise,
)

KEYS = st.text("abcdefghijklmnop", min_size=1, max_size=5)
BARE = (
    st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.text(string.ascii_letters + string.digits + ' "\\:;,()=', max_size=10)
    | st.binary(max_size=20)
)
PARAMETERS = st.dictionaries(KEYS, BARE, max_size=3).map(lambda found: tuple(found.items()))
ITEMS = st.builds(Item, BARE, PARAMETERS)
MEMBERS = ITEMS | st.builds(InnerList, st.lists(ITEMS, max_size=3).map(tuple), PARAMETERS)


@given(st.dictionaries(KEYS, MEMBERS, min_size=1, max_size=3))
def test_what_is_written_is_read_back(members: dict[str, Item | InnerList]) -> None:
    text = ", ".join(f"{key}={serialise(value)}" for key, value in members.items())
    assert parse_dictionary(text) == members


@given(st.text(max_size=30))
def test_nonsense_is_refused_or_read_but_never_crashes(text: str) -> None:
    try:
        found = parse_dictionary(text)
    except MalformedField:
        return
    assert all(isinstance(key, str) for key in found)


@pytest.mark.parametrize(
    "text",
    [
        "Seal=1",
        "a=",
        "a=(",
        "a=(1",
        'a=("x""y")',
        "a=1,",
        "a=1 b=2",
        'a="x',
        "a=:?:",
        "a=:abc:",
        "a=?2",
        "a=1.5",
        "a=1;",
        "a=é",
        "a=" + "1" * 16,
        "a=:" + "A" * 9000 + ":",
    ],
)
def test_what_rfc_8941_forbids_is_refused(text: str) -> None:
    with pytest.raises(MalformedField):
        parse_dictionary(text)


def test_flags_tokens_and_repeated_keys() -> None:
    found = parse_dictionary('a, b=tok;x, a=("s";req;key="seal" 2)')
    assert found["b"] == Item(Token("tok"), (("x", True),))
    assert found["a"] == InnerList((Item("s", (("req", True), ("key", "seal"))), Item(2)))
