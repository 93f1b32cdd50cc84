"""Life cycles at the insurers: claims in adjudication, guarantee letters of a plan."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from lab.kit import Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_insurers as insurers
from suites.journeys_insurers import Delivered
from suites.property.course import Act, Thing, run

COURSE = Delivered(insurers.PHYSIOTHERAPY, 12)  # two more than a course may have
DEAR = Delivered(price=Delivered().tariff + 400_000)  # its share is above the ceiling of a letter
DECIDED = "CLAIM_DUPLICATE"
UNHEARD = frozenset({"CLAIM_STATE_CONFLICT", "CLAIM_NOT_FOUND"})
FREE = frozenset({"GUARANTEE_STATE_CONFLICT"})


class _Claim:
    """A claim of the purchaser: a sound one, or one of which something is deducted."""

    def __init__(self, sut: Sut, data: SyntheticData, *, sound: bool) -> None:
        self.sut, self.sound = sut, sound
        self.claim = insurers.registered(sut, data, "life", None if sound else COURSE)
        self.id = str(self.claim.required("/claimId"))
        self.heard = False

    def submit(self, change: dict[str, JsonValue], step: str) -> Reply:
        """Submit it, with a change that makes it wrong or none."""
        return insurers.submit(self.sut, insurers.submission(self.claim, **change), step)

    def object(self, item: str, step: str) -> Reply:
        """Object to what was deducted from an item."""
        body = {"itemRef": item, "text": "medically needed"}
        path, caller = {"claimId": self.id}, journeys.OFFICE
        reply = self.sut.call("objectToClaim", path=path, body=body, caller=caller, step=step)
        self.heard = self.heard or reply.status == HTTPStatus.CREATED
        return reply

    def acts(self) -> list[Act]:
        """Return what may be tried: submissions right and wrong, objections right and wrong."""
        adjusting = "adjudication", "adjustment"
        by, to = (adjusting[:1], "ADJUDICATED") if self.sound else (adjusting, "ADJUSTED")
        cost = insurers.cost_of(Delivered(price=1).split())
        wrong: list[tuple[str, str, JsonValue]] = [
            ("CLAIM_INCOMPLETE", "documents", []),
            ("HID_INVALID", "insurerCode", "2"),
            ("COST_MISMATCH", "cost", cost),
        ]
        return [
            Act(by, to, partial(self.submit, {}), frozenset({DECIDED}), 201, name="submission"),
            *(
                Act("adjudication", "nothing", partial(self.submit, {member: value}),
                    frozenset({code, DECIDED}), 201, name=f"submission with wrong {member}")
                for code, member, value in wrong
            ),
            Act("adjustment", "ADJUSTED", partial(self.object, "1"), UNHEARD, 201, name="objection",
                guard=lambda: not self.sound and not self.heard),
            Act("adjustment", "nothing", partial(self.object, "2"), UNHEARD, 201,
                name="objection to what stands"),
        ]  # fmt: skip


@conformance_case(
    "TC-ADJ-PROP-LC-001",
    verifies=("RM-INS-POST-B", "RM-INS-ADJ"),
    role="adjudication_service",
    title_fa="چرخهٔ زندگی مطالبه",
)
def tc_a_claim_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT decides, adjusts and hears a claim only as its life cycle says.

    Given claims of the purchaser, sound ones and ones of too many sessions, when they are submitted
    rightly and wrongly and objected to in generated orders, then each step is taken or refused as
    lifecycles.yaml says, the state read back is that of the model, and refusals move no money.
    """

    def begin(sound: bool) -> Thing:
        one = _Claim(sut, data, sound=sound)
        return Thing(
            acts=one.acts(),
            reading=lambda step: insurers.result(sut, one.id, step),
            shows={"SUBMITTED": ("/code", "CLAIM_NOT_FOUND")},
            keeps=("/accepted", "/adjustments"),
        )

    adjusted, accepted = partial(begin, False), partial(begin, True)
    run("claim", adjusted, expect, generated, tours=[adjusted, accepted])


class _Letter:
    """A letter for visits, and decided base claims that may name it."""

    def __init__(self, sut: Sut, data: SyntheticData) -> None:
        self.sut, self.data = sut, data
        wanted = [journeys.coded(journeys.SERVICES, journeys.VISIT)]
        body = insurers.letter_body(data, services=wanted)
        asked = "issueGuarantee"
        reply = sut.call(asked, body=body, caller=journeys.OFFICE, step="preamble: letter")
        self.id = str(reply.required("/guaranteeId"))
        self.bases: dict[str, dict[str, JsonValue]] = {}
        self.paid: JsonValue = None

    def claim(self, label: str, delivered: Delivered | None, step: str) -> Reply:
        """Send a second claim that names the letter; a refused one leaves its base claim free."""
        if label not in self.bases:
            of = f"{label} {step}"
            self.bases[label] = insurers.base_result(self.sut, self.data, of, delivered)
        body = insurers.second_body(self.bases[label], guaranteeId=self.id)
        reply = insurers.second(self.sut, body, step)
        if reply.status == HTTPStatus.CREATED:
            self.paid = body
            del self.bases[label]
        return reply

    def again(self, step: str) -> Reply:
        """Send the claim that was paid once more."""
        return insurers.second(self.sut, self.paid, step)

    def read(self, step: str) -> Reply:
        """Read the letter as the centre it was issued for."""
        path = {"guaranteeId": self.id}
        return self.sut.call("getGuarantee", path=path, caller=journeys.OFFICE, step=step)


@conformance_case(
    "TC-CMP-PROP-LC-001",
    verifies=("ERX-A1-11-3",),
    role="complementary_insurer_system",
    rulings=("RUL-061",),
    title_fa="چرخهٔ زندگی معرفی‌نامه",
)
def tc_a_letter_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT uses a guarantee letter up once, for what it names and up to its ceiling.

    Given a letter for visits, when visits, dearer ones, other services and a paid claim are sent
    under it in generated orders, then each is taken or refused as lifecycles.yaml says and the
    letter read back is that of the model.
    """

    def begin() -> Thing:
        one = _Letter(sut, data)
        by, other = "submitSecondClaim", Delivered(insurers.PHYSIOTHERAPY)
        above = FREE | {"GUARANTEE_CEILING_EXCEEDED"}
        twice = FREE | {"CLAIM_DUPLICATE"}
        return Thing(
            acts=[
                Act(by, "used", partial(one.claim, "visit", None), FREE, 201, name="claim"),
                Act(by, "nothing", partial(one.claim, "dear", DEAR), above, 201,
                    name="claim above the ceiling"),
                Act(by, "nothing", partial(one.claim, "other", other), FREE, 201,
                    name="claim of a service the letter does not name"),
                Act(by, "nothing", one.again, twice, 201, within=frozenset({"used"}),
                    name="the paid claim again"),
            ],
            reading=one.read,
            keeps=("/ceiling", "/percent", "/validUntil"),
        )  # fmt: skip

    run("guarantee", begin, expect, generated, tours=[begin])
