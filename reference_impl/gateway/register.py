"""The register of certified software that admission reads: of the synthetic world, or of a folder.

A folder is what a laboratory publishes: certificates (`certificate.jws`, in the folder or one level
below), its status list (`status.jwsl`) and `products.toml`, which says which software id is which
product:

    only = false            # true: software that is not listed here is not admitted at all

    [[product]]
    software_id = "GUID"
    vendor = "as certified"
    product = "as certified"
    version = "4.2"         # optional; the major version must be the certified one

Listed products are judged by the folder alone. Files are read anew when one of them changes.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from fixtures import Pack
from fixtures.synthetic.world import World
from reference_impl.gateway.laboratory import Attestation, Laboratory, NotGenuine
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.problem import Refusal

LOG = logging.getLogger("reference.gateway")
AGAIN = timedelta(hours=1)
"""After this time the signers are asked about anew, even when no file has changed."""
PRODUCTS, STATUS, CERTIFICATES = "products.toml", "status.jwsl", "*.jws"
_ROLE_OF_PLAYER = {"prescriber_system": "prescribing", "dispensing_system": "dispensing"}
CARE = frozenset(_ROLE_OF_PLAYER.values())
"""Roles a certificate is about; ministry, insurers and licensing bodies have no scheme."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What a register says of a product: state, and the centre roles it is certified for."""

    state: str  # valid, expired, suspended, withdrawn, locked, none
    scope: frozenset[str]

    def covered(self, roles: Iterable[str]) -> frozenset[str]:
        """Return those of some centre roles that the software may act in."""
        return frozenset(role for role in roles if role in self.scope or role not in CARE)


class Register(Protocol):
    """Where admission asks about software."""

    async def standing(self, software_id: str, at: datetime) -> Certified | None:
        """Return what is known; None for software nobody registered.

        Raises Refusal DEPENDENCY_UNAVAILABLE when the register cannot be believed.
        """
        ...


class Scopes:
    """Which centre roles a certified system may act in, from the roles of the pack."""

    def __init__(self, pack: Pack) -> None:
        roles = yaml.load((pack.path / "roles.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
        self._of: dict[str, set[str]] = {}
        for player, centre_role in _ROLE_OF_PLAYER.items():
            for system in (player, *roles["played_by"].get(player, ())):
                self._of.setdefault(system, set()).add(centre_role)

    def of(self, systems: Iterable[str]) -> frozenset[str]:
        """Return the centre roles of some certified systems together."""
        return frozenset(role for system in systems for role in self._of.get(system, ()))


class WorldRegister:
    """The certificates the synthetic world says its products have."""

    def __init__(self, world: World, scopes: Scopes) -> None:
        self._software = {s.software_id: s for s in world.software.values()}
        self._scopes = scopes

    async def standing(self, software_id: str, at: datetime) -> Certified | None:
        """Return what the world says; None for software it does not have."""
        software = self._software.get(software_id)
        if software is None:
            return None
        state, until = software.certificate_state, software.certificate_valid_until
        if state == "valid" and (until is None or until < at.date()):
            state = "expired"
        return Certified(state, self._scopes.of(software.roles))


class LaboratoryRegister:
    """Certificates of a laboratory's folder; other software as another register says."""

    def __init__(
        self, folder: Path, laboratory: Laboratory, otherwise: Register, scopes: Scopes,
        faults: FaultSwitch,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._laboratory = laboratory
        self._otherwise = otherwise
        self._scopes = scopes
        self._faults = faults
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._read: _Folder | None = None
        self._again_at = datetime.min.replace(tzinfo=UTC)

    async def standing(self, software_id: str, at: datetime) -> Certified | None:
        """Judge listed products by the folder."""
        folder = await self._current(at)
        product = folder.products.get(software_id)
        if product is None:
            return None if folder.only else await self._otherwise.standing(software_id, at)
        stale = folder.fresh_until is None or folder.fresh_until < at
        if stale and folder.attestations:
            LOG.error("the status list of %s is past its time", self._folder)
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        return self._judged(folder, product, at)

    def _judged(self, folder: _Folder, product: Mapping[str, Any], at: datetime) -> Certified:
        any_version = self._faults.on("gateway.register.any_major_version")
        held = [a for a in folder.attestations if a.is_about(product, any_version=any_version)]
        ignore = self._faults.on("gateway.register.ignore_status_list")
        states = {
            a.role: "valid" if ignore else folder.state(a, at)
            for a in sorted(held, key=lambda one: one.issued_at)
        }
        valid = [role for role, state in states.items() if state == "valid"]
        if valid:
            return Certified("valid", self._scopes.of(valid))
        return Certified(next(reversed(states.values()), "none"), frozenset())

    async def _current(self, at: datetime) -> _Folder:
        """Return the folder as it stands; raise Refusal when a file of it is not genuine."""
        seen = self._signature()
        if self._read is None or seen != self._seen or at >= self._again_at:
            self._seen, self._read, self._again_at = seen, None, at + AGAIN
            try:
                self._read = await _read(self._folder, self._laboratory)
            except (NotGenuine, OSError, ValueError, KeyError) as error:
                self._seen = None
                LOG.exception("the register %s cannot be believed", self._folder)
                raise Refusal("DEPENDENCY_UNAVAILABLE") from error
        return self._read

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in _files(self._folder):
            try:
                state = path.stat()
            except OSError:
                # Removed meanwhile: the next look sees a folder without it.
                continue
            found.append((str(path), state.st_mtime_ns, state.st_size))
        return tuple(found)


@dataclass(frozen=True)
class _Folder:
    """A folder as read."""

    products: Mapping[str, Mapping[str, Any]]
    only: bool
    attestations: tuple[Attestation, ...]
    states: Mapping[str, str]
    fresh_until: datetime | None

    def state(self, attestation: Attestation, at: datetime) -> str:
        """State of one certificate; what the list does not know was never issued."""
        listed = self.states.get(attestation.id, "none")
        return "expired" if listed == "valid" and attestation.valid_until < at else listed


def _files(folder: Path) -> list[Path]:
    found = [folder / PRODUCTS, folder / STATUS]
    found += [*folder.glob(CERTIFICATES), *folder.glob(f"*/{CERTIFICATES}")]
    return sorted(found)


async def _read(folder: Path, laboratory: Laboratory) -> _Folder:
    laboratory.ask_anew()
    settings = tomllib.loads((folder / PRODUCTS).read_text("utf-8"))
    paths = [path for path in _files(folder) if path.suffix == ".jws"]
    attestations = [await laboratory.attestation(path.read_text("ascii")) for path in paths]
    states: Mapping[str, str] = {}
    fresh_until = None
    if (folder / STATUS).exists():
        listed = await laboratory.status_list((folder / STATUS).read_text("ascii"))
        states, fresh_until = listed.states, listed.fresh_until
    return _Folder(
        products={str(row["software_id"]): row for row in settings.get("product", ())},
        only=bool(settings.get("only", False)),
        attestations=tuple(attestations),
        states=states,
        fresh_until=fresh_until,
    )
