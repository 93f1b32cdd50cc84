"""Printing of the recall list: certificates unaffected and at risk, vendors to notify."""

from __future__ import annotations

from pathlib import Path

from lab.campaign.recall import Recall, recall
from lab.cli.terminal import out, print_json, visible


def recall_all(root: Path, *, as_json: bool) -> int:
    """Judge all campaigns below `root` again, print the list, return the exit code."""
    found = recall(root)
    if as_json:
        print_json({**found.model_dump(mode="json"), "toNotify": list(found.to_notify)})
    else:
        _say(found)
    settled = all(row.standing == "unaffected" for row in found.campaigns)
    return 0 if settled and found.campaigns else 1


def _say(found: Recall) -> None:
    terminal = out()
    for row in found.campaigns:
        kind = "certificate" if row.certified else "campaign"
        who = f"{row.product.vendor}, {row.product.product} {row.product.version}"
        terminal.say(visible(f"{row.standing:<11} {kind:<11} {row.campaign}  {who}", limit=300))
        if row.lost:
            terminal.pair("  lost", ", ".join(row.lost))
        if row.gained:
            terminal.pair("  gained", ", ".join(row.gained))
        if row.reason:
            terminal.pair("  reason", visible(row.reason, limit=300))
    terminal.say(f"{len(found.campaigns)} campaigns judged again")
    terminal.pair("notify", visible(", ".join(found.to_notify) or "nobody", limit=500))
