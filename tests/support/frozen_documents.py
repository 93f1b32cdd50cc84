"""Writes one small example of every stored document, in the format of the checkout it runs in.

    python -m tests.support.frozen_documents tests/frozen/format-N

Run once when a format is new, then never again for that folder: see tests/frozen/README.md.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.campaign.freeze import record_start
from lab.certification.assurance import STATEMENT
from lab.certification.assurance import TYPE as ASSURANCE_TYPE
from lab.certification.issue import People, issue
from lab.certification.jose import sign
from lab.certification.status import STATUS_ENTRY, Event, append
from lab.evidence.export import write_bundle
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import result_digest, sealed_lines
from lab.model.campaign import EvidenceSummary, ResultDocument
from lab.model.evidence import RecordKind
from lab.model.exchange import Direction, Exchange, Header, ReceivedResponse, SentRequest
from lab.model.stored import CAMPAIGN, CERTIFICATE, EVIDENCE, RESULT
from tests.support.laboratory import authority, certifiable, laboratory

ISSUED = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
REQUIREMENTS = 4  # of the result; more show nothing further


def write_examples(directory: Path, assurance: dict[str, object]) -> None:
    """Write campaign, result, evidence, bundle, certificate, status list, assurance and root."""
    directory.mkdir(parents=True)
    under = authority("Frozen root")
    signer = laboratory(under)
    anchors: tuple[x509.Certificate, ...] = (under.root,)
    _write_campaign(directory, _small(certifiable()))
    people = People(evaluator="Ada", reviewer="Bob", decider="Cyd")
    at = datetime.now(UTC).replace(microsecond=0)
    status = directory / "status.jwsl"
    issued = issue(
        directory,
        people=people,
        signer=signer,
        anchors=anchors,
        out=directory,
        status=status,
        at=at,
    )
    for event, hours in ((Event.SUSPEND, 1), (Event.REINSTATE, 2)):
        append(
            status, anchors, signer, certificate_id=issued.certificate.id, event=event,
            reason="frozen", person="Cyd", at=at + timedelta(hours=hours),
        )  # fmt: skip
    (directory / "certificate.html").unlink()
    (directory / "evidence.sqlite.lock").unlink()
    (directory / "assurance.jws").write_text(sign(assurance, ASSURANCE_TYPE, signer, at), "ascii")
    (directory / "trust.pem").write_bytes(under.root.public_bytes(Encoding.PEM))


def _small(result: ResultDocument) -> ResultDocument:
    finished = ISSUED - timedelta(hours=2)
    return result.model_copy(
        update={"requirements": result.requirements[:REQUIREMENTS], "finished_at": finished}
    )


def _write_campaign(directory: Path, result: ResultDocument) -> None:
    """Write a finished campaign whose cases have one exchange each."""
    (directory / "campaign.json").write_text(result.campaign.model_dump_json(indent=1), "utf-8")
    with EvidenceStore(directory / "evidence.sqlite") as store:
        record_start(directory, store)
        for case in result.cases:
            name = case.case.id
            store.record(
                RecordKind.CASE_STARTED,
                {"now": ISSUED.isoformat(), "seed": 1},
                case_id=name,
                attempt=1,
            )
            store.exchange(_exchange(name, store))
            data = {"verdict": case.verdict.value}
            store.record(RecordKind.CASE_FINISHED, data, case_id=name, attempt=1)
        document = result.model_dump(mode="json")
        document.pop("evidence")
        store.record(
            RecordKind.CAMPAIGN_FINISHED,
            {"finished_at": document["finished_at"], "result_sha256": result_digest(document)},
        )
        summary = EvidenceSummary(
            path="evidence.sqlite", records=store.count, head=store.head,
            exchanges=len(result.cases),
        )  # fmt: skip
    final = result.model_copy(update={"evidence": summary})
    (directory / "result.json").write_text(final.model_dump_json(indent=1), "utf-8")
    lines = sealed_lines(directory, ("evidence.sqlite", "campaign.json", "result.json"))
    (directory / "evidence.sha256").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    write_bundle(directory)


def _exchange(name: str, store: EvidenceStore) -> Exchange:
    url = "https://127.0.0.1:8443/ditas/purchaser/v1/price"
    return Exchange(
        id=store.next_exchange_id(),
        case_id=name,
        attempt=1,
        ordinal=0,
        direction=Direction.STIMULUS,
        step="stimulus: price",
        service="purchaser",
        operation="price",
        identity="office-1.token",
        started_at=ISSUED,
        elapsed_ms=1.5,
        request=SentRequest(
            method="POST",
            url=url,
            target="/purchaser/v1/price",
            headers=(Header(name="content-type", value="application/json"),),
            body=store.body(b"{}"),
        ),
        response=ReceivedResponse(status=200, headers=(), body=store.body(b"[]"), wire_size=2),
    )


ASSURANCE: dict[str, object] = {
    "kind": "suite-assurance",
    "suiteVersion": "0",
    "suiteHash": "0" * 64,
    "measuredAt": ISSUED.isoformat(),
    "roles": [
        {
            "role": "purchaser_system", "plan": "purchaser-certification", "seed": 1,
            "subjects": 1, "complete": False, "proven": False,
            "sensitivity": {"hits": 1, "trials": 1, "lowerBound": 0.025},
            "attribution": None, "specificity": None, "null_panel": None, "mechanical": None,
            "survivors": [], "accused": [],
        }
    ],
    "notMeasured": ["everything else"],
    "sound": False,
}  # fmt: skip
"""The members every edition has had; what later ones added is added by who writes the example."""


def shapes() -> str:
    """Return the members of every stored document and of all its parts, one on each line."""
    lines: set[str] = set()
    for document in (CAMPAIGN, RESULT, CERTIFICATE, EVIDENCE, STATUS_ENTRY):
        schema = document.model.model_json_schema(mode="serialization")
        parts = {document.model.__name__: schema, **schema.get("$defs", {})}
        for name, part in parts.items():
            for member, kind in part.get("properties", {}).items():
                lines.add(f"{name}.{member}: {_kind(kind)}")
            if "enum" in part:
                lines.add(f"{name}: {json.dumps(part['enum'])}")
    return "".join(f"{line}\n" for line in sorted(lines))


def _kind(schema: dict[str, Any]) -> str:
    """Return what a member may hold, without its description."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    return json.dumps(kept, sort_keys=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_examples(target, STATEMENT.upgraded(ASSURANCE, "example"))
    (target.parent / "shapes.txt").write_text(shapes(), "utf-8")
