"""Reads `result.json` and exports the JSON Schemas it is checked against."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import jsonschema_rs
from pydantic import BaseModel

from lab.model import stored
from lab.model.campaign import Campaign, ResultDocument
from lab.model.certificate import Certificate
from lab.model.errors import EnvironmentFault, UsageError

EXPORTED: dict[str, type[BaseModel]] = {
    "result": ResultDocument,
    "campaign": Campaign,
    "certificate": Certificate,
}
MAX_RESULT_BYTES = 256 * 1024 * 1024


def schema_text(name: str) -> str:
    """Return the JSON Schema (2020-12) of one exported document as canonical text."""
    schema = EXPORTED[name].model_json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    number = EXPORTED[name].model_fields["format"].default
    schema["$id"] = f"urn:ir:mafa:lab:schema:{name}:{number}"
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def export_schemas(directory: Path) -> list[Path]:
    """Write all schemas into `directory` and return their paths."""
    paths = []
    for name in EXPORTED:
        path = directory / f"{name}.schema.json"
        path.write_text(schema_text(name), encoding="utf-8")
        paths.append(path)
    return paths


def load_result(path: Path) -> ResultDocument:
    """Read and check a result document.

    Raises EnvironmentFault when it cannot be read and UsageError, with the place, when it is not
    a result document.
    """
    try:
        size = path.stat().st_size
        if size > MAX_RESULT_BYTES:
            raise UsageError(
                f"{path.name} has {size} bytes; a result document has at most {MAX_RESULT_BYTES}.",
                code="MFL-R002",
                where=str(path),
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFault(
            f"{path.name} cannot be read: {error}.",
            code="MFL-R001",
            where=str(path),
            fix="Give the directory of a finished campaign; mafalab resume DIR finishes one.",
        ) from error
    return parse_result(text, where=str(path))


@functools.cache
def _validator() -> jsonschema_rs.Validator:
    # Generated, so that it cannot lag behind the vocabulary; a test compares the committed file.
    return jsonschema_rs.validator_for(json.loads(schema_text("result")))


def parse_result(text: str, *, where: str) -> ResultDocument:
    """Upgrade `text`, check it against the exported schema and then against the vocabulary."""
    problem = ""
    try:
        document = stored.RESULT.upgraded(json.loads(text), where)
        error = next(iter(_validator().iter_errors(document)), None)
        if error is not None:
            pointer = "".join(f"/{step}" for step in error.instance_path)
            problem = f"{pointer or '/'}: {error.message[:300]}"
        else:
            return stored.RESULT.of(document, where)
    except UsageError as error:
        if error.code == stored.NEWER:
            raise
        problem = error.sentence
    except (ValueError, RecursionError) as error:
        problem = str(error).splitlines()[0][:300]
    raise UsageError(
        f"This is not a result document: {problem}",
        sentence_fa="این پرونده سند نتیجهٔ آزمایشگاه نیست.",
        code="MFL-R003",
        where=where,
        fix="Use result.json exactly as the campaign wrote it.",
    )


if __name__ == "__main__":
    export_schemas(Path(__file__).parent / "schemas")
