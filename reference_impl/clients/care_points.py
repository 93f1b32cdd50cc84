"""Fault points of the prescriber, the laboratory, the imaging centre and the hospital."""

from __future__ import annotations

CARE: dict[str, str] = {
    # prescriber
    "prescriber.eligibility.skipped": "The HID is asked for without asking for eligibility.",
    "prescriber.hid.reused": "The HID of another patient's visit is used again.",
    "prescriber.member.not_inquired": "The prescriber is not looked up in the council registry.",
    "prescriber.rules.skipped": "The rule service is not asked before prescribing.",
    "prescriber.warning.without_reason": "A warning is passed over without a reason.",
    "prescriber.rejection.ignored": "A rejected item is prescribed all the same.",
    "prescriber.code.free_text": "The name of an item is typed by hand.",
    "prescriber.document.unsigned": "The prescription is sent as plain JSON without a signature.",
    "prescriber.amend.without_if_match": "An amendment does not say which version it replaces.",
    "prescriber.order.as_drug": "A laboratory test is ordered as if it were a medicine.",
    # laboratory
    "lis.record.missing": "What was delivered is never registered as a service.",
    "lis.result.never": "The result stays in the laboratory.",
    "lis.result.before_delivery": "The result is sent before the delivery is confirmed.",
    "lis.result.other_patient": "The result names another patient than the order.",
    "lis.result.without_order": "The result does not say which order it belongs to.",
    "lis.result.wrong_unit": "The value is sent in another unit than the test has.",
    "lis.result.unknown_code": "The test is named by a code of the laboratory's own.",
    "lis.result.part_missing": "The report refers to a value that is not sent along.",
    # imaging centre
    "ris.appointment.skipped": "The patient is imaged without an appointment.",
    "ris.appointment.in_the_past": "The appointment lies in the past.",
    "ris.report.before_imaging": "The report is sent before anything was imaged.",
    "ris.report.dated_ahead": "The report is dated a day ahead.",
    "ris.study.other_patient": "The study names another patient than the report.",
    "ris.study.wrong_modality": "The study is sent under another modality.",
    "ris.study.not_archived": "The study is reported but never archived.",
    # hospital
    "his.stay.not_opened": "Inpatient services are delivered without a stay.",
    "his.stay.never_closed": "The discharge is never told.",
    "his.stay.event_after_discharge": "A service is told after the discharge.",
    "his.claim.twice": "The base claim is submitted twice.",
    "his.claim.without_documents": "The base claim leaves its documents out.",
    "his.claim.as_outpatient": "The stay is claimed as outpatient.",
    "his.second.without_base": "The second claim is sent without the base result.",
    "his.second.more_than_left": "The second claim asks for more than was left to the patient.",
    "his.second.letter_used_again": "One guarantee letter stands behind two second claims.",
}
