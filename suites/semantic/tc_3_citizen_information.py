"""Document 003, services for citizens: information, medicines and their cost, the own record."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import citizen_journeys as citizen
from suites import record_journeys as record

QUANTITY = 60


@conformance_case(
    "TC-CIT-SEM-CHAN-001",
    verifies=("RM-CIT-CHAN", "RM-POL-ACC"),
    role="citizen_service",
    title_fa="هر خدمت در درگاه‌های خود",
)
def tc_a_service_has_its_channels(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT offers results on web and app and not where they cannot be shown.

    Given a citizen, when results are asked for by telephone voice, then the IUT refuses the
    channel; on the web and for prescriptions by USSD it answers.
    """
    voice = citizen.own(sut, data, "P08", "results", "stimulus: results by voice", channel="ivr")
    web = citizen.own(sut, data, "P08", "results", "control: results on the web", channel="web")
    ussd = citizen.own(sut, data, "P08", "prescriptions", "control: by USSD", channel="ussd")

    expect.problem(
        voice,
        status=422,
        code="CHANNEL_NOT_SUPPORTED",
        fix="Refuse a service where it is not offered.",
        fix_fa="خدمت را در درگاهی که ارائه نمی‌شود نپذیرید.",
    )
    expect.status(web, 200, requirement="RM-POL-ACC", fix="Offer results on the web.")
    expect.status(ussd, 200, requirement="RM-POL-ACC", fix="Offer prescriptions by USSD.")


@conformance_case(
    "TC-CIT-SEM-OWN-001",
    verifies=("RM-EHR-OWN", "RM-LAW-74-A", "RM-POL-PRIV", "RM-VAS-CONSENT"),
    role="citizen_service",
    title_fa="دادهٔ خود فقط از تلفن خود",
)
def tc_only_the_citizen_sees_the_own_data(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells data of a citizen only to the registered telephone.

    Given the identifier of a citizen, when somebody asks for the results from another telephone,
    then the IUT refuses; from the registered one it answers.
    """
    step = "stimulus: from another telephone"
    reply = citizen.own(sut, data, "P08", "results", step, phone=record.FOREIGN_PHONE)

    expect.problem(
        reply,
        status=401,
        code="CITIZEN_NOT_IDENTIFIED",
        fix="Compare the telephone with the registered one.",
        fix_fa="تلفن را با تلفن ثبت‌شده بسنجید.",
    )
    control = citizen.own(sut, data, "P08", "results", "control: the registered telephone")
    expect.control(control, 200)


@conformance_case(
    "TC-CIT-SEM-OWN-002",
    verifies=("RM-EHR-ACC-CIT", "RM-INS-CITVIEW", "ERX-2-ERX-B"),
    role="citizen_service",
    title_fa="آنچه خواسته شد از پروندهٔ خود",
)
def tc_the_own_record_by_kind(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a citizen the own prescriptions, and results when asked for those.

    Given a registered prescription, when its patient asks for prescriptions, then it is among them;
    when he asks for results or costs, then it is not.
    """
    payload, _ = record.stored(sut, data, "P06")

    mine = citizen.own(sut, data, "P06", "prescriptions", "stimulus: prescriptions")
    results = citizen.own(sut, data, "P06", "results", "stimulus: results")
    costs = citizen.own(sut, data, "P06", "costs", "stimulus: costs")

    name = f'"{payload["documentId"]}"'
    expect.that(
        name in record.text_of(mine.find("/entries")),
        title="a citizen does not see the own prescription",
        expected="the prescription among the own ones",
        observed=mine.summary(),
        pointer="/entries",
        reply=mine,
        fix="Tell the citizen what the record has.",
        fix_fa="محتوای پرونده را به شهروند نشان دهید.",
    )
    fix, fix_fa = "Tell the kind that was asked for.", "همان نوع خواسته‌شده را بدهید."
    for reply, requirement in ((results, "RM-EHR-ACC-CIT"), (costs, "RM-INS-CITVIEW")):
        rows = reply.required("/entries")
        kinds = {one.get("kind") for one in rows if isinstance(one, Mapping)} if rows else set()
        expect.that(
            "prescription" not in kinds,
            title="something else is told than what was asked for",
            expected="no prescription",
            observed=str(sorted(map(str, kinds))),
            pointer="/entries",
            reply=reply,
            requirement=requirement,
            fix=fix,
            fix_fa=fix_fa,
        )


@conformance_case(
    "TC-CIT-SEM-INFO-001",
    verifies=("RM-CIT-INFO", "RM-INS-CITSTAT"),
    role="citizen_service",
    title_fa="تعرفه کنار خدمت خود",
)
def tc_tariffs_stand_beside_their_services(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the services of a centre with their approved tariffs.

    Given an office, when somebody asks for it, then every service named stands beside the public
    tariff that the pack has for it.
    """
    rows = load_pack(sut.profile.pack).codes[citizen.SERVICES]["concepts"]
    approved = {row["code"]: row["publicTariff"] for row in rows if "publicTariff" in row}

    path = {"siamId": data.centre("office-1").siam_id}
    reply = sut.call("getCentreInfo", path=path, step="stimulus: ask for the office")

    expect.schema(reply)
    services, tariffs = reply.required("/services"), reply.required("/tariffs")
    told = dict(zip([str(one["code"]) for one in services], tariffs, strict=False))
    wrong = {code: amount for code, amount in told.items() if approved.get(code) != amount}
    expect.that(
        told and not wrong,
        title="tariffs stand beside the wrong services",
        expected="the approved tariff beside every service",
        observed=str(wrong or told)[:200],
        pointer="/tariffs",
        reply=reply,
        fix="Keep service and tariff together.",
        fix_fa="خدمت و تعرفهٔ آن را با هم نگه دارید.",
    )
    expect.that(
        len(tariffs) == len(services),
        title="a service is told without its tariff",
        expected=f"{len(services)} tariffs for {len(services)} services",
        observed=f"{len(tariffs)} tariffs",
        pointer="/tariffs",
        reply=reply,
        requirement="RM-INS-CITSTAT",
        fix="Tell the tariff of every service named.",
    )


@conformance_case(
    "TC-CIT-SEM-DRUG-001",
    verifies=("RM-CIT-RX-B", "RM-INS-CITSTAT"),
    role="citizen_service",
    title_fa="داروخانه‌های همان شهر",
)
def tc_pharmacies_of_the_city_are_named(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT names pharmacies of the city that was asked for and no others.

    Given pharmacies in Tehran and none in Shiraz, when somebody looks for a medicine, then both of
    Tehran are named there, and none in Shiraz.
    """
    here = citizen.find(sut, data, "stimulus: in Tehran")
    there = citizen.find(sut, data, "stimulus: in Shiraz", city="Shiraz")

    named = record.text_of(here.find("/centres"))
    expect.that(
        all(data.centre(key).siam_id in named for key in ("pharmacy-1", "pharmacy-2")),
        title="a pharmacy of the city is not named",
        expected="pharmacy-1 and pharmacy-2",
        observed=named[:200],
        pointer="/centres",
        reply=here,
    )
    expect.field(
        there,
        "/centres",
        equals=[],
        fix="Name only pharmacies of the city.",
        fix_fa="فقط داروخانه‌های همان شهر را نام ببرید.",
    )


@conformance_case(
    "TC-CIT-SEM-DRUG-002",
    verifies=("RM-CIT-RX-D",),
    role="citizen_service",
    title_fa="سهم بیمار از قیمت دارو",
)
def tc_the_own_share_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells an insured citizen the own share of a medicine.

    Given a medicine with a reference price and a citizen whose insurer pays 70 per cent, when he
    asks for a quantity, then the share told is 30 per cent, half a rial rounded up.
    """
    person, price = data.person_id("P01"), data.product("99012").reference_price

    reply = citizen.find(sut, data, "stimulus: with person", person=person, quantity=QUANTITY)

    expect.field(
        reply,
        "/patientShare",
        equals=(QUANTITY * price * 3 + 5) // 10,
        fix="Ask the insurer for the patient's share of the whole quantity.",
        fix_fa="سهم بیمار را برای کل تعداد از بیمه بپرسید.",
    )
