"""Messages of the insurers that need a registered service and a decided base claim."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE

_CREATED = 201


@message_builder("adjudication.claim")
def claim(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the submission of a visit at the public tariff."""
    registered = insurers.registered(sut, data, f"claim {label}")
    body = insurers.submission(registered)
    return Message("submitClaim", "adjudication", OFFICE, _CREATED, body=body)


@message_builder("adjudication.above_limit")
def above_limit(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the submission of two sessions more than are paid."""
    given = insurers.Delivered(insurers.PHYSIOTHERAPY, quantity=12)
    registered = insurers.registered(sut, data, f"above the limit {label}", given)
    body = insurers.submission(registered)
    return Message("submitClaim", "adjudication", OFFICE, _CREATED, body=body)


@message_builder("adjudication.objection")
def objection(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the objection to a deduction: two sessions more than are paid."""
    decided = insurers.decided(
        sut, data, f"objection {label}", insurers.Delivered(insurers.PHYSIOTHERAPY, quantity=12)
    )
    return Message(
        "objectToClaim",
        "adjudication",
        OFFICE,
        _CREATED,
        path={"claimId": str(decided.required("/claimId"))},
        body={"itemRef": "1", "text": "medically needed"},
    )


@message_builder("complementary.guarantee")
def guarantee(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return the question for a letter of a holder in force."""
    body = insurers.letter_body(data)
    return Message("issueGuarantee", "complementary", OFFICE, _CREATED, body=body)


@message_builder("complementary.claim")
def second(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the second claim of a visit whose base claim is decided."""
    base = insurers.base_result(sut, data, f"second {label}")
    body = insurers.second_body(base)
    return Message("submitSecondClaim", "complementary", OFFICE, _CREATED, body=body)


@message_builder("complementary.evaluation")
def evaluation(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return the question what the plan pays of a visit."""
    body = insurers.plan_question(sut, data, [insurers.Delivered()])
    return Message("evaluateComplementary", "complementary", OFFICE, 200, body=body)


@message_builder("complementary.above_cap")
def above_cap(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return the question what the plan pays of five visits."""
    body = insurers.plan_question(sut, data, [insurers.Delivered(quantity=5)])
    return Message("evaluateComplementary", "complementary", OFFICE, 200, body=body)


@message_builder("complementary.unpriced")
def unpriced(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return the question what the plan pays of a visit whose price is not stated."""
    body = insurers.plan_question(sut, data, [insurers.Delivered()])
    items = [{name: row[name] for name in row if name != "unitPrice"} for row in body["items"]]
    return Message(
        "evaluateComplementary", "complementary", OFFICE, 200, body={**body, "items": items}
    )
