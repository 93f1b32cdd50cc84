"""Admission: who may use the exchange, and for what (profile §1).

Facts about centres come from the registry of centres, about software from the register of
certificates, about tokens from the gateway's own table. Every refusal has its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reference_impl.gateway.rate import Rate
from reference_impl.gateway.register import CARE, Certified, Register
from reference_impl.gateway.tokens import Tokens
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Caller

FRESH = timedelta(seconds=60)
NOT_FOUND, OK = 404, 200


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller that may use the exchange.

    `roles` are those of its centre that its software is certified for; `centre_roles` all of them.
    """

    caller: Caller
    roles: frozenset[str]
    centre_roles: frozenset[str]


class Admission:
    """Decide about callers."""

    def __init__(self, config: Configuration, register: Register, tokens: Tokens) -> None:
        self._config = config
        self.register = register
        self._tokens = tokens
        self.rate = Rate(config)
        self._authorities = {a.siam_id: a for a in config.world.authorities.values()}
        self._users = {(user.centre, user.user_id) for user in config.world.users}
        places = (*config.world.centres.items(), *config.world.authorities.items())
        self._key_of = {centre.siam_id: key for key, centre in places}
        self._centres: dict[str, tuple[dict[str, Any], datetime]] = {}

    async def admit(self, caller: Caller) -> Admitted:
        """Return the admitted caller; raise Refusal (403, 429)."""
        if caller.kind != "centre":
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")
        faults = self._config.faults
        if not faults.on("gateway.admission.skip_token"):
            self._check_token(caller)
        centre = await self.centre(caller.centre, caller)
        if not centre["active"] and not faults.on("gateway.admission.skip_licence"):
            raise Refusal("ADMISSION_CENTRE_INACTIVE")
        centre_roles = frozenset(centre["roles"])
        roles = centre_roles
        if not faults.on("gateway.admission.skip_software"):
            certified = await self._certified(caller.software)
            if not faults.on("gateway.admission.skip_scope"):
                roles = certified.covered(centre_roles)
        known = (self._key_of.get(caller.centre), caller.user) in self._users
        if not known and not faults.on("gateway.admission.skip_user"):
            raise Refusal("ADMISSION_USER_UNKNOWN", pointer="header:ditas-user")
        self.rate.take(caller.centre)
        return Admitted(caller, roles, centre_roles)

    def check_role(self, admitted: Admitted, route: Route) -> None:
        """Refuse an operation that is not for centres of this role, or outside the certificate."""
        if may_call(admitted.roles, route) or self._config.faults.on("gateway.admission.skip_role"):
            return
        if may_call(admitted.centre_roles, route):
            raise Refusal(
                "ADMISSION_SOFTWARE_NOT_CERTIFIED",
                pointer="header:ditas-software",
                detail="the certificate does not cover this role",
            )
        raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")

    async def centre(self, siam_id: str, caller: Caller) -> dict[str, Any]:
        """Return what the registry says of a centre; authorities are known here.

        Raises Refusal ADMISSION_CENTRE_UNKNOWN, DEPENDENCY_UNAVAILABLE.
        """
        authority = self._authorities.get(siam_id)
        if authority is not None:
            return {"active": True, "roles": list(authority.roles)}
        now = self._config.clock.now()
        kept = self._centres.get(siam_id)
        for_ever = self._config.faults.on("gateway.admission.remember_for_ever")
        if kept is not None and (now < kept[1] or for_ever):
            return kept[0]
        reply = await self._config.peers.to("siam", caller.behalf).get(f"/centres/{siam_id}")
        if reply.status == NOT_FOUND:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN")
        if reply.status != OK or not isinstance(reply.json, dict):
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        self._centres[siam_id] = (reply.json, now + FRESH)
        return reply.json

    def _check_token(self, caller: Caller) -> None:
        state = self._tokens.state_of(caller.channel) if caller.channel else None
        if state == "revoked":
            raise Refusal("TOKEN_REVOKED", pointer="tls")
        if state == "suspended":
            raise Refusal("TOKEN_SUSPENDED", pointer="tls")
        if state == "locked":
            raise Refusal("ADMISSION_SOFTWARE_LOCKED", pointer="tls")

    async def _certified(self, software_id: str) -> Certified:
        found = await self.register.standing(software_id, self._config.clock.now())
        if found is not None and found.state == "locked":
            raise Refusal("ADMISSION_SOFTWARE_LOCKED", pointer="header:ditas-software")
        never = found is None or found.state == "none"
        if never and self._config.faults.on("gateway.admission.certificate_optional"):
            return Certified("valid", CARE)
        if found is None or found.state != "valid":
            state = "unknown" if found is None else found.state
            raise Refusal(
                "ADMISSION_SOFTWARE_NOT_CERTIFIED",
                pointer="header:ditas-software",
                detail=f"certificate: {state}",
            )
        return found


def may_call(roles: frozenset[str], route: Route) -> bool:
    """Say whether centres of these roles may call the operation; no role named means everybody."""
    return not route.roles or bool(route.roles & roles)
