"""Generated messages are what they claim to be, and the same for the same seed."""

from __future__ import annotations

import contextlib
import json
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fixtures.synthetic import world
from lab.kit import Draft, Generated, Reply, Sut, SyntheticData
from lab.kit.signals import HarnessProblem
from lab.model.base import JsonValue
from suites.contract.conformance import BOUNDARIES, Exercise, Message
from suites.contract.recipes import RECIPES
from suites.contract.spoiling import spoiled_messages, spoiled_values
from suites.contract.unfolding import (
    allows_text,
    bad_bodies,
    bad_paths,
    content_schema,
    good_bodies,
    good_boundaries,
    is_valid,
    mix,
    parameters,
    path_schema,
    required_headers,
    spoiled_bodies,
    whole,
)
from suites.property.repetition import same_bytes
from suites.security.tampering import duplicate_member, target_changed_after_seal
from tests.unit.kit.support import a_reply, a_session, an_expect

HONEST_PRICE = {
    "patient": {"type": "NC", "value": "9900000013"},
    "centreKind": {"kind": "pharmacy", "sector": "private"},
    "items": [
        {
            "itemId": "1",
            "code": {"system": "urn:ir:x:y", "code": "99012", "display": "losartan"},
            "quantity": 60,
            "unitPrice": 1900,
        }
    ],
}


def drawn(strategy: st.SearchStrategy[JsonValue], count: int = 12) -> list[JsonValue]:
    values: list[JsonValue] = []

    @seed(11)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(value: JsonValue) -> None:
        values.append(value)

    take()
    return values


@pytest.mark.parametrize("name", [one.name for one in RECIPES.values() if one.free])
def test_messages_at_the_bounds_exist_and_are_few(name: str) -> None:
    free = RECIPES[name].free
    every, some = good_boundaries(name, free, 1000), good_boundaries(name, free, BOUNDARIES)
    assert every
    assert 0 < len(some) <= BOUNDARIES
    assert [body for body in some if body not in every] == []


def test_both_ends_of_a_text_are_at_the_bounds() -> None:
    recipe = RECIPES["answerQuestion"]
    texts = {len(body["text"]) for body in good_boundaries(recipe.name, recipe.free, 1000)}
    schema = content_schema(recipe.name)
    longest = max(texts)
    assert is_valid(recipe.name, schema, {"text": "0" * longest})
    assert not is_valid(recipe.name, schema, {"text": "0" * (longest + 1)})
    assert min(texts) == 1


def test_what_the_second_validator_allows_is_never_sent_as_bad() -> None:
    sent: list[JsonValue] = []

    class Product:
        def call(self, _operation: str, **parts: JsonValue) -> Reply:
            sent.append(parts["body"])
            return a_reply(400, b'{"code": "SCHEMA_VIOLATION"}')

    session = a_session()
    exercise = Exercise(
        RECIPES["price"],
        cast("Sut", Product()),
        SyntheticData(session, world()),
        an_expect(session),
        Generated(session),
    )
    exercise._bad_body(Message(body=HONEST_PRICE), HONEST_PRICE)
    assert sent == []
    with contextlib.suppress(LookupError, HarnessProblem):
        exercise._bad_body(Message(body=HONEST_PRICE), {**HONEST_PRICE, "items": 7})
    assert [body["items"] for body in sent] == [7]


def test_price_messages_with_generated_members_are_valid() -> None:
    free = RECIPES["price"].free
    for made in drawn(good_bodies("price", free)):
        assert is_valid("price", content_schema("price"), mix(HONEST_PRICE, made, free))


def differences(honest: JsonValue, spoiled: JsonValue, place: str = "") -> list[str]:
    if type(honest) is type(spoiled) is dict:
        names = sorted({*honest, *spoiled})
        return [
            one
            for name in names
            for one in (
                differences(honest[name], spoiled[name], f"{place}/{name}")
                if name in honest and name in spoiled
                else [f"{place}/{name}"]
            )
        ]
    if type(honest) is type(spoiled) is list and len(honest) == len(spoiled):
        return [
            one
            for number, (left, right) in enumerate(zip(honest, spoiled, strict=True))
            for one in differences(left, right, f"{place}/{number}")
        ]
    return [] if honest == spoiled and type(honest) is type(spoiled) else [place]


def test_a_spoiled_message_has_one_mistake_and_differs_from_every_other() -> None:
    spoiled = spoiled_messages("price", HONEST_PRICE)
    assert {len(differences(HONEST_PRICE, body)) for body in spoiled} == {1}
    assert len({json.dumps(body, sort_keys=True) for body in spoiled}) == len(spoiled)
    assert not any(is_valid("price", content_schema("price"), body) for body in spoiled)


def test_members_are_dropped_retyped_moved_out_of_bounds_and_added() -> None:
    spoiled = spoiled_messages("price", HONEST_PRICE)
    items = [body["items"] for body in spoiled if isinstance(body, dict) and "items" in body]
    first = [rows[0] for rows in items if isinstance(rows, list) and rows]
    first = [row for row in first if isinstance(row, dict)]
    assert any(isinstance(body, dict) and "patient" not in body for body in spoiled)
    assert None in items
    assert [] in items
    assert any("unknownMember" in row for row in first)
    assert {-1, 0} & {row["quantity"] for row in first if isinstance(row.get("quantity"), int)}
    assert HONEST_PRICE not in spoiled


def test_a_body_without_members_is_retyped_and_none_at_all_is_left_alone() -> None:
    assert 7 in spoiled_messages("confirmDispense", {})
    assert {} not in spoiled_messages("confirmDispense", {})


def test_listed_bodies_are_bad_for_both_validators_and_come_once() -> None:
    listed = spoiled_bodies("price")
    assert len(listed) > 50
    assert len({json.dumps(body, sort_keys=True) for body in listed}) == len(listed)
    assert not any(is_valid("price", content_schema("price"), body) for body in listed)


def test_most_bad_bodies_are_really_bad() -> None:
    bodies = drawn(bad_bodies("price", RECIPES["price"].free, HONEST_PRICE))
    refused = [body for body in bodies if not is_valid("price", content_schema("price"), body)]
    assert len(refused) >= len(bodies) * 0.7


def test_the_same_seed_draws_the_same_bodies() -> None:
    def draw() -> list[JsonValue]:
        return drawn(bad_bodies("price", RECIPES["price"].free, HONEST_PRICE))

    assert draw() == draw()


def test_bad_paths_do_not_match_the_published_pattern() -> None:
    name, schema = path_schema("getPrescription") or ("", {})
    assert name == "prescriptionId"
    for value in drawn(bad_paths("getPrescription")):
        assert not is_valid("getPrescription", schema, value)


UUID = "0c5f6a3e-8f5b-4a53-9a11-6d6f3b0f2a10"


def test_bad_values_of_an_address_stay_close_to_the_honest_one() -> None:
    listed = spoiled_values("getPrescription", "path", "prescriptionId", UUID)
    assert {UUID[:-1], f"{UUID}0", f"{UUID}!", f" {UUID}", UUID.upper()} <= set(listed)
    assert UUID not in listed
    assert len(set(listed)) == len(listed)


def test_a_number_in_an_address_may_be_written_with_digits() -> None:
    schema = parameters("irimc.listMemberChanges", "query")["after"]
    assert allows_text("irimc.listMemberChanges", schema, "12")
    listed = spoiled_values("irimc.listMemberChanges", "query", "after", None)
    assert {"-1", "1000000001", "1.5", "۱۲"} <= set(listed)
    assert not [text for text in listed if text.isascii() and text.isdigit() and len(text) < 10]


def test_signed_bodies_are_unfolded_to_their_content() -> None:
    assert content_schema("registerPrescription") == {
        "$ref": "#/components/schemas/PrescriptionDocument"
    }
    assert content_schema("getPrescription") is None
    with pytest.raises(LookupError, match="nonsense"):
        content_schema("nonsense")


def test_required_headers_come_from_the_contract() -> None:
    assert {"etag", "location"} <= set(required_headers("registerPrescription", 201))


def test_mixing_takes_free_members_only() -> None:
    honest = {"keep": 1, "note": "old", "rows": [{"id": "a", "x": 1}, {"id": "b", "x": 2}]}
    made = {"keep": 9, "rows": [{"id": "z", "x": 7}]}
    assert mix(honest, made, ("note", "rows/x")) == {
        "keep": 1,
        "rows": [{"id": "a", "x": 7}, {"id": "b", "x": 7}],
    }
    assert honest["note"] == "old"


def test_whole_numbers_are_written_as_integers() -> None:
    assert repr(whole({"a": [30.0, 0.5, True]})) == "{'a': [30, 0.5, True]}"


def _draft(body: bytes) -> Draft:
    return Draft("POST", "https://x/purchaser/v1/price", "/purchaser/v1/price", body=body)


def test_same_bytes_repeats_the_first_body() -> None:
    mutation = same_bytes()
    first, second = _draft(b"one"), _draft(b"two")
    mutation.change(first)
    mutation.change(second)
    assert (first.body, second.body) == (b"one", b"one")


def test_a_member_is_written_twice() -> None:
    draft = _draft(b'{"patient":1}')
    duplicate_member("patient").change(draft)
    assert draft.body == b'{"patient":"AA","patient":1}'


def test_the_sealed_target_differs_from_the_address() -> None:
    draft = _draft(b"")
    target_changed_after_seal("/claims/1").change(draft)
    assert draft.target == "/purchaser/v1/claims/1"
    assert draft.header("ditas-target") == draft.target
    assert draft.url.endswith("/price")
