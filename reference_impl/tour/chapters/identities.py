"""Who a person is: foreigners, unknown and blocked people, newborns, twins, overlapping covers."""

from __future__ import annotations

from reference_impl.tour.acts import expect, one_medicine, written
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, hid, identifier, patient

INQUIRIES = "/eligibility/v1/inquiries"
NEWBORN_CODE = "9900000366"
"""A sound code nobody of the synthetic world has."""


def tell(stage: Stage) -> None:
    """Tell clause 7-1 with its notes."""
    office, hospital = stage.at("office-1", "dr01"), stage.at("hospital-1", "dr01")
    _citizen(stage, office)
    _foreigner(stage, office)
    _unknown(stage, hospital)
    _blocked(stage, hospital)
    _deceased(stage, office)
    _twins(stage, hospital)
    _armed_forces(stage, hospital)
    _overlap(stage, office)


def _asked(actor: Actor, who: Json) -> Json:
    return actor.ask(
        INQUIRIES,
        {"patient": who, "centre": actor.siam_id, "provider": actor.counter.provider_council},
    )


def _citizen(stage: Stage, office: Actor) -> None:
    person = stage.person("P19")
    body = {
        "person": identifier(stage, "P19"),
        "birthYearJalali": person.birth_year_jalali,
        "familyName": person.family_name_fa,
    }
    told = office.ask("/identity/v1/inquiries", body)
    expect((told["state"], told["nameMatches"]), ("alive", False), "a name the register has not")
    wrong = {**body, "birthYearJalali": person.birth_year_jalali + 1}
    office.refused("IDENTITY_MISMATCH", "POST", "/identity/v1/inquiries", body=wrong)
    office.tell(
        "P2", "7-1", "کد ملی با سال تولد؛ نام ناهمخوان گزارش شد.",
        "National code with birth year; a name that differs is told, a wrong year is refused.",
    )  # fmt: skip


def _foreigner(stage: Stage, office: Actor) -> None:
    who = patient(stage, "F01")
    found = _asked(office, who["id"])
    expect((found["entitled"], found["covers"][0]["insurerCode"]), (True, "2"), "a foreigner")
    written(office, who, hid(office, who["id"], "2"), one_medicine(stage, 20))
    expect(_asked(office, identifier(stage, "F02"))["entitled"], False, "one without cover")
    office.tell(
        "P2", "7-1", "تبعهٔ خارجی با شناسهٔ فیدا نسخه گرفت.",
        "A foreign national is served under the FIDA id, with cover; another has none.",
    )  # fmt: skip


def _unknown(stage: Stage, hospital: Actor) -> None:
    issued = hospital.ask(
        "/identity/v1/unique-ids",
        {"cause": "unknown_person", "sex": "M", "estimatedBirthDate": "1986-07-23"},
    )
    who = {
        "id": issued["person"], "givenName": "ناشناس", "familyName": "ناشناس",
        "birthDate": "1986-07-23", "sex": "M", "phone": "09900000000",
    }  # fmt: skip
    found = _asked(hospital, who["id"])
    expect((found["identity"]["state"], found["entitled"]), ("UNKNOWN", False), "a unique id")
    written(hospital, who, hid(hospital, who["id"], "37"), one_medicine(stage, 10))
    hospital.tell(
        "P2", "7-1", f"برای بیمار ناشناس شناسهٔ یکتا {who['id']['value']} صادر شد؛ پوشش نمی‌آورد.",
        f"An unknown person gets unique id {who['id']['value']}: served, never covered by it.",
    )  # fmt: skip
    hospital.refused(
        "UNIQUE_ID_REFUSED", "POST", "/identity/v1/unique-ids",
        body={
            "cause": "unknown_person", "sex": "M", "estimatedBirthDate": "1986-07-23",
            "claimed": identifier(stage, "P01"),
        },
    )  # fmt: skip
    body = {
        "former": identifier(stage, "U02"), "current": identifier(stage, "P19"),
        "cause": "identified",
    }  # fmt: skip
    linked = hospital.ask("/identity/v1/links", body)
    expect(linked["current"], identifier(stage, "P19"), "an unknown person who was identified")
    hospital.tell(
        "P2", "7-1", "ناشناسی شناسایی و به کد ملی خود پیوند شد.",
        "Another unknown person is identified and linked to the own code.",
    )  # fmt: skip


def _blocked(stage: Stage, hospital: Actor) -> None:
    person = stage.person("P18")
    hospital.refused(
        "IDENTITY_BLOCKED", "POST", "/identity/v1/inquiries",
        body={
            "person": identifier(stage, "P18"), "birthYearJalali": person.birth_year_jalali,
        },
    )  # fmt: skip
    issued = hospital.ask(
        "/identity/v1/unique-ids",
        {
            "cause": "blocked_code", "sex": person.sex, "claimed": identifier(stage, "P18"),
            "estimatedBirthDate": person.birth_date.isoformat(),
        },
    )  # fmt: skip
    expect(issued["person"], identifier(stage, "U04"), "the one unique id of a blocked code")
    hospital.tell(
        "P2", "7-1", "کد مسدود رد شد؛ شناسهٔ یکتای همان شخص داده شد.",
        "A blocked code is refused; the person's one unique id is told instead.",
    )  # fmt: skip


def _deceased(stage: Stage, office: Actor) -> None:
    person, who = stage.person("P17"), identifier(stage, "P17")
    office.refused(
        "IDENTITY_DECEASED", "POST", "/identity/v1/inquiries",
        body={"person": who, "birthYearJalali": person.birth_year_jalali},
    )  # fmt: skip
    found = _asked(office, who)
    expect((found["identity"]["state"], found["entitled"]), ("DECEASED", False), "a deceased")
    office.refused(
        "PATIENT_NOT_COVERED", "POST", "/eligibility/v1/hids",
        body={
            "patient": who, "insurerCode": "1", "providerCouncil": office.counter.provider_council,
        },
    )  # fmt: skip
    office.tell(
        "P2", "7-1", "برای متوفی شباد صادر نشد.", "No HID for a person who has died."
    )  # fmt: skip


def _twins(stage: Stage, hospital: Actor) -> None:
    first, second = patient(stage, "NB1"), patient(stage, "NB2")
    for child in (first, second):
        written(
            hospital, child, hid(hospital, child["id"], "1"),
            one_medicine(stage, 1, "99057", durationDays=10),
        )  # fmt: skip
    hospital.tell(
        "P2", "7-1", "دوقلوها با کد مادر و ترتیب تولد، هر یک پروندهٔ خود.",
        "Twins on the mother's code with birth order: each has an own record.",
    )  # fmt: skip
    body = {
        "former": first["id"], "current": {"type": "NC", "value": NEWBORN_CODE},
        "cause": "newborn_registered",
    }  # fmt: skip
    linked = hospital.ask("/identity/v1/links", body)
    again = hospital.ask("/identity/v1/links", body)
    expect(again, linked, "the same link told twice")
    conflict = {**body, "former": second["id"]}
    hospital.refused("IDENTITY_LINK_CONFLICT", "POST", "/identity/v1/links", body=conflict)
    now = _asked(hospital, body["current"])
    expect((now["entitled"], now["covers"][0]["insurerCode"]), (True, "1"), "a child registered")
    stage.books.renamed(first["id"], body["current"])
    hospital.tell(
        "P2", "7-1", "نوزاد نخست کد ملی گرفت و پرونده پیوند شد؛ دومی با آن یکی نمی‌شود.",
        "The first twin gets its code and is linked; the second cannot be merged with it.",
    )  # fmt: skip


def _armed_forces(stage: Stage, hospital: Actor) -> None:
    who = patient(stage, "AFNB")
    found = _asked(hospital, who["id"])
    expect((found["entitled"], found["covers"][0]["insurerCode"]), (True, "3"), "its newborn")
    written(
        hospital, who, hid(hospital, who["id"], "3"), one_medicine(stage, 1, "99057")
    )  # fmt: skip
    hospital.tell(
        "P2", "7-1", "نوزاد نیروهای مسلح با کد بیمه پذیرفته شد.",
        "A newborn of the armed forces is served under the insurance code.",
    )  # fmt: skip


def _overlap(stage: Stage, office: Actor) -> None:
    found = _asked(office, identifier(stage, "P12"))
    expect((found["overlap"], len(found["covers"])), (True, 2), "two base covers")
    office.tell(
        "P2", "9-1-2", "همپوشانی دو بیمهٔ پایه دیده شد؛ بیمار برمی‌گزیند.",
        "Two base covers overlap: it is told, and the person chooses.",
    )  # fmt: skip
