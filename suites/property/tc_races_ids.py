"""Identifiers asked for at the same moment: nobody gets what another one has."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Call, Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites import journeys_registries as registries

MANY = 6


@conformance_case(
    "TC-ELG-PROP-RACE-001",
    verifies=("ERX-2-HID-A",),
    role="eligibility_service",
    title_fa="رقابت بر سر شناسهٔ یکتای خدمت",
)
def tc_every_visit_has_a_hid_of_its_own(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives every visit a HID of its own when six are asked for at once.

    Given an insured person, when HIDs of six visits are asked for at the same moment, then six
    different ones are given, and each is verified.
    """
    body = {
        "patient": data.person_id("P01"),
        "insurerCode": data.person("P01").cover[0].insurer,
        "providerCouncil": registries.council(data, "dr01"),
    }
    calls = [Call("issueHid", body=body, caller=journeys.OFFICE)] * MANY

    replies = sut.parallel(calls, step="stimulus: six at once")

    hids = sorted({str(one.find("/hid")) for one in replies if one.status == HTTPStatus.CREATED})
    expect.that(
        len(hids) == MANY,
        title="a HID is given to more than one visit",
        expected=f"{MANY} different HIDs",
        observed=f"{len(hids)} in {'; '.join(one.summary() for one in replies)}",
        pointer="/hid",
        reply=replies[0],
        fix="Let a unique index decide whether a HID is free, not a look-up before.",
        fix_fa="آزاد بودن شناسه را به شاخص یکتای پایگاه داده بسپارید.",
    )
    for hid in hids:
        shown = registries.verify_hid(sut, hid, "effect: verify", caller=journeys.OFFICE)
        expect.field(shown, "/valid", equals=True, fix="Keep every HID that was given.")
