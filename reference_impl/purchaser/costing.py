"""The cost of what is delivered, calculated from the tariff and compared with what was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from reference_impl.faults.points import NO_FAULTS
from reference_impl.platform.problem import Refusal
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.money import Split, invoice
from reference_impl.purchaser.pricing import RURAL_FUND, Circumstances, priced

_SHARES = {"total": "total", "insurerShare": "insurer_share", "patientShare": "patient_share"}


def delivered_cost(
    desk: Desk,
    payload: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    given: Circumstances,
    day: date,
) -> tuple[Split, ...]:
    """Return the split of what was delivered; refuse when the signed amounts say otherwise.

    Referral is not part of these documents, so rural amounts with and without it are accepted.
    The comparison uses the tariff without seeded faults: a wrong split must show in the answer,
    not as a refusal of everybody's correct amounts.
    """
    if not desk.faults.on("purchaser.rules.cost_unchecked"):
        _check_sums(payload, lines)
    variants = [given]
    if given.cover.fund == RURAL_FUND:
        variants.append(replace(given, referred=not given.referred))
    wrong: str | None = None
    for circumstances in variants:
        items = priced(lines, circumstances, desk.tariff, (desk.book, day), desk.faults)
        honest, _ = invoice(items, NO_FAULTS)
        wrong = _first_difference(lines, honest)
        if wrong is None or desk.faults.on("purchaser.rules.cost_unchecked"):
            return invoice(items, desk.faults)[0]
    raise Refusal("COST_MISMATCH", pointer=wrong)


def _first_difference(lines: Sequence[Mapping[str, Any]], splits: tuple[Split, ...]) -> str | None:
    for index, (line, split) in enumerate(zip(lines, splits, strict=True)):
        for member, attribute in _SHARES.items():
            if line["cost"][member] != getattr(split, attribute):
                return f"/items/{index}/cost/{member}"
    return None


def _check_sums(payload: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    for member in _SHARES:
        if payload["cost"][member] != sum(line["cost"][member] for line in lines):
            raise Refusal("COST_MISMATCH", pointer=f"/cost/{member}")
