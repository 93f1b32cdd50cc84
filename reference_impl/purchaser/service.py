"""The purchaser as a service: the operations of the contract, joined from its modules.

One code serves three base insurers and self-insuring bodies; which one it is follows from the HID.
(ADR 0011)
"""

from __future__ import annotations

from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.service import Service
from reference_impl.purchaser import (
    claims,
    dispensing,
    paper,
    prescribing,
    questions,
    retrieval,
    statements,
    stays,
    store,
)
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.notices import Notices
from reference_impl.purchaser.products import consumption_offered
from reference_impl.purchaser.tariff import tariff_of


def create(config: Configuration) -> Service:
    """Make the purchaser on its store."""
    config.store.create(store.METADATA)
    pack = config.pack
    desk = Desk(
        config,
        CodeBook(pack.codes.values()),
        tariff_of(pack.tariff_years),
        consumption_offered(pack.contracts),
        Notices(config),
    )
    return Service(
        "purchaser",
        (
            *prescribing.operations(desk),
            *retrieval.operations(desk),
            *dispensing.operations(desk),
            *claims.operations(desk),
            *statements.operations(desk),
            *stays.operations(desk),
            *paper.operations(desk),
            *questions.operations(desk),
        ),
        (desk.notices.run,),
    )
