"""Services for citizens, joined from referral, appointments and information."""

from __future__ import annotations

from reference_impl.citizen import appointments, information, referrals, store
from reference_impl.citizen.desk import Desk
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.service import Service


def create(config: Configuration) -> Service:
    """Make the citizen services on their store."""
    config.store.create(store.METADATA)
    desk = Desk(config)
    return Service(
        "citizen",
        (
            *referrals.operations(desk),
            *appointments.operations(desk),
            *information.operations(desk),
        ),
    )
