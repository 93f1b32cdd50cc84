"""The form an inspector fills in: written in Persian and English, read as TOML or YAML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError

from lab.campaign.attachments import escaped, named
from lab.campaign.attest import Statement
from lab.model.base import Frozen, JsonValue
from lab.model.campaign import Campaign
from lab.model.errors import UsageError
from lab.model.inspection import AttachmentKind, Attester, InspectionItem, InspectionResult

MAX_BYTES = 1024 * 1024
Format = Literal["toml", "yaml"]


class _Row(Frozen):
    item: str
    verdict: str = ""
    by: str = ""
    note: str = ""
    attach: tuple[str, ...] = ()


class _Form(Frozen):
    campaign: str
    attestation: tuple[_Row, ...] = ()


def format_of(path: Path) -> Format:
    """Return the format by the ending; UsageError for any other ending."""
    known: dict[str, Format] = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}
    if path.suffix.lower() not in known:
        raise _unreadable(path, "a form is a .toml, .yaml or .yml file")
    return known[path.suffix.lower()]


def form_text(campaign: Campaign, rows: Iterable[InspectionResult], form: Format) -> str:
    """Return a form with one empty attestation for each of these items."""
    product = campaign.profile.product
    head = [
        f"Guided inspections of {campaign.id}: {product.product} {product.version}",
        "Fill in verdict, by and note; leave verdict empty where nobody has looked.",
        "verdict: pass, fail or not-applicable.   by: Name, function.   attach: KIND=FILE, beside",
        f"this form.   Functions: {', '.join(one.words.en for one in Attester)}.",
        "حکم، نام و سمت و شرح را بنویسید؛ حکم آنچه دیده نشده خالی بماند. pass قبول، fail رد،",
        "not-applicable خارج از شمول. پیوست‌ها کنار همین پرونده باشد: KIND=FILE.",
        f"سمت‌ها: {'، '.join(one.words.fa for one in Attester)}.",
        f"KIND: {', '.join(one.value for one in AttachmentKind)}",
    ]
    lines = [*_comments(head), _pair("campaign", campaign.id, form)]
    if form == "yaml":
        lines.append("attestation:")
    for row in rows:
        lines += ["", *_comments(_guide(row.item)), *_blank(row.item, form)]
    return "\n".join(lines) + "\n"


def _guide(item: InspectionItem) -> Iterator[str]:
    yield f"{item.id}  {item.title.en}   ({item.severity.value}; {', '.join(item.requirements)})"
    yield item.title.fa
    yield f"?  {item.question.en}"
    yield f"؟  {item.question.fa}"
    for number, step in enumerate(item.look, 1):
        yield f"{number}. {step.en}"
        yield f"   {step.fa}"
    for one in item.attach:
        optional = " (optional)" if one.optional else ""
        yield f"attach {one.kind.value}{optional}: {one.en}"
        yield f"       {one.kind.words.fa}: {one.fa}"
    yield f"pass when: {item.criterion.en}"
    yield f"قبول: {item.criterion.fa}"
    yield f"attests: {' or '.join(one.words.en for one in item.attest)}"
    yield f"اظهارکننده: {' یا '.join(one.words.fa for one in item.attest)}"


def _comments(lines: Iterable[str]) -> list[str]:
    # The product's own name stands in the head; it must not end the comment.
    return [f"# {escaped(line, limit=1000).replace(chr(10), ' ')}" for line in lines]


def _blank(item: InspectionItem, form: Format) -> list[str]:
    pairs = [_pair("item", item.id, form)]
    pairs += [_pair(name, "", form) for name in ("verdict", "by", "note")]
    pairs.append("attach = []" if form == "toml" else "attach: []")
    if form == "toml":
        return ["[[attestation]]", *pairs]
    return [f"{'  - ' if n == 0 else '    '}{line}" for n, line in enumerate(pairs)]


def _pair(name: str, value: str, form: Format) -> str:
    return f"{name}{' =' if form == 'toml' else ':'} {json.dumps(value, ensure_ascii=False)}"


def read_form(path: Path, campaign: Campaign) -> tuple[Statement, ...]:
    """Read a filled form; rows without verdict are left out. UsageError says what is wrong.

    Attachments are looked for beside the form and nowhere else.
    """
    form = _parsed(path)
    if form.campaign != campaign.id:
        raise _unreadable(
            path, f'it is for campaign "{escaped(form.campaign, limit=60)}", not {campaign.id}'
        )
    filled = [row for row in form.attestation if row.verdict.strip()]
    _once(path, filled)
    return tuple(
        Statement(
            item=row.item,
            verdict=row.verdict.strip(),
            by=row.by,
            note=row.note,
            files=tuple(named(text) for text in row.attach),
            inside=path.parent,
        )
        for row in filled
    )


def _parsed(path: Path) -> _Form:
    kind = format_of(path)
    try:
        with path.open("rb") as source:
            content = source.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _unreadable(path, f"it has more than {MAX_BYTES} bytes")
        text = content.decode("utf-8-sig")
        document: JsonValue = tomllib.loads(text) if kind == "toml" else _plain_yaml(path, text)
        return _Form.model_validate(document)
    except (OSError, ValueError, ValidationError, yaml.YAMLError, RecursionError) as error:
        raise _unreadable(path, escaped(str(error), limit=300)) from error


def _plain_yaml(path: Path, text: str) -> JsonValue:
    # Anchors let a small file grow without end; a form has no use for them.
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _unreadable(path, "it uses a YAML alias")
    return yaml.safe_load(text)


def _once(path: Path, rows: Sequence[_Row]) -> None:
    names = [row.item for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _unreadable(path, f"it attests {escaped(twice[0], limit=40)} twice")


def _unreadable(path: Path, sentence: str) -> UsageError:
    return UsageError(
        f"the form cannot be used: {sentence}",
        code="MFL-U085",
        where=str(path),
        fix="mafalab inspect form DIR -o FORM writes a fresh one; nothing was recorded.",
        sentence_fa="فرم قابل استفاده نیست؛ چیزی ثبت نشد.",
    )
