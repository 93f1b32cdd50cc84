"""Answers for the forms of identifiers that services receive and issue (profile, section 3)."""

from __future__ import annotations

import re
import secrets

NATIONAL_CODE_LENGTH = 10
FIDA = re.compile(r"^[0-9]{12}$")
HID_ALPHABET = "0123456789ABDEFGHKLMNPQRSTUVWXYZ"
HID_LENGTH = 10
HID_LEGACY = re.compile(r"^[0-9]{16}$")
HID_ISSUERS = frozenset("12359")
_DIGITS: dict[int, str | None] = {
    **{0x06F0 + value: str(value) for value in range(10)},
    **{0x0660 + value: str(value) for value in range(10)},
}
_MODULUS = 11
_LARGEST_DIRECT_REMAINDER = 2


def national_code_is_sound(value: str) -> bool:
    """Say whether ten ASCII digits carry a correct mod-11 check digit and are not all equal."""
    if len(value) != NATIONAL_CODE_LENGTH or not (value.isascii() and value.isdigit()):
        return False
    if len(set(value)) == 1:
        return False
    weighted = sum(
        int(digit) * weight
        for digit, weight in zip(value, range(NATIONAL_CODE_LENGTH, 1, -1), strict=False)
    )
    remainder = weighted % _MODULUS
    check = remainder if remainder < _LARGEST_DIRECT_REMAINDER else _MODULUS - remainder
    return int(value[-1]) == check


def hid_is_sound(value: str) -> bool:
    """Say whether a HID has the form of profile P-2.3, or is of the legacy 16-digit class."""
    if HID_LEGACY.match(value):
        return True
    if len(value) != HID_LENGTH or value[0] not in HID_ISSUERS:
        return False
    if any(symbol not in HID_ALPHABET for symbol in value):
        return False
    return hid_check_character(value[:-1]) == value[-1]


def hid_check_character(body: str) -> str:
    """Return the Luhn mod 32 check character over a HID without its last character."""
    size = len(HID_ALPHABET)
    total = 0
    for place, symbol in enumerate(reversed(body)):
        addend = HID_ALPHABET.index(symbol) * (2 if place % 2 == 0 else 1)
        total += addend // size + addend % size
    return HID_ALPHABET[-total % size]


def new_hid(issuer: str) -> str:
    """Make a HID of an issuer class.

    1 Tamin, 2 IHIO, 3 armed forces, 5 self-insuring body, 9 self-pay.
    """
    body = issuer + "".join(secrets.choice(HID_ALPHABET) for _ in range(HID_LENGTH - 2))
    return body + hid_check_character(body)


def ascii_digits(text: str) -> str:
    """Replace Persian and Arabic-Indic digits by ASCII digits, leaving everything else."""
    return text.translate(_DIGITS)
