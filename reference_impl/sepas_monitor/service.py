"""Monitor of record submission (SRM): errors per centre, bank of interpretations, cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.centres import has_role
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service, Work
from reference_impl.sepas_monitor import store
from reference_impl.sepas_monitor.domain import (
    TRIAGE_CLASSES,
    UNKNOWN,
    Bank,
    first_state,
    may_step,
    state_after,
)

OK = 200
MINISTRY = "ministry"


def create(config: Configuration) -> Service:
    """Make the monitor on its store."""
    config.store.create(store.METADATA)
    desk = Monitor(config)
    return Service(
        "sepas_monitor",
        (
            Operation("listSubmissionErrors", desk.errors),
            Operation("getErrorEntry", desk.entry),
            Operation("reportCase", desk.report),
            Operation("advanceCase", desk.advance),
            Operation("getCase", desk.read),
        ),
    )


class Monitor:
    """The desk of those who follow errors up."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.bank = Bank(config.pack.errors, config.pack.codes[TRIAGE_CLASSES])

    async def errors(self, call: Call) -> Answer:
        """List what the record refused of the calling centre. [SEP-ERR-2]."""
        faults = self.config.faults
        since = None if faults.on("sepas_monitor.errors.since_ignored") else call.query.get("since")
        found = await self._refused(call, since)
        return Answer(200, {"errors": [self._error(one) for one in found]})

    async def entry(self, call: Call) -> Answer:
        """Look an error up in the bank. [SEP-ERR-3]."""
        found = self.bank.entry(call.path["code"])
        if found is None:
            raise Refusal("ERROR_ENTRY_NOT_FOUND", pointer="path:code")
        if self.config.faults.on("sepas_monitor.bank.solution_missing"):
            found |= {"solutionEn": found["messageEn"], "solutionFa": found["messageFa"]}
        return Answer(200, found)

    async def report(self, call: Call) -> Work:
        """Open a case, classified by the bank. [SEP-ERR-1, SEP-ERR-4, SEP-ERR-5]."""
        body: Mapping[str, Any] = call.body
        code = body.get("code")
        if "errorId" in body:
            known = {one["refusalId"]: one for one in await self._refused(call, None)}
            if body["errorId"] not in known:
                raise Refusal("ERROR_ENTRY_NOT_FOUND", pointer="/errorId")
            code = known[body["errorId"]]["code"]
        meaning = self.bank.interpret(code)
        triage, owner = meaning.triage, meaning.owner
        if self.config.faults.on("sepas_monitor.triage.always_unknown"):
            triage, owner = UNKNOWN, MINISTRY
        state = first_state(triage)
        if self.config.faults.on("sepas_monitor.triage.unknown_stays_open"):
            state = "open"
        case_id = self.config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            key = self._tracked(rows, case_id) if state == "with_ministry" else None
            steps = [self._step("open", body["text"])]
            if state == "with_ministry":
                steps.append(self._step(MINISTRY, body["text"]))
            rows.execute(
                insert(store.cases).values(
                    case_id=case_id,
                    centre=call.caller.centre,
                    state=state,
                    triage=triage,
                    owner=owner,
                    code=code,
                    tracker_key=key,
                    result=None,
                    steps=steps,
                )
            )
            return Answer(201, self._shown(_case(rows, case_id)))

        return commit

    async def advance(self, call: Call) -> Work:
        """Hand a case over, solve or close it. [SEP-ERR-6 to SEP-ERR-10]."""
        to, text = call.body["to"], call.body["text"]
        ministry = await has_role(call, MINISTRY)

        def commit(rows: Connection) -> Answer:
            row = self._visible(rows, call, ministry=ministry)
            if not self._may_step(row, to):
                raise Refusal("CASE_STATE_CONFLICT", pointer="/to")
            key = row.tracker_key
            if to == MINISTRY and key is None:
                key = self._tracked(rows, row.case_id)
            rows.execute(
                update(store.cases)
                .where(store.cases.c.case_id == row.case_id)
                .values(
                    state=state_after(to),
                    tracker_key=key,
                    result=text if to == "solved" else row.result,
                    steps=[*row.steps, self._step(to, text)],
                )
            )
            return Answer(200, self._shown(_case(rows, row.case_id)))

        return commit

    async def read(self, call: Call) -> Answer:
        """Tell a case to its centre and the ministry. [SEP-ERR-10]."""
        ministry = await has_role(call, MINISTRY)
        with self.config.store.read() as rows:
            return Answer(200, self._shown(self._visible(rows, call, ministry=ministry)))

    async def _refused(self, call: Call, since: str | None) -> list[dict[str, Any]]:
        wanted = {"centre": call.caller.centre}
        if self.config.faults.on("sepas_monitor.errors.of_all_centres"):
            wanted = {}
        if since is not None:
            wanted["since"] = since
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        reply = await call.peer("sepas").get(f"/refusals?{query}" if query else "/refusals")
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        found: list[dict[str, Any]] = reply.json["refusals"]
        return found

    def _error(self, refused: Mapping[str, Any]) -> dict[str, Any]:
        meaning = self.bank.interpret(refused["code"])
        return {
            "errorId": refused["refusalId"],
            "at": refused["at"],
            "code": refused["code"],
            "triage": meaning.triage,
            "owner": meaning.owner,
            "operation": refused["operation"],
            "correlation": refused["correlation"],
        }

    def _may_step(self, row: Any, to: str) -> bool:
        if row.state == "closed" and self.config.faults.on("sepas_monitor.case.reopens"):
            return True
        if row.state == "open" and self.config.faults.on("sepas_monitor.case.owner_ignored"):
            return True
        if to == "closed" and self.config.faults.on("sepas_monitor.case.closed_unsolved"):
            return True
        return may_step(row.state, to, row.owner)

    def _visible(self, rows: Connection, call: Call, *, ministry: bool) -> Any:
        row = _case(rows, call.path["caseId"])
        anybody = self.config.faults.on("sepas_monitor.case.any_centre_reads")
        if row is None or not (row.centre == call.caller.centre or ministry or anybody):
            raise Refusal("CASE_NOT_FOUND", pointer="path:caseId")
        return row

    def _tracked(self, rows: Connection, case_id: str) -> str:
        """Enter the case in the ministry's tracker and return its key there. [SEP-ERR-8]."""
        rows.execute(insert(store.tracker).values(case_id=case_id))
        query = select(store.tracker.c.number).where(store.tracker.c.case_id == case_id)
        return f"MOH-{rows.execute(query).scalar_one()}"

    def _step(self, to: str, text: str) -> dict[str, str]:
        return {"at": written(self.config.clock.now()), "to": to, "text": text}

    def _shown(self, row: Any) -> dict[str, Any]:
        case: dict[str, Any] = {
            "caseId": row.case_id,
            "state": row.state,
            "triage": row.triage,
            "owner": row.owner,
            "steps": row.steps,
        }
        optional = {"code": row.code, "trackerKey": row.tracker_key, "result": row.result}
        if self.config.faults.on("sepas_monitor.case.result_not_told"):
            del optional["result"]
        return case | {name: value for name, value in optional.items() if value is not None}


def _case(rows: Connection, case_id: str) -> Any:
    query = select(store.cases).where(store.cases.c.case_id == case_id)
    return rows.execute(query).one_or_none()
