"""Makes generation depend on the seed alone.

Hypothesis mixes constants found in imported local modules into what it generates. Which modules are
imported differs between a live run (an in-process product is loaded) and a replay, so the same seed
would give other inputs. There is no setting for it; the pool is emptied here, and a test notices
when a new version of the library keeps it elsewhere.
"""

from __future__ import annotations

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from lab.model.errors import HarnessDefect


def use_seed_alone() -> None:
    """Empty the pool of local constants; HarnessDefect when the library no longer has one."""
    if not hasattr(providers, "_get_local_constants"):
        raise HarnessDefect(
            "this version of hypothesis keeps its pool of local constants elsewhere",
            fix="Adapt lab/kit/determinism.py, or generated cases cannot be judged again.",
        )
    empty = Constants()
    providers._get_local_constants = lambda: empty  # noqa: SLF001 - see the module text
