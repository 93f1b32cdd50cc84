"""What the certification scheme of the standard pack says about a campaign and its certificate."""

from __future__ import annotations

from dataclasses import dataclass

from fixtures import load_pack
from fixtures.loader import PackDamaged
from lab.model.campaign import ResultDocument
from lab.model.errors import PackError
from lab.model.verdict import Selection, Verdict

MAX_MONTHS = 24


@dataclass(frozen=True)
class Scheme:
    """The part of a scheme that certification needs. `months` is the validity."""

    id: str
    plans: frozenset[str]
    months: int
    rule: str
    minor_fails_allowed: int
    limits: tuple[str, ...]
    pack_hash: str
    wants_load: bool
    wants_inspections: bool
    is_planned: bool


def scheme_for(result: ResultDocument) -> Scheme:
    """Return the scheme of the campaign's plan; PackError when the pack has none or is damaged."""
    name = result.campaign.plan.scheme
    try:
        pack = load_pack(result.campaign.pack)
        row = pack.schemes[name]
        levels = {level["id"]: level for level in row["levels"]}
        level = levels.get(result.campaign.plan.level, {"plans": []})
        months = int(row["validityMonths"])
        return Scheme(
            id=name,
            plans=frozenset(level["plans"]),
            months=min(months, MAX_MONTHS),
            rule=str(row["decisionRule"]["id"]),
            minor_fails_allowed=int(row["decisionRule"]["minorFailsAllowed"]),
            limits=tuple(text for item in row["limits"] for text in (item["en"], item["fa"])),
            pack_hash=pack.hash,
            wants_load="load" in row["suites"],
            # A level that says nothing is strict.
            wants_inspections=level.get("inspections", "required") == "required",
            is_planned=row.get("status") == "planned",
        )
    except (PackDamaged, KeyError, TypeError, ValueError) as error:
        raise PackError(
            f'The pack has no usable certification scheme "{name}": {error}.',
            code="MFL-C015",
            where=f"{result.campaign.pack}/schemes.yaml",
            fix="mafalab pack lint names what is wrong.",
        ) from error


def objections(scheme: Scheme, result: ResultDocument) -> list[tuple[str, str]]:
    """Return why the campaign does not meet the scheme; empty when it does."""
    plan = result.campaign.plan
    reasons = []
    if scheme.is_planned:
        reasons.append(
            (
                f'scheme "{scheme.id}" is planned: its suites are not declared complete and proven',
                "این طرح هنوز برنامه‌ریزی‌شده است و آزمون‌های آن کامل و اثبات‌شده اعلام نشده‌اند.",
            )
        )
    if plan.id not in scheme.plans:
        wanted = ", ".join(sorted(scheme.plans)) or "none"
        reasons.append(
            (
                (
                    f'plan "{plan.id}" is no certification plan of scheme "{scheme.id}" at level '
                    f'"{plan.level}" (certification plans: {wanted})'
                ),
                "این برنامهٔ آزمون، برنامهٔ صدور گواهی در طرح نیست.",
            )
        )
    said = (result.statement.rule.id, result.statement.rule.minor_fails_allowed)
    if said != (scheme.rule, scheme.minor_fails_allowed):
        reasons.append(
            (
                (
                    f"the decision followed rule {result.statement.rule.id}, the scheme asks for "
                    f"{scheme.rule}"
                ),
                "قاعدهٔ تصمیم با طرح گواهی یکی نیست.",
            )
        )
    if scheme.pack_hash != result.campaign.pack_hash:
        reasons.append(
            (
                "the standard pack has changed since the campaign; its scheme cannot be applied",
                "بستهٔ استاندارد پس از کارزار تغییر کرده است.",
            )
        )
    if scheme.wants_inspections:
        reasons += _not_inspected(plan.level, result)
    return reasons


def _not_inspected(level: str, result: ResultDocument) -> list[tuple[str, str]]:
    """Name every required inspection that is open or failed; the scheme demands them passed."""
    reasons = []
    required = [
        row
        for row in result.inspections
        if row.item.is_required and row.selection is Selection.SELECTED
    ]
    for verdict, english, persian in (
        (Verdict.INCONCLUSIVE, "open", "باز"),
        (Verdict.FAIL, "failed", "رد"),
    ):
        names = [row.item.id for row in required if row.verdict is verdict]
        if names:
            listed = ", ".join(names)
            some = f"{len(names)} of {len(required)} required inspections"
            reasons.append(
                (
                    f'level "{level}": {some} are {english}: {listed} (mafalab inspect list DIR)',
                    f"بازرسی‌های لازم این سطح {persian} است: {listed}",
                )
            )
    return reasons
