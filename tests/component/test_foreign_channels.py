"""A client certificate of another authority over real TLS: refused, or noticed when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.campaign import RunRequest, run
from lab.cli.children import exchange
from lab.model.verdict import Verdict

CASE = "TC-PUR-SEC-TLS-002"


@pytest.mark.parametrize(
    ("faults", "verdict"), [((), Verdict.PASS), (("FLT-PUR-057",), Verdict.FAIL)]
)
def test_an_issuer_with_the_right_name_is_not_enough(
    faults: tuple[str, ...], verdict: Verdict, tmp_path: Path
) -> None:
    with exchange(tmp_path / "state", faults=faults) as running:
        (tmp_path / "sut.toml").write_text(
            f"""role = "purchaser_system"
[product]
vendor = "v"
product = "p"
version = "0"
[ixit]
base_url = "{running.services}/purchaser/v1"
environment_url = "{running.gateway}"
credentials = "{running.credentials}"
""",
            "utf-8",
        )
        request = RunRequest(
            sut=tmp_path / "sut.toml", out=tmp_path / "out", seed=11, only=(CASE,), jobs=1,
            kind="calibration",
        )  # fmt: skip
        result = run(request, lambda _event: None)
    row = next(one for one in result.cases if one.case.id == CASE)
    assert row.verdict is verdict, row.findings
    opening = next(one for one in result.cases if one.case.id == "TC-PUR-WF-SANITY-001")
    assert opening.verdict is Verdict.PASS
