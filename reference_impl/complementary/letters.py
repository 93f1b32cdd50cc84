"""Guarantee letters: the plan's word, given before the service, up to a ceiling and a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.complementary import store
from reference_impl.complementary.domain import Letter, letter_state
from reference_impl.complementary.policies import Policies
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.codes import CodeBook, CodeRefused
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work


class Letters:
    """The desk that issues letters."""

    def __init__(self, config: Configuration, policies: Policies, book: CodeBook) -> None:
        self.config = config
        self.policies = policies
        self.book = book

    async def issue(self, call: Call) -> Work:
        """Issue a letter for the calling centre. [ERX-A1-11-3]."""
        asked = call.body
        today = self._today()
        person = self.policies.check_person(asked["person"], "/person")
        policy = self.policies.of_number(asked["policy"], person, today)
        self.policies.check_in_force(policy, today, "/policy")
        until = _day(asked["validUntil"])
        if until < today:
            raise Refusal("POLICY_NOT_IN_FORCE", pointer="/validUntil", detail="a day that is over")
        self.policies.check_in_force(policy, until, "/validUntil")
        for index, coded in enumerate(asked["services"]):
            try:
                self.book.find(coded["system"], coded["code"], today, coded.get("version"))
            except CodeRefused as refused:
                pointer = f"/services/{index}/code"
                raise Refusal("CODE_UNKNOWN", pointer=pointer, detail=refused.reason) from refused

        def commit(rows: Connection) -> Answer:
            guarantee_id = self.config.ids.uuid()
            endless = self.config.faults.on("complementary.guarantee.never_ends")
            rows.execute(
                insert(store.letters).values(
                    guarantee_id=guarantee_id,
                    centre=call.caller.centre,
                    policy=policy.number,
                    insurer=policy.insurer,
                    percent=policy.percent,
                    ceiling=policy.cap,
                    services=[one["code"] for one in asked["services"]],
                    valid_until=(date.max if endless else until).isoformat(),
                    issued_at=store.instant(self.config.clock.now()),
                )
            )
            return Answer(201, self._shown(letter_row(rows, guarantee_id)))

        return commit

    async def read(self, call: Call) -> Answer:
        """Show a letter to the centre it was issued for."""
        with self.config.store.read() as rows:
            row = letter_row(rows, call.path["guaranteeId"])
        anybody = self.config.faults.on("complementary.guarantee.any_centre")
        if row["centre"] != call.caller.centre and not anybody:
            raise Refusal("GUARANTEE_NOT_FOUND")
        return Answer(200, self._shown(row))

    def _shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        today = self._today()
        policy = self.policies.of_number(row["policy"], None, today)
        return {
            "guaranteeId": row["guarantee_id"],
            "insurerCode": row["insurer"],
            "ceiling": row["ceiling"],
            "percent": row["percent"],
            "state": letter_state(as_letter(row), policy, today),
            "validUntil": row["valid_until"],
        }

    def _today(self) -> date:
        return self.config.clock.now().astimezone(TEHRAN).date()


def letter_row(rows: Connection, guarantee_id: str) -> Mapping[str, Any]:
    """Return the stored letter; refuse with 404 when there is none."""
    query = select(store.letters).where(store.letters.c.guarantee_id == guarantee_id)
    row = rows.execute(query).mappings().first()
    if row is None:
        raise Refusal("GUARANTEE_NOT_FOUND")
    return dict(row)


def as_letter(row: Mapping[str, Any]) -> Letter:
    """Read a stored letter."""
    until = date.fromisoformat(row["valid_until"])
    return Letter(row["policy"], row["ceiling"], until, row["claim_id"])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("SCHEMA_VIOLATION", pointer="/validUntil", detail=str(error)) from error
