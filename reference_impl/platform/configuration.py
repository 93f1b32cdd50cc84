"""Everything a service is given when it is created; nothing is read from the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fixtures import Pack
from fixtures.synthetic.world import World
from reference_impl.platform.clock import Clock, SystemClock
from reference_impl.platform.ids import Ids
from reference_impl.platform.metrics import Metrics

if TYPE_CHECKING:
    from reference_impl.platform.peers import Peers
    from reference_impl.platform.problem import ErrorBank
    from reference_impl.platform.sealing import Sealer
    from reference_impl.platform.storage import Store
    from reference_impl.platform.trust import Trust


class FaultSwitch(Protocol):
    """Which declared fault points are switched on (`reference_impl.faults.FaultSet`)."""

    def on(self, name: str) -> bool:
        """Say whether the point is on; an undeclared name raises."""
        ...


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one service is made of.

    `pack` is `fixtures.load_pack(...)`, `world` is `fixtures.synthetic.world(seed)`.
    `trusted_proxies` are SHA-256 (hex) of proxy certificates whose `Client-Cert` is believed.
    """

    service: str
    pack: Pack
    world: World
    store: Store
    errors: ErrorBank
    faults: FaultSwitch
    peers: Peers
    trust: Trust
    sealer: Sealer
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=Ids)
    seed: int = 1401
    trusted_proxies: frozenset[str] = frozenset()
    metrics: Metrics = field(default_factory=Metrics)
