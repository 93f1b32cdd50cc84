"""The purchaser as a service: sixteen operations of the contract, joined from four modules."""

from __future__ import annotations

from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.service import Service
from reference_impl.purchaser import claims, dispensing, prescribing, retrieval, store
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.pricing import shares_of


def create(config: Configuration) -> Service:
    """Make the purchaser on its store."""
    config.store.create(store.METADATA)
    desk = Desk(config, CodeBook(config.pack.codes.values()), shares_of(config.pack.tariffs))
    return Service(
        "purchaser",
        (
            *prescribing.operations(desk),
            *retrieval.operations(desk),
            *dispensing.operations(desk),
            *claims.operations(desk),
        ),
    )
