"""The exchange centre's desk for tokens: issue, read, suspend, lock, reinstate, revoke."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection

from reference_impl.gateway.admission import Admission, Admitted
from reference_impl.gateway.register import Certified
from reference_impl.gateway.tokens import Token, Tokens
from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work

REASON_SYSTEM = "urn:ir:maksa:reason-synthetic"
REASON_GROUP = "token"
CREATED = 201
Handler = Callable[[Call, Admitted], Awaitable[Answer | Work]]


class TokenDesk:
    """Operations on tokens; only the exchange centre reaches them."""

    def __init__(self, config: Configuration, admission: Admission, tokens: Tokens) -> None:
        self._config = config
        self._admission = admission
        self._tokens = tokens
        self._reasons = {
            row["code"]
            for row in config.pack.codes[REASON_SYSTEM]["concepts"]
            if row["group"] == REASON_GROUP
        }

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by operation."""
        return {
            "issueToken": self._issue,
            "getToken": self._get,
            "suspendToken": self._step("suspended"),
            "lockToken": self._step("locked"),
            "reinstateToken": self._step("active"),
            "revokeToken": self._revoke,
        }

    async def _get(self, call: Call, _admitted: Admitted) -> Answer:
        return Answer(200, self._tokens.get(call.path["tokenId"]).body())

    async def _issue(self, call: Call, _admitted: Admitted) -> Work:
        centre, software = call.body["centre"], call.body["software"]
        standing = await self._admission.register.standing(software, self._config.clock.now())
        if standing is None:
            raise Refusal("SOFTWARE_UNKNOWN", pointer="/software")
        if not self._config.faults.on("gateway.token.issue_unconditionally"):
            if standing.state != "valid":
                raise Refusal(
                    "TOKEN_ISSUE_REFUSED", pointer="/software", detail=f"it is {standing.state}"
                )
            await self._check_centre(call, centre, standing)
        order = {
            "class": "ditas_token",
            "certificateRequest": call.body["certificateRequest"],
            "commonName": f"token of {centre}",
            "organisation": self._holder(call, centre),
            "serialNumber": software,
        }
        issued = await self._authority(call, "/certificates", order)
        certificate = read_certificate(base64.b64decode(issued["certificate"]))

        def commit(rows: Connection) -> Answer:
            return Answer(CREATED, self._tokens.add(rows, certificate).body())

        return commit

    def _holder(self, call: Call, centre: str) -> str:
        orderer = self._config.faults.on("gateway.token.made_out_to_orderer")
        return call.caller.centre if orderer else centre

    async def _check_centre(self, call: Call, siam_id: str, certified: Certified) -> None:
        try:
            centre = await self._admission.centre(siam_id, call.caller)
        except Refusal as refusal:
            if refusal.code != "ADMISSION_CENTRE_UNKNOWN":
                raise
            raise Refusal("TOKEN_ISSUE_REFUSED", pointer="/centre", detail="unknown") from refusal
        if not centre["active"]:
            raise Refusal("TOKEN_ISSUE_REFUSED", pointer="/centre", detail="not licensed")
        if not certified.covered(centre["roles"]):
            raise Refusal(
                "TOKEN_ISSUE_REFUSED", pointer="/software", detail="not certified for its roles"
            )

    def _step(self, state: str) -> Handler:
        async def change(call: Call, _admitted: Admitted) -> Work:
            token, reason = self._tokens.get(call.path["tokenId"]), self._reason(call)
            self._tokens.check(token, state)

            def commit(rows: Connection) -> Answer:
                return Answer(200, self._tokens.change(rows, token.id, state, reason).body())

            return commit

        return change

    async def _revoke(self, call: Call, _admitted: Admitted) -> Work:
        token, reason = self._tokens.get(call.path["tokenId"]), self._reason(call)
        self._tokens.check(token, "revoked")
        # The authority first: a crash between the two leaves a certificate nobody accepts.
        if not self._config.faults.on("gateway.token.certificate_stays_good"):
            await self._authority(call, "/revocations", self._revocation(call, token, reason))

        def commit(rows: Connection) -> Answer:
            return Answer(200, self._tokens.change(rows, token.id, "revoked", reason).body())

        return commit

    def _revocation(self, call: Call, token: Token, reason: str) -> dict[str, Any]:
        coded = {**call.body["reason"], "code": reason}
        return {"issuer": token.issuer, "serial": token.serial, "reason": coded}

    async def _authority(self, call: Call, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # The same key at every repetition, so that a repeated order is one certificate.
        key = hashlib.sha256(f"{call.caller.centre}:{call.key}".encode()).hexdigest()[:40]
        reply = await call.peer("pki").post(path, body, key=key)
        if reply.code == "CERTIFICATE_REQUEST_INVALID":
            raise Refusal("CERTIFICATE_REQUEST_INVALID", pointer="/certificateRequest")
        if reply.status != CREATED or not isinstance(reply.json, dict):
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        return reply.json

    def _reason(self, call: Call) -> str:
        coded = call.body["reason"]
        any_system = self._config.faults.on("gateway.token.any_code_system")
        if (any_system or coded["system"] == REASON_SYSTEM) and coded["code"] in self._reasons:
            return str(coded["code"])
        if self._config.faults.on("gateway.token.reason_unchecked"):
            return "SURVEILLANCE"
        raise Refusal("CODE_UNKNOWN", pointer="/reason/code", detail="not a reason of group token")
