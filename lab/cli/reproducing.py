"""How to see a finding again by hand: the campaign command, curl, and a script that seals anew.

curl sends the recorded bytes. A seal is good for 300 s and once, so the script takes new nonce and
time. What was changed after sealing cannot be sealed again; the script says so and is left out.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from lab.cli.terminal import out
from lab.evidence.reader import RESULT, EvidenceReader, open_evidence
from lab.model.campaign import CaseResult, ResultDocument
from lab.model.errors import UsageError
from lab.model.evidence import RecordKind
from lab.model.exchange import Exchange

_AFTER = ("after_seal:", "wire:")
_SEAL = frozenset({"signature", "signature-input"})
_SCRIPT = """\
python - <<'END'
import base64, secrets, time
from pathlib import Path
from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.kit.mutation import Draft
from lab.kit.seal import sign_draft
from lab.kit.transport import OutgoingRequest
kit = CredentialKit.load(Path({kit}))
headers = {headers}
body = base64.b64decode({body})
draft = Draft({method}, {url}, {target}, list(headers), body)
draft.seal_components_dropped |= {dropped}
mark = dict(headers)["ditas-certificate"].strip(":")
seal = next(kit.identity(n) for n in kit.names()
            if base64.b64encode(kit.identity(n).leaf_der).decode() == mark)
sign_draft(draft, seal, created=int(time.time()), nonce=secrets.token_urlsafe(18))
transport = LiveTransport(kit)
got = transport.send(OutgoingRequest(draft.method, draft.url, draft.target, tuple(draft.headers),
    body, {identity}, 10.0, 8388608, 0, "by hand"))
transport.close()
print(got.response.status if got.response else got.failure)
print(got.response.content.decode("utf-8", "replace") if got.response else "")
END"""


def reproduce(path: Path, case_id: str) -> None:
    """Print how to see every finding of a case again; UsageError when it has none."""
    reader = open_evidence(path)
    try:
        content = reader.document(RESULT)
        result = ResultDocument.model_validate_json(content) if content else None
        rows = result.cases if result else ()
        row = next((one for one in rows if one.case.id == case_id), None)
        if result is None or row is None or not row.findings:
            raise UsageError(
                f'"{case_id}" is no case with findings in this campaign',
                code="MFL-U063",
                where=str(path),
                fix="Name a case (TC-...) that did not pass.",
                sentence_fa="این آزمون یافته‌ای ندارد.",
            )
        terminal = out()
        for line in lines(result, row, reader):
            terminal.say(line)
    finally:
        reader.close()


def lines(result: ResultDocument, row: CaseResult, reader: EvidenceReader) -> Iterator[str]:
    """Yield what to type, comments included, for the case and for each of its findings."""
    campaign = result.campaign
    source = shlex.quote(campaign.profile.source or "sut.toml")
    yield "# The whole case again, with the same inputs:"
    yield (
        f"mafalab run --sut {source} --plan {campaign.plan.id} --only {row.case.id} "
        f"--seed {campaign.seed} --out again"
    )
    wanted = {finding.exchange_id: finding for finding in row.findings if finding.exchange_id}
    for record in reader.records():
        if record.kind is not RecordKind.EXCHANGE or record.data.get("id") not in wanted:
            continue
        exchange = Exchange.model_validate(record.data)
        finding = wanted[exchange.id]
        body = reader.read_body(exchange.request.body)
        yield ""
        yield f"# {_plain(finding.requirement_id)}: {_plain(finding.title)}"
        yield f"# expected {_plain(finding.expected)}"
        yield f"# observed {_plain(finding.observed)}"
        yield "# as it was sent (the seal has a time and counts once):"
        yield curl(exchange, body, campaign.profile.ixit.credentials)
        yield from _sealed_anew(exchange, body, campaign.profile.ixit.credentials)


def curl(exchange: Exchange, body: bytes, kit: str) -> str:
    """Return a curl command that sends the recorded bytes with the recorded identity."""
    request = exchange.request
    parts = ["curl", "-i", "-X", request.method, "--cacert", f"{kit}/trust.pem"]
    if exchange.identity != "none":
        place = f"{kit}/{exchange.identity}"
        parts += ["--cert", f"{place}/chain.pem", "--key", f"{place}/key.pem"]
    for header in request.headers:
        if header.name.lower() != "content-length":
            parts += ["-H", f"{header.name}: {header.value}"]
    if body:
        parts += ["--data-binary", "@-"]
    command = shlex.join([*parts, request.url])
    return f"echo {base64.b64encode(body).decode()} | base64 -d | {command}" if body else command


def _sealed_anew(exchange: Exchange, body: bytes, kit: str) -> Iterator[str]:
    request = exchange.request
    rows = [(one.name, one.value) for one in request.headers]
    names = {name.lower() for name, _ in rows}
    late = [one for one in exchange.mutations if one.startswith(_AFTER)]
    if "signature" not in names:
        yield "# it went without a seal, so curl does all that is needed"
        return
    if late:
        yield f"# changed after sealing ({_plain('; '.join(late))}): only the case can do it anew"
        return
    covered = dict(rows).get("signature-input", "")
    dropped = {name for name in names if name.startswith("ditas-") and f'"{name}"' not in covered}
    identity = "None"
    if exchange.identity != "none":
        identity = f"kit.identity({json.dumps(exchange.identity)})"
    yield "# sealed anew:"
    yield _SCRIPT.format(
        kit=json.dumps(kit),
        headers=repr([one for one in rows if one[0].lower() not in _SEAL]),
        body=json.dumps(base64.b64encode(body).decode()),
        method=json.dumps(request.method),
        url=json.dumps(request.url),
        target=json.dumps(request.target),
        dropped=repr(dropped) if dropped else "set()",
        identity=identity,
    )


def _plain(text: str) -> str:
    """Return text of a product on one line of printable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]
