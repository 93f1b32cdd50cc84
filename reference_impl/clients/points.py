"""Fault points of the client programs, off by default, each a mistake a vendor could ship.

`CATALOGUED` are those of the pharmacy and of the channel: each has a file in the fault corpus, and
the observed suite must notice it. `CARE` are those of the other programs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reference_impl.clients.care_points import CARE

CATALOGUE = Path(__file__).resolve().parents[2] / "fixtures" / "faults" / "pharmacy"

CATALOGUED: dict[str, str] = {
    # what the pharmacy leaves out
    "pharmacy.provider.not_inquired": "The pharmacist is not looked up in the council registry.",
    "pharmacy.validation.skipped": "The HID is not validated before dispensing.",
    "pharmacy.lease.none": "The prescription is dispensed without taking its lease.",
    "pharmacy.query.newest_of_person": "The newest prescription of the person is taken unasked.",
    "pharmacy.ttac.own_list": "A pack is looked up in a list of the pharmacy's own.",
    "pharmacy.rules.skipped": "The rule service is not asked before the service.",
    "pharmacy.rules.insurance_only": "The clinical rules are not asked before the service.",
    "pharmacy.ttac.skipped": "No pack is checked for authenticity.",
    # what it does in the wrong order or in spite of an answer
    "pharmacy.confirm.before_ttac": "The dispense is confirmed first, packs are checked later.",
    "pharmacy.confirm.negative_verdict": "A pack that is not authentic is handed over.",
    "pharmacy.code.fifteen_digits": "The last digit of the product code is cut off.",
    # what the dispense document says wrongly
    "pharmacy.dispense.without_hid": "The dispense document carries no HID.",
    "pharmacy.dispense.quantity_above_remaining": "One unit more than prescribed is dispensed.",
    "pharmacy.dispense.unsigned": "The dispense is sent as plain JSON without a signature.",
    "pharmacy.dispense.wrong_signer": "A physician's certificate signs the dispense.",
    "pharmacy.dispense.tracking_ids_missing": "The ids given by the rule service are left out.",
    "pharmacy.dispense.wrong_software": "The document names another software product.",
    "pharmacy.cost.does_not_add_up": "The patient's share is one thousand rial too high.",
    "pharmacy.time.without_seconds": "Times are cut to the minute and carry no offset.",
    "pharmacy.time.in_the_future": "The dispense is dated twenty minutes ahead.",
    "pharmacy.confirm.never": "The prepared dispense is never confirmed.",
    "pharmacy.void.without_reason": "A dispense is taken back without a reason.",
    # what the channel gets wrong
    "client.retry.same_seal": "A retry after a lost answer repeats the old seal.",
    "client.retry.gives_up": "A lost answer is shown as an error and never followed up.",
    "client.retry.new_key": "A retry after a lost answer uses a new idempotency key.",
    "client.seal.missing": "Reading calls are sent without the seal of the centre.",
    "client.seal.nonce_reused": "Every seal carries the same nonce.",
    "client.seal.clock_off": "The clock is twenty minutes behind.",
    "client.answer.seal_ignored": "Answers are used without checking their seal.",
    "client.url.national_code": "The national code of the patient stands in the address.",
    "client.user.constant": "Every call names the same user id, whoever is signed in.",
}
POINTS: dict[str, str] = {**CATALOGUED, **CARE}


class UnknownFault(LookupError):
    """The wanted id is neither a declared point nor in the catalogue."""


@dataclass(frozen=True)
class Faults:
    """The points switched on in this run."""

    active: frozenset[str] = frozenset()

    def on(self, name: str) -> bool:
        """Say whether a declared point is on; an undeclared name is our own defect."""
        if name not in POINTS:
            raise UnknownFault(f'fault point "{name}" is not declared in clients/*points.py')
        return name in self.active


def resolve(wanted: Iterable[str], catalogue: Path = CATALOGUE) -> Faults:
    """Turn point names or catalogue ids (FLT-PHA-...) into the set of points they switch on."""
    names: set[str] = set()
    for name in wanted:
        path = catalogue / f"{name}.toml"
        if name in POINTS:
            names.add(name)
        elif name.startswith("FLT-") and path.is_file():
            point = str(tomllib.loads(path.read_text("utf-8"))["point"])
            if point not in POINTS:
                raise UnknownFault(f'{path.name} names the point "{point}", which is not declared')
            names.add(point)
        else:
            raise UnknownFault(f'"{name}" is neither a fault point nor a file in {catalogue}')
    return Faults(frozenset(names))
