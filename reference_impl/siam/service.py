"""The registry of centres as a service.

It starts with the synthetic centres; the licensing systems (a stub: organisations of the synthetic
world with the role `licensing`) report what becomes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from reference_impl.platform.clock import tehran_day, written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work
from reference_impl.siam import store
from reference_impl.siam.domain import (
    CHANGE_OF_STATE,
    Registered,
    after,
    record,
    registered,
    source_of,
    spoiled,
)

PAGE, SMALL_PAGE = 200, 7
USERS_SINCE = "2022-03-21"


def create(config: Configuration) -> Service:
    """Make the registry on its store."""
    config.store.create(store.METADATA)
    desk = Registry(config)
    return Service(
        "siam",
        (
            Operation("getCentre", desk.one, callers=EVERYONE),
            Operation("listCentres", desk.several, callers=EVERYONE),
            Operation("getLicenceMapping", desk.mapping, callers=EVERYONE),
            Operation("listCentreUsers", desk.users, callers=EVERYONE),
            Operation("listCentreChanges", desk.changes, callers=EVERYONE),
            Operation("reportLicenceEvent", desk.report),
        ),
    )


class Registry:
    """Centres as registered at the start, with what was reported since laid over them."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._base = {one.siam_id: one for one in map(registered, config.world.centres.values())}
        self._by_licence = {(one.source, one.licence): one for one in self._base.values()}
        self._kinds = {
            row["code"]: row
            for row in config.pack.codes["urn:ir:maksa:centre-kind-synthetic"]["concepts"]
        }
        self._levels = {
            kind: int(row["code"])
            for row in config.pack.codes["urn:ir:maksa:centre-level-synthetic"]["concepts"]
            for kind in row["kinds"]
        }
        with config.store.transaction() as rows:
            store.fill(rows, sorted(self._base), self._moment())

    async def one(self, call: Call) -> Answer:
        """Answer one centre as it stands now."""
        found = self._centre(call.path["siamId"])
        if found is None and self.config.faults.on("siam.centre.unknown_answered"):
            somebody = next(iter(self._base.values()))
            return Answer(200, self._record(somebody) | {"siamId": call.path["siamId"]})
        if found is None:
            raise Refusal("NOT_FOUND", pointer="path:siamId")
        return Answer(200, self._record(found))

    async def several(self, call: Call) -> Answer:
        """Answer all centres, or those of one kind."""
        kind = call.query.get("kind")
        current = dict(self._base)
        with self.config.store.read() as rows:
            current |= {one.siam_id: one for one in store.changed_centres(rows)}
        if self.config.faults.on("siam.list.kind_ignored"):
            kind = None
        shown = [self._record(one) for one in current.values() if kind in {None, one.kind}]
        return Answer(200, {"centres": shown})

    async def mapping(self, call: Call) -> Answer:
        """Answer the centre of a licence id. [ERX-8-9-N1]."""
        source, licence = call.path["source"], call.path["licence"]
        with self.config.store.read() as rows:
            found = self._of_licence(rows, source, licence)
            if self.config.faults.on("siam.licence.reported_only"):
                reported = store.of_licence(rows, source, licence)
                found = reported[0] if reported else None
        if found is None and self.config.faults.on("siam.licence.source_ignored"):
            found = next((o for (_, n), o in self._by_licence.items() if n == licence), None)
        if found is None:
            raise Refusal("LICENCE_MAPPING_UNKNOWN", pointer="path:licence")
        return Answer(200, {"source": source, "licence": licence, "centre": found.siam_id})

    async def users(self, call: Call) -> Answer:
        """Answer the users of the caller's centre; those of another one are not its business."""
        asked, caller = call.path["siamId"].lower(), call.caller
        if self._centre(asked) is None:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN", pointer="path:siamId")
        own = caller.kind == "service" or caller.centre.lower() == asked
        if not own and not self.config.faults.on("siam.users.other_centres_shown"):
            raise Refusal("NOT_FOUND", pointer="path:siamId")
        return Answer(200, {"users": self._users(asked)})

    async def changes(self, call: Call) -> Answer:
        """Answer what changed after a number, a page at a time."""
        last = int(call.query.get("after", 0))
        size = SMALL_PAGE if self.config.faults.on("siam.variant.small_pages") else PAGE
        with self.config.store.read() as rows:
            first = last - 1 if self.config.faults.on("siam.changes.last_one_repeated") else last
            found = store.feed(rows, first, size)
        shown = [
            {
                "centre": row["siam_id"],
                "sequence": row["sequence"],
                "changedAt": row["changed_at"],
                "kind": row["kind"],
            }
            for row in found
        ]
        return Answer(200, {"changes": shown, "next": found[-1]["sequence"] if found else last})

    async def report(self, call: Call) -> Work:
        """Take an event of a licensing system; the newest number of a licence wins."""
        event = call.body
        self._check_source(call.caller.centre, event)

        def commit(rows: Connection) -> Answer:
            return Answer(201, self._apply(rows, event))

        return commit

    def _check_source(self, caller: str, event: Mapping[str, Any]) -> None:
        """Refuse an event of a system that does not license this kind of centre."""
        if self.config.faults.on("siam.event.any_source"):
            return
        reporter = self._centre(caller.lower())
        speaks = reporter is not None and "licensing" in reporter.roles
        if not speaks or reporter is None or reporter.represents != event["source"]:
            raise Refusal("LICENSING_SOURCE_REFUSED", pointer="/source")
        if source_of(event["centreKind"]["kind"]) != event["source"]:
            raise Refusal("LICENSING_SOURCE_REFUSED", pointer="/centreKind/kind")

    def _apply(self, rows: Connection, event: Mapping[str, Any]) -> dict[str, Any]:
        source, licence, sequence = event["source"], event["licence"], event["sequence"]
        stored = store.of_licence(rows, source, licence)
        before = stored[0] if stored else self._by_licence.get((source, licence))
        if before is not None and before.kind != event["centreKind"]["kind"]:
            raise Refusal("LICENSING_SOURCE_REFUSED", pointer="/centreKind/kind")
        if self.config.faults.on("siam.event.second_id"):
            before = None
        centre = after(before or self._founded(event), event)
        if stored is not None and self.config.faults.on("siam.event.stale_accepted"):
            sequence = max(sequence, stored[1] + 1)
        if not store.keep(rows, source, centre, sequence, known=stored is not None):
            raise Refusal("CENTRE_UPDATE_STALE", pointer="/sequence")
        kind = "created" if before is None else CHANGE_OF_STATE[event["state"]]
        if self.config.faults.on("siam.changes.kind_always_changed"):
            kind = "changed"
        moment = self._moment()
        if self.config.faults.on("siam.changes.event_not_noted"):
            number = 1_000_000
        else:
            number = store.note(rows, centre.siam_id, kind, moment)
        return {
            "centre": centre.siam_id,
            "sequence": number,
            "changedAt": moment,
            "kind": kind,
        }

    def _founded(self, event: Mapping[str, Any]) -> Registered:
        """Register a centre that a licensing system names for the first time."""
        kind = event["centreKind"]["kind"]
        return Registered(
            siam_id=self.config.ids.uuid(),
            name_fa=f"مرکز با پروانهٔ {event['licence']}",
            name_en=f"Centre with licence {event['licence']}",
            kind=kind,
            sector=event["centreKind"]["sector"],
            roles=tuple(self._kinds[kind]["roles"]),
            level=self._levels.get(kind, 1),
            licence=event["licence"],
            state=event["state"],
            valid_until=date.fromisoformat(event["validUntil"]),
        )

    def _centre(self, siam_id: str) -> Registered | None:
        if not self.config.faults.on("siam.centre.events_ignored"):
            with self.config.store.read() as rows:
                found = store.changed_centre(rows, siam_id)
            if found is not None:
                return found
        if self.config.faults.on("siam.centre.id_by_beginning"):
            return next((o for k, o in self._base.items() if k[:-1] == siam_id[:-1]), None)
        return self._base.get(siam_id)

    def _of_licence(self, rows: Connection, source: str, licence: str) -> Registered | None:
        stored = store.of_licence(rows, source, licence)
        return stored[0] if stored else self._by_licence.get((source, licence))

    def _users(self, siam_id: str) -> list[dict[str, Any]]:
        world = self.config.world
        place = next((c for c in world.centres.values() if c.siam_id.lower() == siam_id), None)
        if place is None:
            return []  # registered by an event; its users are enrolled later
        found = []
        for user in world.users:
            if user.centre != place.key:
                continue
            member = world.professional(user.person)
            user_id = user.user_id
            if self.config.faults.on("siam.users.one_id_everywhere"):
                user_id = next(one.user_id for one in world.users if one.person == user.person)
            found.append(
                {
                    "user": user_id,
                    "councilKind": member.council_kind,
                    "councilNumber": member.council_number,
                    "terminalId": place.terminal_id,
                    "software": world.software_of(place.key).software_id,
                    "validFrom": USERS_SINCE,
                }
            )
        return found

    def _record(self, centre: Registered) -> dict[str, Any]:
        today = tehran_day(self.config.clock.now())
        shown = record(centre, today)
        spoiled(centre, self.config.faults, today, shown)
        return shown

    def _moment(self) -> str:
        return written(self.config.clock.now())
