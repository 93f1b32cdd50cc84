"""Identity, covers and HIDs, centres, codes, members."""

from __future__ import annotations

from typing import Any

from tests.component import hid_desk as hids
from tests.component import test_maksa as maksa
from tests.component.refusals.desk import Act, Area, Desk
from tests.component.registry_bench import (
    GENERAL,
    NEW_CODE,
    days,
    inquire,
    licence_event,
    link,
    newborn,
)

AREA = Area("registries")
UNSOUND = {"type": "NC", "value": "9900000014"}
NOBODY = {"type": "NC", "value": "9900000994"}
_KINDS = "urn:ir:maksa:service-kind-synthetic"


def _identity(desk: Desk, key: str, year: int = 0, **more: Any) -> Act:
    birth = desk.world.person(key).birth_year_jalali + year
    body = {"person": desk.person_id(key), "birthYearJalali": birth, **more}
    return lambda: desk.call("POST", "/identity/v1/inquiries", body=body)


@AREA.refused("IDENTITY_MISMATCH")
def another_birth_year(desk: Desk) -> Act:
    return _identity(desk, "P01", 1)


@AREA.refused("IDENTITY_DECEASED")
def somebody_who_has_died(desk: Desk) -> Act:
    return _identity(desk, "P17")


@AREA.refused("IDENTITY_BLOCKED")
def a_blocked_code(desk: Desk) -> Act:
    return _identity(desk, "P18")


@AREA.refused("IDENTITY_UNKNOWN")
def a_code_the_register_does_not_know(desk: Desk) -> Act:
    return _identity(desk, "P01", person=NOBODY)


@AREA.refused("PATIENT_IDENTIFIER_INVALID")
def a_code_that_cannot_be(desk: Desk) -> Act:
    return _identity(desk, "P01", person=UNSOUND)


@AREA.refused("UNIQUE_ID_REFUSED")
def a_unique_id_for_somebody_with_a_code(desk: Desk) -> Act:
    body = {
        "cause": "unknown_person",
        "sex": "M",
        "estimatedBirthDate": "1990-03-21",
        "claimed": desk.person_id("P01"),
    }
    return lambda: desk.call("POST", "/identity/v1/unique-ids", body=body)


@AREA.refused("NEWBORN_LINK_EXPIRED")
def a_newborn_of_more_than_sixty_days(desk: Desk) -> Act:
    return lambda: link(desk, newborn(desk, born=-61), NEW_CODE)


@AREA.refused("BIRTH_ORDER_INVALID")
def a_birth_that_is_not_of_this_mother(desk: Desk) -> Act:
    return lambda: link(desk, newborn(desk, born=-60), NEW_CODE)


@AREA.refused("IDENTITY_LINK_CONFLICT")
def a_code_that_belongs_to_the_other_twin(desk: Desk) -> Act:
    assert link(desk, newborn(desk), NEW_CODE).status == 201
    return lambda: link(desk, newborn(desk, "NB2"), NEW_CODE)


# Covers and HIDs


@AREA.refused("PATIENT_UNKNOWN")
def an_inquiry_about_nobody(desk: Desk) -> Act:
    return lambda: inquire(desk, NOBODY)


def _issue(desk: Desk, insurer: str = "1", **council: str) -> Act:
    body = {
        "patient": desk.person_id("P01"),
        "insurerCode": insurer,
        "providerCouncil": {**GENERAL, **council},
    }
    return lambda: desk.call("POST", "/eligibility/v1/hids", body=body)


@AREA.refused("PATIENT_NOT_COVERED")
def a_hid_of_another_insurer(desk: Desk) -> Act:
    return _issue(desk, "2")


@AREA.refused("PRESCRIBER_UNKNOWN")
def a_hid_for_no_member(desk: Desk) -> Act:
    return _issue(desk, councilNumber="990099")


@AREA.refused("PRESCRIBER_NOT_ENTITLED")
def a_hid_for_a_suspended_member(desk: Desk) -> Act:
    return _issue(desk, councilNumber="990011")


@AREA.refused("HID_INVALID")
def a_hid_with_a_wrong_check_character(desk: Desk) -> Act:
    return lambda: hids.bind(desk, "1W2AZVAKQZ")


@AREA.refused("HID_ALREADY_BOUND")
def a_hid_bound_to_another_patient(desk: Desk) -> Act:
    hid = hids.reserved(desk)
    assert hids.bind(desk, hid).status == 201
    return lambda: hids.bind(desk, hid, "P03")


@AREA.refused("HID_EXPIRED")
def a_reserved_hid_after_its_last_day(desk: Desk) -> Act:
    hid = hids.reserved(desk)
    desk.later(days=2)
    return lambda: hids.bind(desk, hid)


@AREA.refused("HID_CANCELLED")
def a_hid_cancelled_twice(desk: Desk) -> Act:
    hid = desk.hid()
    assert hids.cancel(desk, hid).status == 201
    return lambda: hids.cancel(desk, hid)


@AREA.refused("HID_IN_USE")
def a_used_hid_cancelled(desk: Desk) -> Act:
    hid = desk.registered()["document"]["hid"]
    return lambda: hids.cancel(desk, hid)


@AREA.refused("HID_BATCH_LIMIT")
def more_reserved_hids_than_a_centre_holds(desk: Desk) -> Act:
    body = {"insurerCode": "1", "count": 499, "validUntil": days(desk, 1)}
    options: dict[str, Any] = {"body": body, "centre": "hospital-1"}
    desk.call("POST", "/eligibility/v1/hids/batches", **options)
    return lambda: desk.call("POST", "/eligibility/v1/hids/batches", **options)


@AREA.refused("OVERLAP_UNRESOLVED")
def a_visit_under_two_covers_without_a_choice(desk: Desk) -> Act:
    hid = hids.reserved(desk, insurer="2")
    return lambda: hids.bind(desk, hid, "P12")


@AREA.refused("COVER_UPDATE_STALE")
def an_older_report_of_a_cover(desk: Desk) -> Act:
    assert hids.upload(desk, hids.cover(desk, sequence=5)).status == 200
    return lambda: hids.upload(desk, hids.cover(desk, sequence=5, ended=True))


@AREA.refused("COVER_PERIOD_INVALID")
def a_cover_that_ends_before_it_begins(desk: Desk) -> Act:
    return lambda: hids.upload(desk, hids.cover(desk, validUntil="2020-01-01", sequence=9))


@AREA.refused("INSURER_NOT_ALLOWED")
def a_cover_of_another_insurer(desk: Desk) -> Act:
    return lambda: hids.upload(desk, hids.cover(desk, insurerCode="2"))


# Centres


@AREA.refused("LICENCE_MAPPING_UNKNOWN")
def a_licence_of_another_source(desk: Desk) -> Act:
    licence = desk.world.centre("pharmacy-1").licence_number
    return lambda: desk.call("GET", f"/siam/v1/licences/medical_practice/{licence}")


@AREA.refused("CENTRE_UPDATE_STALE")
def an_older_report_of_a_licence(desk: Desk) -> Act:
    assert licence_event(desk, "lab-1", "active", 5).status == 201
    return lambda: licence_event(desk, "lab-1", "suspended", 5)


@AREA.refused("LICENSING_SOURCE_REFUSED")
def a_report_of_what_a_source_does_not_license(desk: Desk) -> Act:
    return lambda: licence_event(desk, "pharmacy-1", "closed")


# Codes


def _translation(desk: Desk, system: str, code: str, target: str, *, lenient: bool = False) -> Act:
    coded = {"system": system, "code": code, "display": "any"}
    body = {"coded": coded, "target": target, "lenient": lenient}
    return lambda: desk.call("POST", "/maksa/v1/translation", body=body)


@AREA.refused("CODE_SYSTEM_UNKNOWN")
def a_system_that_is_not_published(desk: Desk) -> Act:
    return _translation(desk, f"{maksa.URN}nothing", "1", maksa.DRUGS, lenient=True)


@AREA.refused("CODE_ALIAS_REFUSED")
def an_alias_in_strict_mode(desk: Desk) -> Act:
    return _translation(desk, f"{maksa.URN}eRx", "99012", maksa.DRUGS)


@AREA.refused("CODE_TOO_GENERAL")
def a_diagnosis_without_its_last_part(desk: Desk) -> Act:
    diagnoses = f"{maksa.URN}icd10-synthetic"
    return _translation(desk, diagnoses, "E11", diagnoses, lenient=True)


@AREA.refused("CODE_TRANSLATION_MISSING")
def a_code_without_a_counterpart(desk: Desk) -> Act:
    return _translation(desk, maksa.DRUGS, "99012", maksa.SERVICES)


@AREA.refused("CODE_UNKNOWN")
def a_code_that_is_not_in_its_system(desk: Desk) -> Act:
    return _translation(desk, maksa.DRUGS, "99899", maksa.DRUGS, lenient=True)


@AREA.refused("CODE_RELEASE_UNKNOWN")
def changes_of_no_release(desk: Desk) -> Act:
    return lambda: desk.call("GET", "/maksa/v1/releases/1399.01/changes")


@AREA.refused("CODE_RELEASE_TOO_SOON")
def a_release_announced_too_late(desk: Desk) -> Act:
    return lambda: maksa.publish(desk, maksa.FRESH, after=13)


@AREA.refused("CODE_RELEASE_KNOWN")
def a_release_under_a_taken_name(desk: Desk) -> Act:
    return lambda: maksa.publish(desk, maksa.FRESH, name="1405.01")


@AREA.refused("CODE_RELEASE_CONTRADICTS")
def a_release_that_adds_a_known_code(desk: Desk) -> Act:
    return lambda: maksa.publish(desk, {**maksa.FRESH, "code": "99012"})


# Members


def _member(desk: Desk, key: str = "dr01", **change: Any) -> Act:
    member = desk.world.professional(key)
    body = {
        "councilKind": member.council_kind,
        "councilNumber": member.council_number,
        "person": {"type": member.id_type, "value": member.id_value},
        "familyName": member.family_name_fa,
        **change,
    }
    return lambda: desk.call("POST", "/irimc/v1/verification", body=body)


@AREA.refused("MEMBER_IDENTITY_MISMATCH")
def a_member_that_is_somebody_else(desk: Desk) -> Act:
    return _member(desk, person=desk.person_id("P01"))


@AREA.refused("MEMBER_NOT_IN_PRACTICE")
def a_member_who_may_not_practise(desk: Desk) -> Act:
    return _member(desk, "dr11")


@AREA.refused("MEMBER_PRIVILEGE_MISSING")
def a_service_beyond_the_privileges(desk: Desk) -> Act:
    kind = "imaging_advanced"
    body = {
        **GENERAL,
        "serviceKind": {"system": _KINDS, "code": kind, "display": kind},
        "day": days(desk, 0),
    }
    return lambda: desk.call("POST", "/irimc/v1/privileges/check", body=body)
