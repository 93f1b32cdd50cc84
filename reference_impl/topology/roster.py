"""The identities of the credential kit, drawn from the synthetic world."""

from __future__ import annotations

from fixtures.synthetic.world import World
from reference_impl.pki.identities import (
    CentreSubject,
    Identity,
    ProfessionalSubject,
    standard,
)


def identities(world: World) -> tuple[Identity, ...]:
    """Return the standard identities: every centre, every professional, the services."""
    centres = tuple(
        CentreSubject(
            centre.key, centre.name_en, centre.siam_id, world.software_of(centre.key).software_id
        )
        for centre in (*world.centres.values(), *world.authorities.values())
    )
    professionals = tuple(
        ProfessionalSubject(
            person.key,
            f"{person.given_name_en} {person.family_name_en}",
            person.council_kind,
            person.council_number,
            person.specialty,
        )
        for person in world.professionals.values()
    )
    return standard(centres, professionals)
