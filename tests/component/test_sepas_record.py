"""The record: documents in once, history and summary out of the stored documents."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from reference_impl.sepas import store
from tests.component.bench import REASONS
from tests.component.record_bench import RecordBench, keys, payload_of, record_bench


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def history(table: RecordBench, person: str = "P01", **more: Any) -> list[dict[str, Any]]:
    answered = table.ask("history", person, hid=table.hid(person), **more)
    assert answered.status == 200, answered.json
    entries: list[dict[str, Any]] = answered.json["entries"]
    return entries


def summary(table: RecordBench, person: str = "P01", insurer: str = "1") -> Any:
    answered = table.ask("summary", person, hid=table.hid(person, insurer))
    assert answered.status == 200, answered.json
    return answered.json


def amendment(table: RecordBench, payload: Any, prescription: str, version: int) -> dict[str, Any]:
    return {
        **payload,
        "documentId": str(uuid.uuid4()),
        "items": [table.item("99002", 20)],
        "amends": {"prescriptionId": prescription, "version": version},
    }


def cancellation(table: RecordBench, prescription: str) -> dict[str, Any]:
    return {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": prescription,
        **table.reason("WRONG_ITEM"),
    }


def test_a_document_is_one_event_however_often_it_comes(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    first = table.submission("prescription", payload, "dr01")
    again = {**first, "correlation": str(uuid.uuid4())}
    replies = [table.hand_over(one) for one in (first, first, again)]
    assert [one.status for one in replies] == [202, 202, 202]
    assert {one.json["documentId"] for one in replies} == {payload["documentId"]}
    assert [one["documentId"] for one in history(table)] == [payload["documentId"]]
    told = [
        table.call("GET", f"/sepas/v1/records/{one['correlation']}").json["state"]
        for one in (first, again)
    ]
    assert told == ["STORED", "STORED"]


def test_what_is_not_in_order_is_refused_and_known_as_refused(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    sound = table.submission("prescription", payload, "dr01")
    other = table.submission("prescription", {**payload, "note": "other"}, "dr01")
    without = {name: value for name, value in payload.items() if name != "patient"}
    document = sound["document"]
    broken = {**document, "signature": other["document"]["signature"]}
    faulty = {
        "DOCUMENT_TYPE_MISMATCH": {**sound, "documentType": "erx.dispense"},
        "DOCUMENT_SIGNATURE_INVALID": {**sound, "document": broken},
        "DOCUMENT_MALFORMED": {**sound, "document": {**document, "protected": "e30"}},
        "RECORD_MANDATORY_MISSING": table.submission("prescription", without, "dr01"),
    }
    for code, submission in faulty.items():
        correlation = str(uuid.uuid4())
        reply = table.hand_over({**submission, "correlation": correlation})
        assert (reply.code, reply.status < 500) == (code, True)
        state = table.call("GET", f"/sepas/v1/records/{correlation}").json["state"]
        assert state == "REFUSED"
    assert history(table) == []
    assert table.hand_over(sound).status == 202
    assert table.hand_over(other).code == "DOCUMENT_ID_CONFLICT"


def test_each_of_several_stands_for_itself(table: RecordBench) -> None:
    """Good, broken, repeated and conflicting copies in one message: an outcome each, in order."""
    payload, other = (table.prescription(table.ids_hid()) for _ in range(2))
    sound = table.submission("prescription", payload, "dr01")
    conflict = table.submission("prescription", {**payload, "note": "other"}, "dr01")
    broken = table.submission("prescription", table.prescription(table.ids_hid()), "dr01")
    broken["document"] = {**broken["document"], "signature": sound["document"]["signature"]}
    last = table.submission("prescription", other, "dr01")
    several = [sound, broken, {**sound, "correlation": str(uuid.uuid4())}, conflict, last]
    reply = table.hand_over_together(several)
    assert reply.status == 200, reply.json
    outcomes = reply.json["outcomes"]
    assert [one["correlation"] for one in outcomes] == [one["correlation"] for one in several]
    assert [(one["state"], one.get("code")) for one in outcomes] == [
        ("STORED", None),
        ("REFUSED", "DOCUMENT_SIGNATURE_INVALID"),
        ("STORED", None),
        ("REFUSED", "DOCUMENT_ID_CONFLICT"),
        ("STORED", None),
    ]
    told = {one["documentId"] for one in outcomes if one["state"] == "STORED"}
    assert told == {payload["documentId"], other["documentId"]}
    assert sorted(one["documentId"] for one in history(table)) == sorted(told)
    for one, outcome in zip(several, outcomes, strict=True):
        status = table.call("GET", f"/sepas/v1/records/{one['correlation']}")
        assert status.json["state"] == outcome["state"]


def test_an_unsigned_document_is_refused(table: RecordBench) -> None:
    submission = table.submission("prescription", table.prescription(table.ids_hid()), "dr01")
    header = payload_of({"payload": submission["document"]["protected"]})
    assert header["alg"] == "ES256"
    bare = base64.urlsafe_b64encode(json.dumps({**header, "alg": "none"}).encode()).decode()
    submission["document"]["protected"] = bare.rstrip("=")
    assert table.hand_over(submission).code == "DOCUMENT_ALGORITHM_REFUSED"


def test_an_amendment_replaces_and_the_same_version_conflicts(table: RecordBench) -> None:
    payload, prescription = table.stored()
    for version in (1, 2):
        changed = amendment(table, payload, prescription, version)
        assert table.hand_over(table.submission("amendment", changed, "dr01")).status == 202
    twin = amendment(table, payload, prescription, 2)
    refused = table.hand_over(table.submission("amendment", twin, "dr01"))
    assert (refused.status, refused.code) == (409, "RECORD_VERSION_CONFLICT")
    shown = history(table)
    assert [(one["version"], one["items"][0]["code"]) for one in shown] == [(3, "99002")]
    assert [one["code"] for one in summary(table)["activeMedicines"]] == ["99002"]


def test_an_original_that_comes_after_its_amendment_is_old(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    prescription = str(uuid.uuid4())
    changed = amendment(table, payload, prescription, 1)
    table.hand_over(table.submission("amendment", changed, "dr01"))
    table.hand_over(table.submission("prescription", payload, "dr01", resourceId=prescription))
    assert [one["version"] for one in history(table)] == [2]


def test_a_cancelled_prescription_is_no_active_medicine(table: RecordBench) -> None:
    _, prescription = table.stored()
    assert [one["code"] for one in summary(table)["activeMedicines"]] == ["99012"]
    made = cancellation(table, prescription)
    assert table.hand_over(table.submission("cancellation", made, "dr01")).status == 202
    assert summary(table)["activeMedicines"] == []
    states = {one["kind"]: one["state"] for one in history(table)}
    assert states == {"prescription": "cancelled", "cancellation": "current"}


def test_without_an_id_the_prescription_is_found_by_its_hid(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    table.hand_over(table.submission("prescription", payload, "dr01"))
    changed = amendment(table, payload, str(uuid.uuid4()), 1)
    table.hand_over(table.submission("amendment", changed, "dr01"))
    assert [one["version"] for one in history(table)] == [2]


def test_the_summary_ends_what_has_ended(table: RecordBench) -> None:
    diagnoses = [table.coded("urn:ir:maksa:icd10-synthetic", "J45.9")]
    table.stored(diagnoses=diagnoses)
    assert "J45.9" in {one["code"] for one in summary(table)["diagnoses"]}
    table.clock.advance(timedelta(days=61))
    after = summary(table)
    assert after["activeMedicines"] == []
    assert "J45.9" in {one["code"] for one in after["diagnoses"]}


def test_the_summary_knows_allergies_and_pregnancy(table: RecordBench) -> None:
    people = table.world.people.values()
    allergic = next(one for one in people if one.allergies)
    pregnant = next(one for one in people if "Z34.9" in one.conditions)
    told = summary(table, allergic.key, allergic.cover[0].insurer)
    assert [one["code"] for one in told["allergies"]] == ["penicillin"]
    assert told["pregnant"] is False
    assert summary(table, pregnant.key, pregnant.cover[0].insurer)["pregnant"] is True


def test_history_is_bounded_by_day_and_comes_in_pages(table: RecordBench) -> None:
    for _ in range(205):
        table.stored()
    first = table.ask("history", hid=table.hid())
    assert (len(first.json["entries"]), first.json["next"]) == (200, "200")
    second = table.ask("history", hid=table.hid(), after=first.json["next"])
    assert len(second.json["entries"]) == 5
    assert "next" not in second.json
    assert history(table, since=table.day(1)) == []


def test_the_event_carries_its_signed_document(table: RecordBench) -> None:
    payload, _ = table.stored()
    record = history(table)[0]["recordId"]
    own = table.call("GET", f"/sepas/v1/entries/{record}")
    assert own.status == 200, own.json
    assert payload_of(own.json["document"]) == payload
    hid = table.hid(centre="office-2")
    target = f"/sepas/v1/entries/{record}"
    strange = table.call("GET", target, centre="office-2")
    treating = table.call("GET", f"{target}?hid={hid}", centre="office-2")
    assert (strange.code, treating.status) == ("CONSENT_MISSING", 200)
    assert table.call("GET", f"/sepas/v1/entries/{uuid.uuid4()}").code == "RECORD_NOT_FOUND"


def test_twins_have_two_records(table: RecordBench) -> None:
    first, second = table.twin("NB1"), table.twin("NB2")
    payload = table.prescription(table.ids_hid())
    payload["patient"] = {**payload["patient"], "id": first}
    table.hand_over(table.submission("prescription", payload, "dr01"))
    assert table.glass_for(first).status == table.glass_for(second).status == 201
    seen = [
        len(table.call("POST", "/sepas/v1/history", body=body, centre="hospital-1").json["entries"])
        for body in (
            {"person": first, "purpose": table.coded(REASONS, "UNCONSCIOUS")},
            {"person": second, "purpose": table.coded(REASONS, "UNCONSCIOUS")},
        )
    ]
    assert seen == [1, 0]


def test_a_node_that_is_down_says_so(table: RecordBench) -> None:
    hid = table.hid()
    kernel: Any = table.exchange.services["sepas"]
    config = kernel._config
    store.entries.drop(config.store.engine)
    down = table.ask("history", hid=hid)
    assert (down.status, down.code) == (503, "RECORD_NODE_DOWN")
    store.entries.create(config.store.engine)
    assert table.ask("history", hid=hid).status == 200


@pytest.mark.parametrize("what", ["history", "summary"])
def test_questions_about_nobody_are_refused(table: RecordBench, what: str) -> None:
    unknown = {"type": "NC", "value": "0013542419"}
    wrong = {"type": "NC", "value": "9900000014"}
    purpose = table.coded(REASONS, "TREATMENT")

    def code(body: Any) -> str | None:
        return table.call("POST", f"/sepas/v1/{what}", body=body).code

    assert code({"person": unknown, "purpose": purpose}) == "PATIENT_UNKNOWN"
    assert code({"person": wrong, "purpose": purpose}) == "PATIENT_IDENTIFIER_INVALID"
    curious = table.coded(REASONS, "POWER")
    assert code({"person": table.person_id("P01"), "purpose": curious}) == "CODE_UNKNOWN"
