"""Which certificates the health authority issues: the standard identities of the credential kit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

SERVICES = (
    "gateway",
    "identity",
    "eligibility",
    "siam",
    "irimc",
    "maksa",
    "ttac",
    "esign",
    "pki",
    "insurance_rules",
    "health_rules",
    "purchaser",
    "adjudication",
    "complementary",
    "sepas",
    "sepas_monitor",
    "viewer",
    "value_added",
    "fiscal",
    "citizen",
    "support",
    "emergency",
)
State = Literal["good", "expired", "revoked", "foreign"]


@dataclass(frozen=True, slots=True)
class CentreSubject:
    """A centre and the software it uses, as its token and seal name them."""

    key: str
    name: str
    siam_id: str
    software_id: str


@dataclass(frozen=True, slots=True)
class ProfessionalSubject:
    """A member of a council."""

    key: str
    name: str
    kind: str
    number: str
    specialty: str


@dataclass(frozen=True, slots=True)
class Identity:
    """One entry of the kit: who, of which class, in which state."""

    name: str
    kind: str
    state: State
    common_name: str
    subject: tuple[tuple[str, str], ...]
    organisation: str = ""
    unit: str = ""
    serial_number: str = ""
    title: str = ""
    server: bool = False


def standard(
    centres: tuple[CentreSubject, ...], professionals: tuple[ProfessionalSubject, ...]
) -> tuple[Identity, ...]:
    """List every identity of the kit with its expired, revoked and foreign variants (wire.md)."""
    found: list[Identity] = []
    for centre in centres:
        found += [_of_centre(centre, "ditas_token"), _of_centre(centre, "centre_seal")]
    found += [_professional(person) for person in professionals]
    found += [_server(name) for name in ("gateway", "services", "witness")]
    found += [_service_seal(name) for name in SERVICES]
    found += [
        _other("witness.proxy", "proxy", "Recording proxy of the laboratory"),
        _other("services.proxy", "proxy", "Front of the services of one exchange"),
        _other("laboratory", "lab", "Conformance laboratory"),
        _other("tsa", "tsa", "Time-stamp authority"),
        _other("ocsp", "ocsp", "OCSP responder"),
    ]
    by_name = {identity.name: identity for identity in found}
    return (*(_with_state(identity) for identity in found), *_variants(by_name))


_REVOKED = {"dr04"}
_VARIANTS: tuple[tuple[str, State], ...] = (
    ("pharmacy-1.token", "expired"),
    ("pharmacy-1.token", "foreign"),
    ("office-1.token", "expired"),
    ("office-1.token", "revoked"),
    ("office-1.token", "foreign"),
    ("office-1.seal", "expired"),
    ("office-1.seal", "revoked"),
    ("office-1.seal", "foreign"),
    ("dr01", "expired"),
    ("dr01", "foreign"),
)


def _with_state(identity: Identity) -> Identity:
    return replace(identity, state="revoked") if identity.name in _REVOKED else identity


def _variants(by_name: dict[str, Identity]) -> list[Identity]:
    return [
        replace(by_name[base], name=f"{base}-{state}", state=state)
        for base, state in _VARIANTS
        if base in by_name
    ]


def _of_centre(centre: CentreSubject, kind: str) -> Identity:
    suffix = "token" if kind == "ditas_token" else "seal"
    return Identity(
        name=f"{centre.key}.{suffix}",
        kind=kind,
        state="good",
        common_name=f"{centre.name} {suffix}",
        subject=(("siamId", centre.siam_id), ("softwareId", centre.software_id)),
        organisation=centre.siam_id,
        serial_number=centre.software_id,
    )


def _professional(person: ProfessionalSubject) -> Identity:
    return Identity(
        name=person.key,
        kind="professional",
        state="good",
        common_name=person.name,
        subject=(
            ("councilNumber", person.number),
            ("councilKind", person.kind),
            ("specialty", person.specialty),
        ),
        serial_number=f"{person.kind}-{person.number}",
        title=person.specialty,
    )


def _server(service: str) -> Identity:
    return Identity(
        name=f"{service}.tls",
        kind="service_tls",
        state="good",
        common_name="localhost",
        subject=(("service", service),),
        unit=service,
        server=True,
    )


def _service_seal(service: str) -> Identity:
    return Identity(
        name=f"{service}.seal",
        kind="service_seal",
        state="good",
        common_name=f"{service} seal",
        subject=(("service", service),),
        unit=service,
    )


def _other(name: str, kind: str, common_name: str) -> Identity:
    return Identity(name=name, kind=kind, state="good", common_name=common_name, subject=())
