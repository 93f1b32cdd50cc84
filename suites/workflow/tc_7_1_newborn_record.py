"""Note 3 of clause 7-1 at the record: what came under the mother's code belongs to the child."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites.journeys_registries import newborn_id
from suites.messages.identity import CODE_OF_TWIN


def _opened(sut: Sut, data: SyntheticData, person: JsonValue, step: str) -> None:
    """Open a record in an emergency at hospital-1, for an id the world does not list."""
    body = {"person": person, "reason": data.reason("UNCONSCIOUS"), "text": "newborn"}
    sut.call("openBreakGlass", body=body, caller=record.HOSPITAL, step=step)


def _history(sut: Sut, data: SyntheticData, person: JsonValue, step: str) -> tuple[str, Reply]:
    """Return all pages of a history as text, and the last answer."""
    body = {"person": person, "purpose": data.reason("UNCONSCIOUS")}
    found, reply = record.pages(sut, body, caller=record.HOSPITAL, step=step)
    return record.text_of(found), reply


@conformance_case(
    "TC-EHR-WF-LINK-001",
    verifies=("ERX-7-1-N3-C", "RM-EHR-ID"),
    role="ehr",
    rulings=("RUL-003",),
    title_fa="سابقهٔ نوزاد پس از دریافت کد ملی",
)
def tc_newborn_keeps_its_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT joins what came under the mother's code to the code a newborn got.

    Given a document of the second twin under the code of its mother, when the link to its own code
    is told to the identity authority and another document comes under that code, then the history
    under the code has both, and that of the first twin has neither.
    """
    before = record.prescription(data, "NB2", "before the code")
    body = record.submission(sut, data, "prescription", before, "before the code")
    expect.control(record.hand_over(sut, body, "preamble: under the mother's code"), 202)
    told: dict[str, JsonValue] = {"former": newborn_id(data, "NB2"), "current": CODE_OF_TWIN}
    told |= {"cause": "newborn_registered"}
    sut.environment("identity", "linkIdentity", body=told, step="environment: a code is given")
    child = data.patient("NB2", id=CODE_OF_TWIN)
    after = record.prescription(data, "NB2", "with the code", patient=child)
    body = record.submission(sut, data, "prescription", after, "with the code")
    expect.control(record.hand_over(sut, body, "preamble: under its own code"), 202)
    _opened(sut, data, CODE_OF_TWIN, "preamble: open the record of the child")
    record.emergency(sut, data, "NB1", step="preamble: open the record of the first twin")

    joined, reply = _history(sut, data, CODE_OF_TWIN, "stimulus: under its own code")
    brother, other = _history(sut, data, data.person_id("NB1"), "stimulus: the first twin")

    documents = (str(before["documentId"]), str(after["documentId"]))
    expect.that(
        all(one in joined for one in documents),
        title="the history of a child begins with its code",
        expected="both documents under the code of the child",
        observed=", ".join(one for one in documents if one in joined) or reply.summary(),
        pointer="/entries",
        reply=reply,
        fix="Ask the identity authority under which ids a person was filed before.",
        fix_fa="شناسه‌های پیشین شخص را از مرجع هویت بپرسید و سوابق را پیوند دهید.",
    )
    expect.that(
        not any(one in brother for one in documents),
        title="twins share one record",
        expected="none of the documents under the first twin",
        observed=other.summary(),
        pointer="/entries",
        reply=other,
        requirement="RM-EHR-ID",
        fix="File newborns under mother's code, order and day of birth together.",
        fix_fa="نوزاد را با کد مادر، ترتیب و روز تولد با هم بشناسید.",
    )
