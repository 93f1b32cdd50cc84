"""An error of a submission from its report to closure (004), and the support portal (14)."""

from __future__ import annotations

from datetime import timedelta

from reference_impl.tour import bundles
from reference_impl.tour.acts import expect
from reference_impl.tour.stage import Stage
from reference_impl.tour.writing import hid, identifier

MONITOR = "/sepas_monitor/v1"
TICKETS = "/support/v1/tickets"


def tell(stage: Stage) -> None:
    """Tell the flow of 004: monitor, error bank, classification, hand-over, closure."""
    lab, ministry = stage.at("lab-1", "ph02"), stage.at("ministry-1", "dr02")
    who = identifier(stage, "P32")
    visit = hid(stage.at("office-1", "dr01"), who, "1")
    wrong = bundles.laboratory(stage, who, code="mmol/L")
    lab.refused(
        "RESULT_UNIT_INVALID", "POST", "/sepas/v1/results/laboratory",
        body={"person": who, "hid": visit, "bundle": wrong},
    )  # fmt: skip
    found = [
        one
        for one in lab.ask(f"{MONITOR}/errors")["errors"]
        if one["code"] == "RESULT_UNIT_INVALID"
    ]
    lab.tell(
        "1", "004", "خطای ارسال در پایش دیده شد.", "The refused submission is seen in the monitor."
    )
    entry = lab.ask(f"{MONITOR}/bank/{found[-1]['code']}")
    expect((entry["triage"], entry["owner"]), (2, "vendor"), "the bank of interpretations")
    lab.tell("2", "004", f"بانک خطا: {entry['solutionFa']}", f"Error bank: {entry['solutionEn']}")
    case = lab.ask(
        f"{MONITOR}/cases", {"errorId": found[-1]["errorId"], "text": "our result is refused"}
    )
    steps = f"{MONITOR}/cases/{case['caseId']}/steps"
    lab.refused("CASE_STATE_CONFLICT", "POST", steps, body={"to": "closed", "text": "too early"})
    expect(lab.ask(steps, {"to": "vendor", "text": "software error"})["state"], "with_vendor", "it")
    lab.tell(
        "3", "004", "خطای نرم‌افزار؛ به شرکت سپرده شد.", "Software error: handed to the vendor."
    )
    up = lab.ask(steps, {"to": "ministry", "text": "the vendor cannot solve it"})
    lab.tell(
        "4", "004", f"به وزارت رفت: {up['trackerKey']}.",
        f"Escalated to the ministry's tracker as {up['trackerKey']}.",
    )  # fmt: skip
    ministry.ask(steps, {"to": "solved", "text": "send mg/dL as UCUM says"})
    closed = lab.ask(steps, {"to": "closed", "text": "works"})
    expect(closed["state"], "closed", "a case")
    told = lab.ask(f"{MONITOR}/cases/{case['caseId']}")
    expect(told["result"], "send mg/dL as UCUM says", "the announced result")
    lab.tell("5", "004", "نتیجه اعلام و پرونده بسته شد.", "The result is announced; closed.")


def support(stage: Stage) -> None:
    """Tell a ticket with its clock, day and night."""
    office, ministry = stage.at("office-1", "dr01"), stage.at("ministry-1", "dr02")
    body = {"subject": "no answer", "text": "the gateway is silent", "urgency": "high"}
    ticket = office.ask(TICKETS, body)
    path = f"{TICKETS}/{ticket['ticketId']}"
    office.tell(
        "1", "14", "تیکت ثبت شد؛ مهلت چهار ساعت.", "A ticket: an answer is due in four hours."
    )
    stage.advance(timedelta(hours=4, minutes=1), "چهار ساعت گذشت.", "Four hours pass, at night.")
    expect(office.ask(path)["overdue"], True, "a ticket nobody answered")
    office.tell("2", "14", "مهلت گذشت و دیده شد.", "Overdue, and shown as such.")
    answered = ministry.ask(f"{path}/notes", {"text": "look again", "close": False})
    expect((answered["state"], answered["overdue"]), ("answered", True), "a late answer")
    closed = office.ask(f"{path}/notes", {"text": "works", "close": True})
    expect(closed["state"], "closed", "a ticket")
    ministry.tell(
        "3", "14", "پاسخ داده و بسته شد؛ دیرکرد می‌ماند.", "Answered and closed; it stays late."
    )
