"""What a request is called that no contract names: alike in every campaign."""

from __future__ import annotations

import pytest

from lab.kit.calling import named


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/nothing", "HEAD /nothing"),
        (
            "/prescriptions/45445b0a-491b-4348-800b-f3b1b2cbd930/nothing",
            "HEAD /prescriptions/{id}/nothing",
        ),
        ("/licence-events/2026", "HEAD /licence-events/2026"),
        ("/a-very-long-word-without-digits", "HEAD /a-very-long-word-without-digits"),
        ("/centres?from=2026", "HEAD /centres?from=2026"),
        ("/" + "x/" * 100, ("HEAD /" + "x/" * 100)[:120]),
    ],
)
def test_ids_that_a_product_gave_out_are_left_out(target: str, name: str) -> None:
    assert named("HEAD", target) == name
