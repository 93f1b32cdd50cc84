"""Admission: who may use the exchange, and for what (profile §1).

Facts about centres come from the registry of centres; software certificates and users are the
gateway's own register. Every refusal has its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Caller

FRESH = timedelta(seconds=60)
NOT_FOUND, OK = 404, 200


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller that may use the exchange, with the roles of its centre."""

    caller: Caller
    roles: frozenset[str]


class Admission:
    """Decide about callers."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._software = {s.software_id: s for s in config.world.software.values()}
        keys = {centre.siam_id: key for key, centre in config.world.centres.items()}
        self._users = {(user.centre, user.user_id) for user in config.world.users}
        self._key_of = keys
        self._centres: dict[str, tuple[dict[str, Any], Any]] = {}

    async def admit(self, caller: Caller) -> Admitted:
        """Return the admitted caller; raise Refusal (403)."""
        if caller.kind != "centre":
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")
        centre = await self._centre(caller)
        faults = self._config.faults
        if not centre["active"] and not faults.on("gateway.admission.skip_licence"):
            raise Refusal("ADMISSION_CENTRE_INACTIVE")
        if not faults.on("gateway.admission.skip_software"):
            self._check_software(caller.software)
        known = (self._key_of.get(caller.centre), caller.user) in self._users
        if not known and not faults.on("gateway.admission.skip_user"):
            raise Refusal("ADMISSION_USER_UNKNOWN", pointer="header:ditas-user")
        return Admitted(caller, frozenset(centre["roles"]))

    def check_role(self, admitted: Admitted, route: Route) -> None:
        """Refuse an operation that is not for centres of this role."""
        if may_call(admitted.roles, route):
            return
        if not self._config.faults.on("gateway.admission.skip_role"):
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")

    def _check_software(self, software_id: str) -> None:
        software = self._software.get(software_id)
        today = self._config.clock.now().date()
        if software is not None and software.certificate_state == "locked":
            raise Refusal("ADMISSION_SOFTWARE_LOCKED", pointer="header:ditas-software")
        until = software.certificate_valid_until if software is not None else None
        valid = software is not None and software.certificate_state == "valid"
        if not valid or until is None or until < today:
            raise Refusal("ADMISSION_SOFTWARE_NOT_CERTIFIED", pointer="header:ditas-software")

    async def _centre(self, caller: Caller) -> dict[str, Any]:
        now = self._config.clock.now()
        kept = self._centres.get(caller.centre)
        if kept is not None and now < kept[1]:
            return kept[0]
        peer = self._config.peers.to("siam", caller.behalf)
        reply = await peer.get(f"/centres/{caller.centre}")
        if reply.status == NOT_FOUND:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN")
        if reply.status != OK or not isinstance(reply.json, dict):
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        self._centres[caller.centre] = (reply.json, now + FRESH)
        return reply.json


def may_call(roles: frozenset[str], route: Route) -> bool:
    """Say whether centres of these roles may call the operation; no role named means everybody."""
    return not route.roles or bool(route.roles & roles)
