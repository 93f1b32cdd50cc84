"""Campaigns: prepare, run in a child process, resume after any interruption, finish, re-judge."""

from lab.campaign.freeze import RunRequest, prepare
from lab.campaign.rejudge import Difference, rejudge
from lab.campaign.service import Interrupted, Listener, finish, resume, run

__all__ = [
    "Difference",
    "Interrupted",
    "Listener",
    "RunRequest",
    "finish",
    "prepare",
    "rejudge",
    "resume",
    "run",
]
