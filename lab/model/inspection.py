"""Guided inspections: what a person looks at, what they attach, what they attest, and the result.

An item is text of the standard pack. For a campaign it is frozen with the requirements that bind
the role. An attestation is evidence: it is recorded first and judged from the record.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from lab.model.base import Bilingual, Frozen, Instant
from lab.model.exchange import BodyRef
from lab.model.verdict import Selection, Severity, Verdict


class Attester(StrEnum):
    """In which function a person attests."""

    VENDOR = "vendor"
    OPERATOR = "operator"
    ANALYST = "laboratory_analyst"
    INSURER = "insurer_representative"
    MINISTRY = "ministry_representative"

    @property
    def words(self) -> Bilingual:
        """The function as people write it."""
        return _TITLES[self]

    @property
    def is_independent(self) -> bool:
        """Whether this function may take an item out of scope: never the one who is inspected."""
        return self in {Attester.ANALYST, Attester.MINISTRY}


_TITLES = {
    Attester.VENDOR: Bilingual(fa="سازنده", en="vendor"),
    Attester.OPERATOR: Bilingual(fa="بهره‌بردار", en="operator"),
    Attester.ANALYST: Bilingual(fa="تحلیلگر آزمایشگاه", en="laboratory analyst"),
    Attester.INSURER: Bilingual(fa="نمایندهٔ بیمه‌ها", en="insurer representative"),
    Attester.MINISTRY: Bilingual(fa="نمایندهٔ وزارت", en="ministry representative"),
}


class AttachmentKind(StrEnum):
    """What an attached file shows."""

    SCREENSHOT = "screenshot"
    DOCUMENT = "document"
    LOG = "log"
    CONFIGURATION = "configuration"
    CONTRACT = "contract"
    REGISTER_EXTRACT = "register_extract"
    REPORT = "report"

    @property
    def words(self) -> Bilingual:
        """The kind in both languages."""
        return _KINDS[self]


_KINDS = {
    AttachmentKind.SCREENSHOT: Bilingual(fa="تصویر صفحه", en="screenshot"),
    AttachmentKind.DOCUMENT: Bilingual(fa="سند", en="document"),
    AttachmentKind.LOG: Bilingual(fa="گزارش سامانه", en="log"),
    AttachmentKind.CONFIGURATION: Bilingual(fa="پیکربندی", en="configuration"),
    AttachmentKind.CONTRACT: Bilingual(fa="قرارداد", en="contract"),
    AttachmentKind.REGISTER_EXTRACT: Bilingual(fa="رونوشت دفتر", en="register extract"),
    AttachmentKind.REPORT: Bilingual(fa="گزارش", en="report"),
}


class AttestedVerdict(StrEnum):
    """What an attestation can say."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"


class WantedAttachment(Frozen):
    """A file the item asks for; without a required one a pass is inconclusive."""

    kind: AttachmentKind
    fa: str
    en: str
    optional: bool = False


class InspectionItem(Frozen):
    """One guided inspection as it applies to one role. `severity` follows its requirements."""

    id: str = Field(pattern=r"^INS-[A-Z]+-\d{3}$")
    role: str
    requirements: tuple[str, ...] = Field(min_length=1)
    severity: Severity
    title: Bilingual
    question: Bilingual
    look: tuple[Bilingual, ...] = Field(min_length=1)
    attach: tuple[WantedAttachment, ...] = Field(min_length=1)
    attest: tuple[Attester, ...] = Field(min_length=1)
    criterion: Bilingual
    selected_if: str | None = None

    @property
    def is_required(self) -> bool:
        """Whether a scheme that demands inspections demands this one: it guards a MUST."""
        return self.severity is Severity.MAJOR


class PlannedInspection(Frozen):
    """An item with its selection and the reason for it."""

    item: InspectionItem
    selection: Selection
    reason: str


class Attachment(Frozen):
    """A file kept with an attestation, under the hash of its bytes. `name` is escaped already."""

    kind: AttachmentKind
    name: str = Field(min_length=1, max_length=200)
    media_type: str
    body: BodyRef


class Attestation(Frozen):
    """What one person attested of one item. A correction is a new one that names the old."""

    id: str = Field(pattern=r"^ATT-\d{4}$")
    item: str
    verdict: AttestedVerdict
    name: str = Field(min_length=1, max_length=200)
    function: Attester
    note: str = Field(min_length=1, max_length=4000)
    attachments: tuple[Attachment, ...] = ()
    corrects: str | None = None
    at: Instant


class InspectionResult(Frozen):
    """Everything said about one planned inspection; the last attestation counts.

    `missing` names what keeps the item open. `attestations` hold all of them, oldest first.
    """

    item: InspectionItem
    selection: Selection
    reason: str
    verdict: Verdict
    missing: tuple[Bilingual, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it waits for an attestation that counts."""
        return self.verdict is Verdict.INCONCLUSIVE

    @property
    def current(self) -> Attestation | None:
        """The attestation that counts, None when there is none."""
        return self.attestations[-1] if self.attestations else None


class InspectionCounts(Frozen):
    """Counts that close: planned = passed + failed + open; not applicable ones come in addition."""

    planned: int = 0
    passed: int = 0
    failed: int = 0
    open: int = 0
    not_applicable: int = 0
