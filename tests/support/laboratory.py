"""A small health PKI with a laboratory, and finished campaign directories with real evidence."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures import load_pack
from lab.certification.jose import Signer
from lab.certification.trust import LAB_CLASS
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import result_digest, sealed_lines
from lab.model.campaign import EvidenceSummary, ResultDocument
from lab.model.evidence import RecordKind
from tests.support.results import conforming

DAY = timedelta(days=1)
OTHER_CLASS = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1.4")


@dataclass(frozen=True)
class Authority:
    """Root and intermediate."""

    root: x509.Certificate
    intermediate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    days: tuple[int, int],
    is_authority: bool,
    path_length: int | None = None,
    usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def authority(name: str = "Test health root") -> Authority:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(
        name, root_key, name, root_key, days=(-4000, 9000), is_authority=True, path_length=1
    )
    middle = _certificate(
        f"{name} intermediate",
        key,
        name,
        root_key,
        days=(-4000, 9000),
        is_authority=True,
        path_length=0,
    )
    return Authority(root=root, intermediate=middle, key=key)


def laboratory(
    under: Authority,
    *,
    usage: x509.ObjectIdentifier = LAB_CLASS,
    days: tuple[int, int] = (-1, 800),
    is_authority: bool = False,
) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = under.intermediate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    leaf = _certificate(
        "Conformance laboratory",
        key,
        str(issuer),
        under.key,
        days=days,
        is_authority=is_authority,
        usage=usage,
    )
    der = serialization.Encoding.DER
    return Signer(key=key, chain=(leaf.public_bytes(der), under.intermediate.public_bytes(der)))


def write_kit(directory: Path, under: Authority, signer: Signer) -> Path:
    """Write a credential kit with the one identity "laboratory"."""
    place = directory / "laboratory"
    place.mkdir(parents=True, exist_ok=True)
    pem = serialization.Encoding.PEM
    chain = [x509.load_der_x509_certificate(item).public_bytes(pem) for item in signer.chain]
    (place / "cert.pem").write_bytes(chain[0])
    (place / "chain.pem").write_bytes(b"".join(chain))
    (place / "key.pem").write_bytes(
        signer.key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (directory / "trust.pem").write_bytes(under.root.public_bytes(pem))
    row = {"certificate": "laboratory/cert.pem", "chain": "laboratory/chain.pem",
           "key": "laboratory/key.pem", "class": "lab", "subject": {}, "state": "good"}  # fmt: skip
    kit = {"version": 1, "trust": "trust.pem", "identities": {"laboratory": row}}
    (directory / "kit.json").write_text(json.dumps(kit), encoding="utf-8")
    return directory


def certifiable() -> ResultDocument:
    """A conforming result of the scheme's own plan, level and rule."""
    result, _ = conforming()
    pack = load_pack("erx-1401")
    scheme = pack.schemes["purchaser_system"]
    level = scheme["levels"][0]
    plan = result.campaign.plan.model_copy(
        update={"scheme": "purchaser_system", "level": level["id"], "id": level["plans"][0]}
    )
    campaign = result.campaign.model_copy(
        update={"plan": plan, "pack_hash": pack.hash, "kind": "witnessed"}
    )
    rule = result.statement.rule.model_copy(update={"id": scheme["decisionRule"]["id"]})
    statement = result.statement.model_copy(update={"rule": rule})
    finished = datetime.now(UTC) - timedelta(hours=1)
    return result.model_copy(
        update={"campaign": campaign, "statement": statement, "finished_at": finished}
    )


def write_campaign(
    directory: Path, result: ResultDocument, *, recorded: dict[str, str] | None = None
) -> ResultDocument:
    """Write a finished campaign directory; `recorded` overrides verdicts in the evidence."""
    directory.mkdir(parents=True, exist_ok=True)
    campaign = result.campaign.model_dump_json(indent=2).encode()
    (directory / "campaign.json").write_bytes(campaign)
    with EvidenceStore(directory / "evidence.sqlite") as store:
        store.record(
            RecordKind.CAMPAIGN_STARTED, {"campaign_sha256": hashlib.sha256(campaign).hexdigest()}
        )
        for case in result.cases:
            verdict = (recorded or {}).get(case.case.id, case.verdict.value)
            store.record(
                RecordKind.CASE_FINISHED, {"verdict": verdict}, case_id=case.case.id, attempt=1
            )
        document = result.model_dump(mode="json")
        document.pop("evidence")
        store.record(RecordKind.CAMPAIGN_FINISHED, {"result_sha256": result_digest(document)})
        head, records = store.head, store.count
    summary = EvidenceSummary(path=str(directory), records=records, head=head, exchanges=0)
    final = result.model_copy(update={"evidence": summary})
    (directory / "result.json").write_text(final.model_dump_json(indent=2), encoding="utf-8")
    lines = sealed_lines(directory, ("evidence.sqlite", "campaign.json", "result.json"))
    (directory / "evidence.sha256").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return final
