"""Certificates beside stored campaigns: whose they are and in which state, as far as provable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab.campaign.recall import Held
from lab.certification.issue import FILE, STATUS, TYPE
from lab.certification.jose import Forged, open_token
from lab.certification.status import StatusList, load_status
from lab.certification.trust import load_anchors
from lab.certification.verify import read_token
from lab.model import stored
from lab.model.certificate import Certificate
from lab.model.errors import LabError


@dataclass(frozen=True)
class Cabinet:
    """Looks certificates up; without `trust` their states are unknown, never taken on faith."""

    trust: Path | None
    status: Path | None
    at: datetime

    def held(self, directory: Path) -> Held | None:
        """Return the certificate of a campaign directory, None when there is none."""
        path = directory / FILE
        if not path.is_file():
            return None
        if self.trust is None:
            return Held(path=str(path), note="no --trust was given, so nothing of it was verified")
        anchors = load_anchors(self.trust)
        try:
            opened = open_token(read_token(path), TYPE, anchors)
            certificate = stored.CERTIFICATE.of(opened.payload, str(path))
        except (Forged, LabError) as error:
            said = error.sentence if isinstance(error, LabError) else str(error)
            return Held(path=str(path), note=f"no certificate of a trusted laboratory: {said}")
        held = Held(
            path=str(path),
            id=certificate.id,
            campaign=certificate.campaign_id,
            product=certificate.product,
        )
        listed = self.status or directory / STATUS
        try:
            status = load_status(listed, anchors)
        except LabError as error:
            return held.model_copy(update={"note": error.sentence})
        return held.model_copy(update={"state": self._state(certificate, status)})

    def _state(self, certificate: Certificate, status: StatusList) -> str:
        state = status.state(certificate.id, self.at)
        if state is None:
            return "unknown"
        ended = state.value == "valid" and self.at > certificate.valid_until
        return "expired" if ended else state.value
