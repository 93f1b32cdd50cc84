"""Cases that went further than to their first owner."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites.record_journeys import OFFICE


@message_builder("sepas_monitor.to_the_ministry")
def to_the_ministry(sut: Sut, _data: SyntheticData, _label: str) -> Message:
    """Pass a case that is with a vendor on to the ministry."""
    body = {"text": "our result is refused", "code": "RESULT_UNIT_INVALID"}
    made = sut.call("reportCase", body=body, caller=OFFICE, step="preamble: report a case")
    path = {"caseId": str(made.required("/caseId"))}
    step = {"to": "vendor", "text": "please mend it"}
    sut.call("advanceCase", path=path, body=step, caller=OFFICE, step="preamble: to the vendor")
    further = {"to": "ministry", "text": "we cannot mend it"}
    return Message("advanceCase", "sepas_monitor", OFFICE, 200, path=path, body=further)
