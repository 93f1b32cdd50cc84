"""Reads `sut.toml` into a frozen profile; every mistake is named with line, key and a mend."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lab.model.base import JsonValue
from lab.model.errors import ProfileError
from lab.model.roles import load_roles, role_of
from lab.model.sut import Claim, Ixit, ProductIdentity, SutProfile

CLIENT_ROLES = frozenset(role.id for role in load_roles().values() if not role.is_server)
ROLES = tuple(load_roles())
_TABLES: dict[str, type[BaseModel]] = {"product": ProductIdentity, "ixit": Ixit}
_TOP = ("role", "pack", "language", "contact", "product", "ics", "ixit")
_ADDRESSES = (
    "base_url",
    "environment_url",
    "gateway_url",
    "status_url",
    "clock_control",
    "services_url",
    "peer_control",
)
_IN_PROCESS = frozenset({"clock_control", "peer_control"})  # paths of an application in process


def load_profile(path: Path) -> SutProfile:
    """Read and check a profile; ProfileError tells what to mend. Nothing is sent anywhere."""
    text = _text_of(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(
            f"{path.name} is not TOML: {error}",
            code="MFL-P001",
            where=str(path),
            fix='Correct that line; texts stand in quotes: role = "purchaser_system".',
            sentence_fa="پرونده از قالب TOML پیروی نمی‌کند.",
        ) from error
    reader = _Reader(path, text)
    reader.names("", document, _TOP)
    for table, model in _TABLES.items():
        reader.names(table, reader.table(document, table), tuple(model.model_fields))
    _check_role(reader, document)
    _check_claims(reader, reader.table(document, "ics"))
    _check_addresses(reader, reader.table(document, "ixit"))
    try:
        profile = SutProfile.model_validate({**document, "source": str(path)})
    except ValidationError as error:
        raise reader.of_validation(error.errors()[0]) from error
    return _complete(reader, profile, path.resolve().parent)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError(
            f'there is no "{path}"',
            code="MFL-P002",
            where=str(path),
            fix="Write one: mafalab sut init --role purchaser_system",
            sentence_fa="پروندهٔ توصیف محصول پیدا نشد.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(
            f'"{path}" cannot be read: {error}',
            code="MFL-P003",
            where=str(path),
            fix="Save it as UTF-8 text.",
            sentence_fa="پروندهٔ توصیف محصول خوانا نیست.",
        ) from error


class _Reader:
    """Knows the text, so that messages can name lines."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = text.splitlines()

    def where(self, table: str, key: str) -> str:
        """`file:line  [table] key` of a key, without the line when it is not there."""
        inside = ""
        for number, line in enumerate(self._lines, start=1):
            header = re.match(r"\s*\[([^\]]+)\]", line)
            if header:
                inside = header.group(1).strip()
            if inside == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
                return f"{self.path}:{number}  {self._place(table, key)}"
        return f"{self.path}  {self._place(table, key)}"

    def error(  # noqa: PLR0917 - six plain texts
        self, code: str, table: str, key: str, sentence: str, fix: str, fa: str
    ) -> ProfileError:
        """Make an error that points at one key."""
        return ProfileError(
            sentence, code=code, where=self.where(table, key), fix=fix, sentence_fa=fa
        )

    def table(self, document: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
        """Return a table of the document, empty when absent."""
        value = document.get(name, {})
        if not isinstance(value, dict):
            raise self.error(
                "MFL-P004",
                "",
                name,
                f"{name} is {value!r}, a table is needed",
                f"Write a line [{name}] and the keys below it.",
                f"{name} باید یک جدول باشد.",
            )
        return value

    def names(self, table: str, values: dict[str, JsonValue], known: tuple[str, ...]) -> None:
        """Refuse keys that nobody reads: a misspelt one would silently do nothing."""
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                raise self.error(
                    "MFL-P005",
                    table,
                    key,
                    f'"{key}" is not a key of {f"[{table}]" if table else "the file"}',
                    f'Did you mean "{near[0]}"?' if near else f"Known keys: {', '.join(known)}.",
                    "این کلید شناخته نیست.",
                )

    def of_validation(self, detail: ErrorDetails) -> ProfileError:
        """Turn the first complaint of the model into one that names the line."""
        parts = [str(part) for part in detail["loc"]]
        table, key = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
        missing = detail["type"] == "missing"
        value = "missing" if missing else repr(detail["input"])[:80]
        return self.error(
            "MFL-P006",
            table,
            key,
            f"{self._place(table, key)} is {value}: {detail['msg'].lower()}",
            f"Add it under [{table}]." if missing else "Correct the value.",
            "مقدار این کلید نیامده یا درست نیست.",
        )

    @staticmethod
    def _place(table: str, key: str) -> str:
        return f"[{table}] {key}" if table else key


def _check_role(reader: _Reader, document: dict[str, JsonValue]) -> None:
    role = document.get("role")
    if role not in ROLES:
        raise reader.error(
            "MFL-P007",
            "",
            "role",
            f"role is {role!r}, which the laboratory does not test",
            f"Use one of {', '.join(ROLES)}.",
            "این نقش آزموده نمی‌شود.",
        )


def _check_claims(reader: _Reader, claims: dict[str, JsonValue]) -> None:
    allowed = [claim.value for claim in Claim]
    for key, value in claims.items():
        if isinstance(value, dict):
            raise reader.error(
                "MFL-P008",
                "ics",
                key,
                f"[ics] {key} was read as a table, because a dotted key needs quotes",
                f'Write "{key}.{next(iter(value), "item")}" = "yes", with quotes around the key.',
                "کلید نقطه‌دار باید درون گیومه باشد.",
            )
        if value not in allowed:
            raise reader.error(
                "MFL-P009",
                "ics",
                key,
                f"[ics] {key} is {value!r}",
                f"Use one of {', '.join(allowed)}, in quotes.",
                "مقدار ادعا باید yes یا no یا unknown باشد.",
            )


def _check_addresses(reader: _Reader, ixit: dict[str, JsonValue]) -> None:
    for key in _ADDRESSES:
        value = ixit.get(key)
        if value is None or (key in _IN_PROCESS and "asgi" in ixit):
            continue
        allowed = ("http", "https") if key == "status_url" else ("https", "http")
        try:
            parts = urlsplit(str(value))
            usable = parts.scheme in allowed and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise reader.error(
                "MFL-P014",
                "ixit",
                key,
                f'{key} "{value}" is not an http(s) address.',
                f'{key} = "https://127.0.0.1:8443", for example. Nothing was sent to your product.',
                "نشانی با http یا https آغاز نمی‌شود یا کامل نیست.",
            )


def _complete(reader: _Reader, profile: SutProfile, base: Path) -> SutProfile:
    """Make paths absolute and see that the role can be reached at all."""
    needed = "gateway_url" if profile.role in CLIENT_ROLES else "base_url"
    reachable = profile.ixit.gateway_url if needed == "gateway_url" else profile.ixit.base_url
    if reachable is None and profile.ixit.asgi is None:
        raise reader.error(
            "MFL-P010",
            "ixit",
            needed,
            f"[ixit] {needed} is missing, so a {profile.role} cannot be reached",
            f'Add {needed} = "https://host:port/..." under [ixit].',
            "نشانی محصول نیامده است.",
        )
    _check_service(reader, profile)
    credentials = (base / profile.ixit.credentials).resolve()
    ixit = profile.ixit.model_copy(update={"credentials": str(credentials)})
    return profile.model_copy(update={"ixit": ixit, "source": str(reader.path)})


def _check_service(reader: _Reader, profile: SutProfile) -> None:
    """Refuse an address that names the service of another role (docs/wire.md: /SERVICE/v1)."""
    role = role_of(profile.role)
    parts = urlsplit(profile.ixit.base_url or "").path.strip("/").split("/")
    others = {one for other in load_roles().values() for one in other.services}
    named = next((part for part in parts if part in others), "")
    if named and role.is_server and named not in role.services:
        raise reader.error(
            "MFL-P025",
            "ixit",
            "base_url",
            f"base_url leads to the service {named}, a {profile.role} answers for "
            f"{', '.join(role.services)}. Nothing was sent to your product.",
            "Correct role or base_url.",
            "نشانی از آنِ سرویس نقش دیگری است.",
        )
