"""Roles a product can be tested in: `suites/roles/NAME.toml`, one small file each.

A role names the services it answers for, the prefix of its case ids and its plan. Adding a file is
all it takes: profile, doctor, catalogue, calibration and the shared cases read the roles from here.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from lab.model.errors import HarnessDefect

_HOME = Path(__file__).resolve().parents[2] / "suites"
SUITES = Path(os.environ.get("MAFALAB_SUITES") or _HOME)
"""Folder of the suites; MAFALAB_SUITES names another one. Its hash goes into every campaign."""
_PREFIX = re.compile(r"[A-Z]{3}")
_CALLERS = ("office-1.token", "office-1.seal", "pharmacy-1.token", "pharmacy-1.seal")


class IcsItem(NamedTuple):
    """One claim a vendor is asked for: key, meaning in English and in Persian."""

    key: str
    meaning: str
    meaning_fa: str


@dataclass(frozen=True)
class Role:
    """What the laboratory has to know of a role.

    `operations` limits a service that several roles share to those this role answers for. `shared`
    says whether the cases all server roles have in common are made for it. `address` "gateway"
    means that the product is reached at the public address of the exchange.
    """

    id: str
    prefix: str
    side: Literal["server", "client"]
    plan: str
    services: tuple[str, ...] = ()
    operations: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    shared: bool = True
    address: Literal["service", "gateway"] = "service"
    identities: tuple[str, ...] = _CALLERS
    ics: tuple[IcsItem, ...] = ()

    @property
    def is_server(self) -> bool:
        """Whether the product is called; else its own calls are watched."""
        return self.side == "server"

    def answers_for(self, service: str, operation: str) -> bool:
        """Whether an operation is this role's business."""
        mine = self.operations.get(service)
        return service in self.services and (mine is None or operation in mine)

    @property
    def base_path(self) -> str:
        """Path of its address, with a place for the service when there are several."""
        start = "/ditas" if self.address == "gateway" else ""
        only_one = len(self.services) == 1 and self.address == "service"
        return f"{start}/{self.services[0] if only_one else '{service}'}/v1"


@lru_cache(maxsize=4)
def load_roles(suites: Path = SUITES) -> dict[str, Role]:
    """Return all roles by id; HarnessDefect names the file that is not one."""
    folder = suites / "roles" if (suites / "roles").is_dir() else _HOME / "roles"
    roles = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    prefixes = [role.prefix for role in roles.values()]
    twice = {prefix for prefix in prefixes if prefixes.count(prefix) > 1}
    if twice:
        raise HarnessDefect(
            f"two roles have the case prefix {', '.join(sorted(twice))}",
            where=str(folder),
            fix="Give every role a prefix of its own.",
        )
    return roles


def _read(path: Path) -> Role:
    try:
        row = tomllib.loads(path.read_text("utf-8"))
        operations = {name: tuple(ids) for name, ids in row.pop("operations", {}).items()}
        items = tuple(IcsItem(**item) for item in row.pop("ics", ()))
        for name in ("services", "identities"):
            if name in row:
                row[name] = tuple(row[name])
        role = Role(**row, operations=operations, ics=items)
    except (OSError, ValueError, TypeError) as error:
        raise HarnessDefect(
            f"{path.name} does not describe a role: {error}",
            where=str(path),
            fix="Copy a neighbouring file and change id, prefix, services and plan.",
        ) from error
    sound = role.id == path.stem and _PREFIX.fullmatch(role.prefix)
    if not sound or role.side not in {"server", "client"} or role.is_server != bool(role.services):
        raise HarnessDefect(
            f"{path.name} does not describe a role: id is the file name, prefix three capitals, "
            "side server (with services) or client (without)",
            where=str(path),
            fix="Copy a neighbouring file.",
        )
    return role


def role_of(name: str) -> Role:
    """Return one role; HarnessDefect when nobody described it."""
    try:
        return load_roles()[name]
    except KeyError:
        raise HarnessDefect(
            f'no role is called "{name}"', where="suites/roles", fix="See the files there."
        ) from None


def server_roles() -> tuple[Role, ...]:
    """All roles whose product is called."""
    return tuple(role for role in load_roles().values() if role.is_server)
