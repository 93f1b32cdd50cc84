"""Clauses 8-10 and 8-11 at the gateway: approved codes, their updates, and codes on packs."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import gateway_flow as flow
from suites import journeys
from suites.gateway_flow import Journey, Relayed
from suites.journeys import OFFICE, PHARMACY
from suites.semantic.tc_8_4_purchaser_amounts import tc_one_reference_model_of_codes
from suites.semantic.tc_8_10_coding import tc_unknown_code_is_refused

URN = "urn:ir:maksa:"
NAMED = ("system", "code", "version", "kind")
WRONG = {"15 digits": "9" * 15, "17 digits": "9" * 17, "letters": "99A0000000000016"}
RELAYED = (
    Relayed(
        "001",
        tc_unknown_code_is_refused,
        ("ERX-8-10-C",),
        "کد مصوب‌نشده از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a code that was never approved with a refusal.",
    ),
    Relayed(
        "002",
        tc_one_reference_model_of_codes,
        ("ERX-A1-9-20", "RM-P4-A"),
        "یک مدل مرجع کدها از راه درگاه",
        "Ensure that the IUT carries the codes of one reference model and refuses all others.",
    ),
)


def tc_codes_through_the_gateway(
    sut: Sut, data: SyntheticData, expect: Expect, journey: Journey
) -> None:
    """Ensure that the IUT hands on how a service judges the codes of a message.

    Given approved and other codes, when messages with them are sent through the IUT, then each is
    taken or refused as the service behind says.
    """
    journey(flow.through(sut), data, expect)


def _register() -> None:
    for row in RELAYED:
        conformance_case(
            f"TC-GTW-SEM-OPS-{row.id}",
            verifies=row.verifies,
            role="gateway",
            title_fa=row.title_fa,
            purpose=row.purpose,
            given={"journey": row.journey},
        )(tc_codes_through_the_gateway)


_register()


@conformance_case(
    "TC-GTW-SEM-OPS-003",
    verifies=("ERX-9-1-7-C",),
    role="gateway",
    title_fa="خدمت با کد استاندارد",
)
def tc_services_are_registered_in_standard_codes(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT registers a delivered service by its standard code and by no local one.

    Given a delivered visit, when its record names it by a code of the centre's own, then it is
    refused as unknown; by the approved code it is registered.
    """
    exchange = flow.through(sut)
    payload = journeys.service_payload(exchange, data)
    line = payload["services"][0]
    local = {**line, "code": {**line["code"], "code": "VISIT-1"}}

    refused = journeys.send_service(exchange, {**payload, "services": [local]}, "stimulus: local")
    taken = journeys.send_service(exchange, payload, "stimulus: approved")

    fix, fix_fa = "Hand the refusal of a local code on.", "رد کد محلی را به فرستنده برسانید."
    expect.problem(refused, status=422, code="CODE_UNKNOWN", fix=fix, fix_fa=fix_fa)
    expect.status(taken, 201, fix="A refused document leaves no trace.", fix_fa=fix_fa)


@conformance_case(
    "TC-GTW-SEM-OPS-004",
    verifies=("ERX-8-10-D",),
    role="gateway",
    title_fa="به‌روزرسانی کدها از راه درگاه",
)
def tc_code_updates_come_through_the_gateway(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT offers the releases of code systems and exactly what each changed.

    Given the published releases, when they are listed and their changes fetched through the IUT,
    then every published change is there, as it was published, and no other.
    """
    listed = sut.call("listReleases", service="maksa", caller=OFFICE, step="stimulus: releases")
    named = [str(row.get("release")) for row in flow.rows_of(listed, "/releases")]

    for release in load_pack(sut.profile.pack).releases["releases"]:
        name = str(release["release"])
        reply = sut.call(
            "listChanges",
            service="maksa",
            path={"release": name},
            caller=OFFICE,
            step=f"stimulus: changes of {name}",
        )
        wanted = [
            (URN + str(row["system"]), *(str(row[part]) for part in NAMED[1:]))
            for row in release["changes"]
        ]
        shown = [
            tuple(str(row.get(part)) for part in NAMED) for row in flow.rows_of(reply, "/changes")
        ]
        expect.that(
            name in named and shown == wanted,
            title=f"the changes of release {name} are not those published",
            expected=f"{len(wanted)} changes as published, the release in the list",
            observed=f"{len(shown)} changes, releases {named}",
            pointer="/changes",
            reply=reply,
            fix="Offer updates of codes as they are published, whole.",
            fix_fa="به‌روزرسانی کدها را کامل و بی‌تغییر ارائه کنید.",
        )


@conformance_case(
    "TC-GTW-SEM-OPS-005",
    verifies=("ERX-8-11-C",),
    role="gateway",
    title_fa="کد کالای نادرست پیش از اصالت رد می‌شود",
)
def tc_malformed_product_codes_get_no_verdict(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT gives no verdict on a product code that has not exactly 16 digits.

    Given a pack with a sound code, when 15 digits, 17 digits and letters are asked about, then each
    is refused for its form; the sound code gets its verdict.
    """
    pack = data.world.packs[0]
    body = {
        "productCode": pack.authenticity_code,
        "type": "authenticity",
        "product": data.drug(pack.product),
    }
    sound = sut.call(
        "verifyProduct", service="ttac", body=body, caller=PHARMACY, step="control: a sound code"
    )

    for name, code in WRONG.items():
        reply = sut.call(
            "verifyProduct",
            service="ttac",
            body={**body, "productCode": code},
            caller=PHARMACY,
            step=f"stimulus: {name}",
        )
        expect.problem(
            reply,
            status=422,
            code="SCHEMA_VIOLATION",
            fix="Hand the refusal of the form on; it is no verdict.",
            fix_fa="رد قالب کد را برسانید؛ این پاسخ اصالت نیست.",
        )
    expect.field(sound, "/verdict", present=True, fix="Tell the verdict on a sound code.")
