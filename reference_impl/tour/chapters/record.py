"""The record: consent, treating relation, emergency access, who looked, data for businesses."""

from __future__ import annotations

from reference_impl.tour.acts import expect, one_medicine, written
from reference_impl.tour.record_book import consent
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, hid, identifier, patient, reason

PERSON = "P02"
VIEWS = "/viewer/v1/views"


def tell(stage: Stage) -> None:
    """Tell every lawful basis, the log of accesses, and value-added delivery."""
    office, other = stage.at("office-1", "dr01"), stage.at("office-2", "dr02")
    who = patient(stage, PERSON)
    shown = written(office, who, hid(office, who["id"], "2"), one_medicine(stage, 30))
    stage.wait_for_record(office)
    question: Json = {"person": who["id"], "purpose": reason("TREATMENT")}
    other.refused("CONSENT_MISSING", "POST", VIEWS, body=question)
    other.tell("1", "9-21", "بی‌مبنا دیده نمی‌شود.", "Without a lawful basis nothing is seen.")
    _consented(stage, other, question, shown)
    _treating(stage, other, question)
    _emergency(stage, question)
    _log(stage, office)
    _value_added(stage, office)


def _consented(stage: Stage, other: Actor, question: Json, shown: Json) -> None:
    office, person = stage.at("office-1", "dr01"), stage.person(PERSON)
    given = consent(stage, office, question["person"], other.siam_id, person.phone)
    view = other.ask(VIEWS, question)
    codes = {one["code"] for one in view["activeMedicines"]}
    expect(shown["document"]["items"][0]["code"]["code"] in codes, True, "what a view shows")
    other.tell(
        "2", "9-9", "با رضایت بیمار نمایشگر باز شد.", "Under the person's consent the viewer opens."
    )
    office.ask(f"/sepas/v1/consents/{given}/revocation", {"reason": reason("CONSENT_REVOKED")})
    other.refused("CONSENT_MISSING", "POST", VIEWS, body=question)
    other.tell(
        "3", "9-9", "رضایت پس گرفته شد و بسته شد.", "The consent is revoked: closed at once."
    )


def _treating(stage: Stage, other: Actor, question: Json) -> None:
    visit = hid(other, question["person"], "37")
    other.ask(VIEWS, {**question, "hid": visit})
    other.tell(
        "4", "9-21", "شباد امروز رابطهٔ درمان است.",
        "A HID of today at this centre is a treating relation.",
    )  # fmt: skip


def _emergency(stage: Stage, question: Json) -> None:
    hospital, ministry = stage.at("hospital-1", "dr01"), stage.at("ministry-1", "dr02")
    hospital.refused("CONSENT_MISSING", "POST", VIEWS, body=question)
    grant = hospital.ask(
        "/sepas/v1/break-glass",
        {
            "person": question["person"], "reason": reason("UNCONSCIOUS"),
            "text": "found on the street",
        },
    )  # fmt: skip
    hospital.ask(VIEWS, {**question, "purpose": reason("UNCONSCIOUS")})
    reports = ministry.ask(f"/sepas/v1/break-glass?since={stage.day()}")["reports"]
    expect(grant["grantId"] in {one["grantId"] for one in reports}, True, "emergencies reported")
    hospital.tell(
        "5", "003", "دسترسی اضطراری با دلیل؛ به ناظر گزارش شد.",
        "Break-glass with a reason: open for an hour, reported to the supervisor.",
    )  # fmt: skip


def _log(stage: Stage, office: Actor) -> None:
    body = {
        "person": identifier(stage, PERSON), "phone": stage.person(PERSON).phone,
        "channel": "app", "kind": "accesses",
    }  # fmt: skip
    told = office.ask("/citizen/v1/own-data", body)["accesses"]
    bases = {one["basis"] for one in told}
    expect({"consent", "treating_relation", "break_glass"} <= bases, True, f"bases {bases}")
    office.tell(
        "6", "003", f"شهروند {len(told)} دسترسی به پروندهٔ خود را دید.",
        f"The citizen sees all {len(told)} accesses, each with its basis.",
    )  # fmt: skip


def _value_added(stage: Stage, office: Actor) -> None:
    business = stage.at("business-1", "dr02")
    who, phone = identifier(stage, PERSON), stage.person(PERSON).phone
    given = consent(
        stage, office, who, business.siam_id, phone,
        purpose=reason("VALUE_ADDED"), scope=["prescription"],
    )  # fmt: skip
    body: Json = {"consentId": given, "scope": ["prescription"], "receiver": business.siam_id}
    told = business.ask("/value_added/v1/deliveries", body)["entries"]
    expect({one["kind"] for one in told}, {"prescription"}, "what a business gets")
    wider = {**body, "scope": ["dispense"]}
    business.refused("DATA_SCOPE_EXCEEDED", "POST", "/value_added/v1/deliveries", body=wider)
    business.tell(
        "7", "003", "کسب‌وکار تنها آنچه رضایت دربر دارد گرفت.",
        "A business gets what the consent covers, and no more.",
    )  # fmt: skip
