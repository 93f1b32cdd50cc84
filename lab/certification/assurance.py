"""The suite assurance statement: what the suites have been measured to catch, signed.

It is put together from calibration matrices and measurements of this very version of the suites and
says what has not been measured as plainly as what has. Raises UsageError for those of other suites.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from pydantic import ValidationError

from lab.campaign.freeze import suite_hash
from lab.certification.assurance_rows import agreement, measures, merged, powers, role_row
from lab.certification.jose import Forged, Signer, open_token, sign
from lab.model.base import Frozen, JsonValue
from lab.model.errors import UsageError
from lab.model.roles import load_roles
from lab.model.stored import Document, Stored
from lab.validation.experiments import Measurement
from lab.validation.matrix import Agreement, Matrix, Proof, power, rates, read_document
from reports.renderers.assurance import render_assurance

TYPE = "mafa-assurance+jwt"
_UNMEASURED = (
    ("flakes", "share of cases whose verdict changes between repetitions"),
    ("concurrency", "verdicts of campaigns run at once compared with serial ones"),
    ("crash", "verdicts of interrupted and resumed campaigns compared with whole ones"),
    ("mechanical", "rate against mutants made mechanically from the contracts"),
    ("blame", "mistakes of configuration and environment, whether they are blamed on the product"),
    ("https", "a sample run again over real HTTPS and compared"),
)


def _statement_1_to_2(document: Document) -> Document:
    """Format 2 states itself; the first statements had no experiments and no `sound`."""
    document.setdefault("experiments", [])
    document.setdefault("sound", False)
    for row in document["roles"]:
        row.setdefault("unprovenCases", [])
        row.setdefault("mechanicalSurvivors", [])
    return {**document, "format": 2}


STATEMENT = Stored("assurance statement", Frozen, (_statement_1_to_2,))


@dataclass(frozen=True)
class Calibrated:
    """What a `matrix.json` holds: matrices of roles, and the sample over HTTPS if one was drawn."""

    matrices: tuple[Matrix, ...]
    https: Agreement | None = None


def read_matrix(path: Path) -> Calibrated:
    """Read a `matrix.json`, of one role or of all; it must be of the suites as they are now."""
    try:
        document = read_document(path)
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{path.name} is no calibration matrix: {error}", code="MFL-U070", where=str(path)
        ) from error
    matrices = document.roles if isinstance(document, Proof) else (document,)
    present = suite_hash()
    other = [matrix.role for matrix in matrices if matrix.suite_hash != present]
    if other:
        raise UsageError(
            f"{path} was measured with other suites than the present ones",
            code="MFL-U071",
            where=str(path),
            fix=f"Measure again: mafalab calibrate --role {other[0]}",
            sentence_fa="این سنجش با نسخهٔ دیگری از آزمون‌ها انجام شده است.",
        )
    return Calibrated(matrices, document.https)


def read_measurement(path: Path) -> Measurement:
    """Read a `measurement.json`; it must be of the suites as they are now."""
    try:
        measured = Measurement.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{path.name} is no measurement of the laboratory: {error}",
            code="MFL-U076",
            where=str(path),
            fix="Make one: mafalab assurance measure --out DIR",
        ) from error
    if measured.suite_hash != suite_hash():
        raise UsageError(
            f"{path} was measured with other suites than the present ones",
            code="MFL-U071",
            where=str(path),
            fix="Measure again: mafalab assurance measure --out DIR",
            sentence_fa="این سنجش با نسخهٔ دیگری از آزمون‌ها انجام شده است.",
        )
    return measured


def statement(
    calibrated: Sequence[Calibrated], measured: Sequence[Measurement], at: datetime, version: str
) -> dict[str, JsonValue]:
    """Return the payload of the statement. A role in several matrices counts once."""
    matrices = merged([matrix for one in calibrated for matrix in one.matrices])
    https = [one.https for one in calibrated if one.https is not None]
    everything = [row for matrix in matrices for row in matrix.rows]
    roles = [role_row(matrix) for matrix in matrices]
    missing = _missing(matrices, measured, https)
    return {
        "format": STATEMENT.format,
        "kind": "suite-assurance",
        "suiteVersion": version,
        "suiteHash": suite_hash(),
        "measuredAt": at.isoformat(),
        "total": measures(rates(everything)),
        "https": agreement(https),
        "requirements": powers(power(everything)),
        "roles": roles,
        "experiments": [one.model_dump(mode="json", exclude_none=True) for one in measured],
        "notMeasured": missing,
        "sound": not missing
        and all(row["proven"] for row in roles)
        and not any(one.differing for one in https)
        and not any(one.deviates for one in measured),
    }


def _missing(
    matrices: Sequence[Matrix], measured: Sequence[Measurement], https: Sequence[Agreement]
) -> list[str]:
    """Return what nobody measured; an experiment that hit nothing has not been made."""
    done = {
        "flakes": any(one.flakes and one.flakes.repetitions > 1 for one in measured),
        "concurrency": any(one.concurrency and one.concurrency.cases for one in measured),
        "crash": any(one.crash and one.crash.kills for one in measured),
        "mechanical": any(matrix.mechanical.trials for matrix in matrices),
        "blame": any(matrix.blame.trials for matrix in matrices),
        "https": any(one.agreed.trials for one in https),
    }
    calibrated = {matrix.role for matrix in matrices}
    absent = [name for name in load_roles() if name not in calibrated]
    told = [text for name, text in _UNMEASURED if not done[name]]
    told += [f"{one.role}: {text}" for one in measured for text in one.undecided]
    if absent:
        told.append(f"calibration of {', '.join(absent)}")
    return told


def digest_of(token: str) -> str:
    """Return the hash of a signed statement, which certificates carry."""
    return hashlib.sha256(token.strip().encode("ascii")).hexdigest()


def named_by(path: Path, anchors: Sequence[x509.Certificate], wanted: str) -> str:
    """Return the hash of a statement, for a certificate about a campaign of the suites `wanted`.

    UsageError when it is not genuine, or is about other suites.
    """
    payload = opened(path, anchors)
    if payload.get("suiteHash") != wanted:
        raise UsageError(
            "the statement is about other suites than those of the campaign",
            code="MFL-U079",
            where=str(path),
            fix="Give the statement that was issued for these suites.",
            sentence_fa="این بیانیه دربارهٔ نسخهٔ دیگری از آزمون‌ها است.",
        )
    return digest_of(path.read_text("ascii"))


def _no_statement(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"This is no statement of a trusted laboratory: {error}.",
        code="MFL-U072",
        where=str(path),
        sentence_fa="این بیانیه از آزمایشگاه معتبر نیست یا دست خورده است.",
    )


def opened(path: Path, anchors: Sequence[x509.Certificate]) -> dict[str, JsonValue]:
    """Return the payload of a genuine statement. UsageError for any other file."""
    try:
        payload = open_token(path.read_text("ascii").strip(), TYPE, anchors).payload
    except (Forged, OSError, UnicodeDecodeError) as error:
        raise _no_statement(path, error) from error
    return STATEMENT.upgraded(payload, str(path))


def write(payload: dict[str, JsonValue], signer: Signer, at: datetime, out: Path) -> Path:
    """Write `assurance.jws` (signed) and `assurance.html`; return the signed file."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "assurance.html").write_text(render_assurance(payload), "utf-8")
    target = out / "assurance.jws"
    target.write_text(sign(payload, TYPE, signer, at), "ascii")
    return target
