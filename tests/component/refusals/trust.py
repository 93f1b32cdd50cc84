"""Authority, time-stamps and mobile signatures."""

from __future__ import annotations

import base64
from typing import Any

from tests.component import test_esign as esign
from tests.component import test_pki_service as pki
from tests.component.refusals.desk import Act, Area, Desk
from tests.component.trusted import COMPROMISED, new_key

AREA = Area("trust")


@AREA.refused("CERTIFICATE_REQUEST_INVALID")
def what_is_no_certificate(desk: Desk) -> Act:
    return lambda: desk.caller.ask("POST", pki.VALIDATION, {"certificate": "AAAA"})


def _revocation(desk: Desk, name: str, **change: Any) -> Act:
    body = {**desk.caller.named(name), "reason": COMPROMISED, **change}
    return lambda: desk.caller.ask("POST", pki.REVOCATIONS, body)


@AREA.refused("CERTIFICATE_UNKNOWN")
def a_serial_nobody_issued(desk: Desk) -> Act:
    return _revocation(desk, "office-1.seal", serial="0123456789abcdef")


@AREA.refused("REVOCATION_NOT_ALLOWED")
def the_certificate_of_somebody_else(desk: Desk) -> Act:
    return _revocation(desk, "dr02")


@AREA.refused("TIMESTAMP_DIGEST_REFUSED")
def a_digest_that_is_no_longer_safe(desk: Desk) -> Act:
    body = {"algorithm": "sha1", "digest": base64.b64encode(bytes(20)).decode()}
    return lambda: desk.caller.ask("POST", pki.STAMPS, body)


@AREA.refused("RENEWAL_REFUSED")
def a_renewal_by_another_centre(desk: Desk) -> Act:
    return lambda: pki.renew(desk.caller, "office-1.seal", **esign.OFFICE_2)


@AREA.refused("ENROLMENT_REFUSED")
def a_telephone_of_somebody_else(desk: Desk) -> Act:
    body = esign.application(desk.caller, phone="09900000000")
    return lambda: desk.caller.ask("POST", esign.ENROLMENTS, body)


@AREA.refused("ENROLMENT_NOT_FOUND")
def an_enrolment_nobody_made(desk: Desk) -> Act:
    return lambda: desk.caller.ask("GET", f"{esign.ENROLMENTS}/{esign.STRANGER}")


@AREA.refused("SIGNATURE_REQUEST_NOT_FOUND")
def a_signature_nobody_asked_for(desk: Desk) -> Act:
    return lambda: esign.collect(desk.caller, esign.STRANGER)


@AREA.refused("SIGNATURE_PENDING")
def a_signature_collected_too_early(desk: Desk) -> Act:
    asked = esign.waiting(desk.caller)
    return lambda: esign.collect(desk.caller, asked.request_id)


@AREA.refused("SIGNATURE_REQUEST_EXPIRED")
def a_signature_after_the_time_of_its_request(desk: Desk) -> Act:
    asked = esign.waiting(desk.caller)
    desk.later(seconds=121)
    proof = asked.telephone.sign(esign.DIGEST)
    return lambda: esign.answer(desk.caller, asked.request_id, proof)


@AREA.refused("SIGNATURE_REQUEST_DECLINED")
def a_signature_that_was_declined(desk: Desk) -> Act:
    asked = esign.waiting(desk.caller)
    refusal = asked.telephone.declines(asked.request_id)
    esign.answer(desk.caller, asked.request_id, refusal, approved=False)
    return lambda: esign.collect(desk.caller, asked.request_id)


@AREA.refused("SIGNER_DEVICE_UNKNOWN")
def a_signature_of_another_telephone(desk: Desk) -> Act:
    asked = esign.waiting(desk.caller)
    proof = esign.Telephone(new_key()).sign(esign.DIGEST)
    return lambda: esign.answer(desk.caller, asked.request_id, proof)
