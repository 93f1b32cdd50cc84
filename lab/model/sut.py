"""What a vendor declares: identity, ICS (claims) and IXIT (how to reach and test the product)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from lab.model.base import Frozen


class Claim(StrEnum):
    """Tri-state of an ICS item. UNKNOWN is asked for, never guessed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ProductIdentity(Frozen):
    """Exactly what is tested."""

    vendor: str = Field(min_length=1, max_length=200)
    product: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=100)
    build: str = Field(default="undeclared", max_length=200)


class Ixit(Frozen):
    """Extra information for testing. Paths are absolute after loading."""

    base_url: str | None = None  # server role: https://host:port/purchaser/v1
    asgi: str | None = None  # server role in process: "module:factory", used by calibration
    environment_url: str | None = None  # the exchange around a server SUT: https://host:port
    gateway_url: str | None = None  # client role: the exchange behind the witness
    witness_port: int | None = Field(default=None, ge=1, le=65535)
    client_command: tuple[str, ...] = ()  # client role, run per scenario
    prescriber_command: tuple[
        str, ...
    ] = ()  # client role: registers the prescription a scenario needs
    credentials: str  # directory with kit.json
    status_url: str | None = None  # http address of OCSP, CRL and health of the environment
    clock_control: str | None = None  # address that moves the product's time forward; optional
    services_url: str | None = None  # gateway: the services behind it, https://host:port; optional
    peer_control: str | None = None  # gateway: address that takes one of them away; optional
    deadline_seconds: float = Field(default=10.0, gt=0, le=120)
    max_response_bytes: int = Field(default=8 * 1024 * 1024, gt=0)
    min_accepted_share: float = Field(default=0.3, ge=0, le=1)


class SutProfile(Frozen):
    """A parsed `sut.toml`."""

    product: ProductIdentity
    role: str
    pack: str = "erx-1401"
    language: str = "fa"
    contact: str = Field(default="", max_length=300)  # whom to tell about a recall; in no report
    ics: dict[str, Claim] = Field(default_factory=dict)
    ixit: Ixit
    source: str = ""  # path of the file, for messages
