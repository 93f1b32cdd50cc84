"""Errors of the laboratory, each with the place and the way out.

LabError
├── UsageError         the person typed or configured something wrong (exit 2)
│   └── ProfileError   sut.toml is wrong, with file, line and key where known
├── PackError          the standard pack is damaged or inconsistent (exit 3)
├── EnvironmentFault   network, disk, clock or peer of ours failed (exit 3)
├── EvidenceDamaged    stored evidence does not verify (exit 1)
└── HarnessDefect      our own code is wrong (exit 3)
"""

from __future__ import annotations


class LabError(Exception):
    """Base: a sentence with the value, where it was found, and how to mend it."""

    code = "MFL-L000"
    exit_code = 3
    level = "LAB"

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        where: str = "",
        fix: str = "",
        sentence_fa: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.sentence_fa = sentence_fa
        self.where = where
        self.fix = fix
        if code is not None:
            self.code = code


class UsageError(LabError):
    """The person typed or configured something wrong; nothing was sent to the product."""

    code = "MFL-U000"
    exit_code = 2
    level = "USAGE"


class ProfileError(UsageError):
    """`sut.toml` cannot be used."""

    code = "MFL-P000"
    level = "PROFILE"


class PackError(LabError):
    """The standard pack is damaged or inconsistent."""

    code = "MFL-K000"


class EnvironmentFault(LabError):
    """Something around the laboratory failed; the product is not blamed."""

    code = "MFL-E000"


class EvidenceDamaged(LabError):
    """Stored evidence does not verify."""

    code = "MFL-V000"
    exit_code = 1
    level = "EVIDENCE"


class HarnessDefect(LabError):
    """The laboratory's own code is wrong."""

    code = "MFL-H000"
