"""What all services for citizens share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from reference_impl.citizen.domain import CHANNELS
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.coding import Coding
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.persons import Telephones, identity_state
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
DRUGS = "urn:ir:maksa:eRx-synthetic"
SERVICES = "urn:ir:maksa:service-synthetic"
PRESENT = frozenset({"ALIVE", "UNREGISTERED", "UNKNOWN", "UNAUTHORISED"})
"""Registry states of somebody who can use a service; the others are dead or blocked."""


class Desk:
    """Configuration of the citizen services with what is derived from it once."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.coding = Coding(config.pack)
        self.telephones = Telephones(config.world)

    def now(self) -> str:
        """Return the present as the wire writes it."""
        return written(self.config.clock.now())

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment in Tehran."""
        return moment.astimezone(TEHRAN).date()

    def today(self) -> date:
        """Return the day in Tehran."""
        return self.day_of(self.config.clock.now())

    def check_channel(self, service: str, channel: str) -> None:
        """Refuse a service where it is not offered. [RM-CIT-CHAN]."""
        unchecked = self.config.faults.on("citizen.channel.unchecked")
        if channel not in CHANNELS[service] and not unchecked:
            raise Refusal("CHANNEL_NOT_SUPPORTED", pointer="/channel")
        poor = self.config.faults.on("citizen.channel.smartphones_only")
        if poor and channel not in {"web", "app"}:
            raise Refusal("CHANNEL_NOT_SUPPORTED", pointer="/channel")

    async def identify(self, call: Call, body: Mapping[str, Any]) -> None:
        """Refuse somebody who is not known or does not call from the registered telephone."""
        try:
            state = await identity_state(call, body["person"])
        except Refusal as refusal:
            if refusal.code == "DEPENDENCY_UNAVAILABLE":
                raise
            # Whether an identifier exists is nothing a stranger may find out here.
            raise Refusal("CITIZEN_NOT_IDENTIFIED", pointer="/person") from refusal
        holds = self.telephones.belongs(body["phone"], body["person"])
        trusting = self.config.faults.on("citizen.identity.telephone_unchecked")
        if state not in PRESENT or not (holds or trusting):
            raise Refusal("CITIZEN_NOT_IDENTIFIED", pointer="/phone")
