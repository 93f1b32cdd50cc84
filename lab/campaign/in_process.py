"""Runs the cases of a campaign in this very process, for calibration.

The suites must have been imported before. Nothing protects the caller from a case that hangs or
ends the process: give every campaign a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab.campaign.child import Event
from lab.drivers.pytest_execution import LiveExecution


def drive_here(directory: Path, _listener: Callable[[Event], None]) -> int:
    """Run what is left of a prepared campaign, in its order; return 0."""
    execution = LiveExecution(directory)
    try:
        for case_id in execution.pending():
            if execution.unreached(execution.run(case_id)):
                break
    finally:
        execution.close()
    return 0
