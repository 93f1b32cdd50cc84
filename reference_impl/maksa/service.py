"""The coding service over the code systems of the pack and the releases published since."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection

from reference_impl.maksa import releases, seeded
from reference_impl.maksa.domain import (
    best_version,
    concept_row,
    matches,
    plain_matches,
    validate,
)
from reference_impl.maksa.translation import SERVICES, Translator
from reference_impl.platform.clock import tehran_day
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

OK = 200
SMALL_SEARCH = 5


def create(config: Configuration) -> Service:
    """Make the coding service on its store."""
    config.store.create(releases.METADATA)
    desk = Coding(config)
    return Service(
        "maksa",
        (
            Operation("listSystems", desk.systems, callers=EVERYONE),
            Operation("getConcept", desk.concept, callers=EVERYONE),
            Operation("validateCode", desk.validate, callers=EVERYONE, replayed=False),
            Operation("listReleases", desk.releases, callers=EVERYONE),
            Operation("listChanges", desk.changes, callers=EVERYONE),
            Operation("searchConcepts", desk.search, callers=EVERYONE, replayed=False),
            Operation("translateCode", desk.translate, callers=EVERYONE, replayed=False),
            Operation("publishRelease", desk.publish),
        ),
    )


class Coding:
    """The desk of codes. `_book` holds every release known; days decide what of it is in force."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._faults = config.faults
        self._of_pack = releases.of_pack(config.pack.releases)
        self._take([])

    async def systems(self, _call: Call) -> Answer:
        """Answer the code systems."""
        self._refresh()
        return Answer(200, {"systems": seeded.systems(self._faults, self._book)})

    async def concept(self, call: Call) -> Answer:
        """Answer one concept as it stands today."""
        self._refresh()
        code = seeded.code_of(self._faults, call.path["code"])
        found = best_version(self._book, call.path["system"], code, self._today())
        if found is None:
            known = call.path["system"] in self._book.systems
            raise Refusal("CODE_UNKNOWN" if known else "NOT_FOUND", pointer="path:code")
        return Answer(200, concept_row(found, self._today()))

    async def validate(self, call: Call) -> Answer:
        """Judge a coded text today."""
        self._refresh()
        coded, today = call.body["coded"], self._today()
        right = validate(self._book, coded, today)
        verdict = seeded.verdict(self._faults, self._book, coded, today, right)
        if self._faults.on("maksa.variant.concept_left_out"):
            del verdict["concept"]
        return Answer(200, verdict)

    async def releases(self, _call: Call) -> Answer:
        """Answer the releases announced up to today. [ERX-8-10-D]."""
        self._refresh()
        today = self._today().isoformat()
        known = [r for r in self._known if r.get("announcedOn", r["validFrom"]) <= today]
        if self._faults.on("maksa.releases.only_valid_ones"):
            known = [one for one in known if one["validFrom"] <= today]
        return Answer(200, {"releases": [releases.row_of(one) for one in known]})

    async def changes(self, call: Call) -> Answer:
        """Answer what a release changed. [ERX-8-10-B]."""
        self._refresh()
        name = call.path["release"]
        found = next((one for one in self._known if one["release"] == name), None)
        if found is None:
            raise Refusal("CODE_RELEASE_UNKNOWN", pointer="path:release")
        shown = releases.changes_of(found)
        if self._faults.on("maksa.changes.retired_left_out"):
            shown = [one for one in shown if one["kind"] != "retired"]
        return Answer(200, {"release": name, "changes": shown})

    async def search(self, call: Call) -> Answer:
        """Answer the concepts in force that hold every word of a text."""
        self._refresh()
        asked, today = call.body, self._today()
        if asked["system"] not in self._book.systems:
            raise Refusal("CODE_SYSTEM_UNKNOWN", pointer="/system")
        find = plain_matches if self._faults.on("maksa.search.unfolded") else matches
        whenever = self._faults.on("maksa.search.retired_found")
        found = find(self._book, asked["system"], asked["text"], today, whenever=whenever)
        limit = asked["limit"]
        if self._faults.on("maksa.search.limit_ignored"):
            limit = 50
        if self._faults.on("maksa.variant.short_search"):
            limit = min(limit, SMALL_SEARCH)
        return Answer(200, {"concepts": [concept_row(one, today) for one in found[:limit]]})

    async def translate(self, call: Call) -> Answer:
        """Answer what a coded text is called in a code system of the pack. [ERX-8-10-C]."""
        self._refresh()
        asked = call.body
        lenient = asked["lenient"] or self._faults.on("maksa.translate.always_lenient")
        found = self._translator.translate(
            asked["coded"], asked["target"], self._today(), lenient=lenient
        )
        concept = found.concept
        back = asked["coded"]["system"] == SERVICES and concept.system != SERVICES
        if back and self._faults.on("maksa.translate.one_way"):
            raise Refusal("CODE_TRANSLATION_MISSING", pointer="/target")
        coded = {
            "system": concept.system,
            "code": concept.code,
            "version": concept.version,
            "display": concept.properties["en"],
        }
        used = found.alias_used and not self._faults.on("maksa.translate.alias_silent")
        return Answer(200, {"coded": coded, "aliasUsed": used})

    async def publish(self, call: Call) -> Work:
        """Publish a release; from its first day it decides what is valid. [RUL-013]."""
        self._refresh()
        asked, today = call.body, self._today()
        await self._check_publisher(call)
        first = date.fromisoformat(asked["validFrom"])
        early = first < today + releases.ANNOUNCED_BEFORE
        if early and not self._faults.on("maksa.publish.at_once"):
            raise Refusal("CODE_RELEASE_TOO_SOON", pointer="/validFrom")
        if any(one["release"] == asked["release"] for one in self._known):
            raise Refusal("CODE_RELEASE_KNOWN", pointer="/release")
        if not self._faults.on("maksa.publish.code_given_twice"):
            releases.check(dict(self._book.systems), asked)

        def commit(rows: Connection) -> Answer:
            return Answer(201, releases.row_of(releases.publish(rows, asked, today)))

        return commit

    async def _check_publisher(self, call: Call) -> None:
        reply = await call.peer("siam").get(f"/centres/{call.caller.centre}")
        if self._faults.on("maksa.publish.by_anybody"):
            return
        if reply.status != OK or "ministry" not in reply.json["roles"]:
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")

    def _refresh(self) -> None:
        """Read releases that were committed since; what was published is never replaced."""
        with self.config.store.read() as rows:
            if releases.count(rows) != len(self._known) - len(self._of_pack):
                self._take(releases.of_store(rows))

    def _take(self, stored: list[dict[str, Any]]) -> None:
        systems: releases.Systems = {
            str(one["system"]): one for one in self.config.pack.codes.values()
        }
        if not self._faults.on("maksa.publish.codes_unchanged"):
            for release in stored:
                systems = releases.amended(systems, release)
        self._known = [*self._of_pack, *stored]
        self._book = CodeBook(systems.values())
        self._translator = Translator(self._book, self.config.pack.aliases)

    def _today(self) -> date:
        return tehran_day(self.config.clock.now())
