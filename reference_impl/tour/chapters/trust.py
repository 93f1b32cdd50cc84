"""Admission (principle 7): tokens, revoked certificates, certificates of software; counters."""

from __future__ import annotations

import uuid
from datetime import timedelta

from reference_impl.tour.acts import expect
from reference_impl.tour.laboratory import PlayedLaboratory
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, reason

QUESTION = "/siam/v1/centres?kind=office"


def tell(stage: Stage) -> None:
    """Tell what opens and closes the gateway for a centre."""
    exchange_centre = stage.authority("ministry", "op01")
    _catalogue(exchange_centre)
    _token(stage, exchange_centre)
    _certificate(stage)
    if stage.register is None:
        exchange_centre.tell(
            "5", "2", "آزمایشگاه در این اجرا همراه نیست.",
            "No laboratory's register here: start the exchange with --register to see it.",
        )  # fmt: skip
    else:
        _software(stage, PlayedLaboratory(stage.register, stage.kit.identity("laboratory")))


def _catalogue(actor: Actor) -> None:
    services = actor.ask("/gateway/v1/catalogue")["services"]
    traffic = actor.ask("/gateway/v1/traffic")
    actor.tell(
        "1", "principle 3", f"فهرست {len(services)} سرویس با مالک و شرایط؛ شمارنده‌ها و سطح خدمت.",
        f"{len(services)} services with owner and terms; counters of {len(traffic['services'])} of "
        "them, observed against the service level.",
    )  # fmt: skip


def _token(stage: Stage, ministry: Actor) -> None:
    pharmacy = stage.at("pharmacy-2", "ph02")
    number = uuid.uuid5(uuid.NAMESPACE_OID, pharmacy.counter.gateway.who.token.key_id)
    token = f"/gateway/v1/tokens/{number}"
    body: Json = {"reason": reason("KEY_COMPROMISED")}
    pharmacy.ask(QUESTION)
    expect(ministry.ask(f"{token}/suspend", body)["state"], "suspended", "a token")
    pharmacy.refused("TOKEN_SUSPENDED", "GET", QUESTION)
    pharmacy.tell(
        "2", "8-3", "توکن معلق شد؛ درگاه راه نمی‌دهد.", "Its token is suspended: no way in."
    )
    expect(ministry.ask(f"{token}/reinstate", body)["state"], "active", "a token")
    pharmacy.ask(QUESTION)
    pharmacy.tell("3", "8-3", "توکن بازگشت.", "Reinstated: admitted again.")


def _certificate(stage: Stage) -> None:
    clinic = stage.at("dialysis", "dr02")
    leaf = clinic.counter.gateway.who.seal.chain[0]
    body = {
        "issuer": leaf.issuer.rfc4514_string(), "serial": f"{leaf.serial_number:x}",
        "reason": reason("KEY_COMPROMISED"),
    }  # fmt: skip
    clinic.ask(QUESTION)
    revoked = clinic.ask("/pki/v1/revocations", body)
    expect(revoked["state"], "revoked", "a certificate")
    stage.advance(
        timedelta(minutes=61), "شصت‌ویک دقیقه گذشت.",
        "Sixty-one minutes pass: a good status answer holds for an hour at most.",
    )  # fmt: skip
    clinic.refused("SEAL_CERTIFICATE_REVOKED", "GET", QUESTION)
    clinic.tell(
        "4", "9-7", "ابطال گواهی مهر به درگاه رسید.",
        "The centre revoked its own seal: OCSP tells it, the gateway refuses.",
    )  # fmt: skip


def _software(stage: Stage, laboratory: PlayedLaboratory) -> None:
    """002 §2 and admission are one loop: what the laboratory signs decides."""
    pharmacy, software = stage.at("pharmacy-2", "ph02"), stage.world.software["sw-pharmacy"]
    laboratory.list_product(software)
    pharmacy.refused("ADMISSION_SOFTWARE_NOT_CERTIFIED", "GET", QUESTION)
    pharmacy.tell(
        "5", "2", "نرم‌افزار بی‌گواهی پذیرفته نشد.", "Software without a certificate is refused."
    )
    laboratory.issue(software, "pharmacy_system", stage.now())
    pharmacy.ask(QUESTION)
    pharmacy.tell("6", "2", "گواهی آزمایشگاه صادر شد.", "The laboratory certifies it: admitted.")
    laboratory.note("suspend", stage.now())
    pharmacy.refused("ADMISSION_SOFTWARE_NOT_CERTIFIED", "GET", QUESTION)
    pharmacy.tell(
        "7", "13", "نظارت، گواهی را معلق کرد؛ همان دم درگاه بست.",
        "Surveillance suspends the certificate: the gateway refuses at once.",
    )  # fmt: skip
    laboratory.note("reinstate", stage.now())
    pharmacy.ask(QUESTION)
    laboratory.unlist()
    pharmacy.tell("8", "13", "گواهی بازگشت.", "Reinstated: admitted again.")
