"""The health record (SEPAS): documents and results in, history and summary out, under consent."""

from __future__ import annotations

from reference_impl.platform.configuration import Configuration
from reference_impl.platform.service import Service
from reference_impl.sepas import consent, reading, results, store, submission
from reference_impl.sepas.access import Access
from reference_impl.sepas.desk import Desk


def create(config: Configuration) -> Service:
    """Make the record on its store."""
    config.store.create(store.METADATA)
    desk = Desk(config)
    access = Access(desk)
    return Service(
        "sepas",
        (
            *submission.operations(desk),
            *results.operations(desk),
            *reading.operations(desk, access),
            *consent.operations(desk, access),
        ),
    )
