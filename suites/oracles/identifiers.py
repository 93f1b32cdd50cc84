"""Check digits of the identifiers of the exchange, written from the published rules.

National code: ten digits, the last one is the mod-11 check of the first nine (civil registration).
HID: ten characters of a 32-letter alphabet, the last one is the Luhn mod 32 character of the rest.
"""

from __future__ import annotations

HID_ALPHABET = "0123456789ABDEFGHKLMNPQRSTUVWXYZ"
HID_LENGTH = 10
NATIONAL_CODE_LENGTH = 10
FIDA_LENGTH = 12


def national_check_digit(first_nine: str) -> str:
    """Return the check digit for nine ASCII digits: weights 10 to 2, remainder mod 11."""
    if len(first_nine) != NATIONAL_CODE_LENGTH - 1 or not _ascii_digits(first_nine):
        raise ValueError(f'"{first_nine}" is not nine ASCII digits')
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine)) % 11
    return str(remainder if remainder < 2 else 11 - remainder)  # noqa: PLR2004 - rule of the code


def is_national_code(value: str) -> bool:
    """Tell whether a value is a formally right national code; repeated digits never are."""
    if len(value) != NATIONAL_CODE_LENGTH or not _ascii_digits(value) or len(set(value)) == 1:
        return False
    return national_check_digit(value[:-1]) == value[-1]


def with_wrong_check_digit(code: str) -> str:
    """Return the same code with a check digit that is certainly wrong."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def is_fida(value: str) -> bool:
    """Tell whether a value has the form of a foreign-national identifier (12 digits)."""
    return len(value) == FIDA_LENGTH and _ascii_digits(value)


def hid_check_character(first_nine: str) -> str:
    """Return the Luhn mod 32 character: from the right, every second value is doubled."""
    total = 0
    for distance, letter in enumerate(reversed(first_nine)):
        value = HID_ALPHABET.index(letter) * (2 if distance % 2 == 0 else 1)
        total += value // len(HID_ALPHABET) + value % len(HID_ALPHABET)
    return HID_ALPHABET[-total % len(HID_ALPHABET)]


def is_hid(value: str) -> bool:
    """Tell whether a value is a formally right ten-character HID."""
    if len(value) != HID_LENGTH or any(letter not in HID_ALPHABET for letter in value):
        return False
    return hid_check_character(value[:-1]) == value[-1]


def hid_with_wrong_check(hid: str) -> str:
    """Return the same HID with its check character replaced by the next of the alphabet."""
    place = (HID_ALPHABET.index(hid[-1]) + 1) % len(HID_ALPHABET)
    return hid[:-1] + HID_ALPHABET[place]


def _ascii_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
