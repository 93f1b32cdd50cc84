"""Makes the generators of a role's contract cases beforehand, for processes that fork afterwards.

Making a generator from a schema costs far more than drawing from it. Whoever runs many campaigns in
forked children asks for this once; a single campaign makes what it needs as it goes.
"""

from __future__ import annotations

from lab.kit import role_messages
from lab.model.roles import role_of
from suites.contract.recipes import RECIPES
from suites.contract.unfolding import get_ready


def role_is_ready(role: str) -> None:
    """Make the generators of every operation of a server role; LookupError for an unknown one."""
    found = role_of(role)
    if not found.shared:
        for recipe in RECIPES.values():
            get_ready(recipe.name, recipe.free)
        return
    for one in role_messages(found).recipes:
        get_ready(f"{one.operation.service}.{one.operation.id}", one.free)
