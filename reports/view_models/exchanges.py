"""Level 3: what passed over the wire, for the cases somebody has to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from lab.model.base import Bilingual
from lab.model.campaign import ExchangeView
from lab.model.exchange import Direction, Header
from reports.view_models.budget import BODY_LIMIT, PANE_TOTAL, PANES_PER_CASE, Budget
from reports.view_models.calendar import Moment, moment
from reports.view_models.cases import CaseView
from reports.view_models.json_text import coloured, indented
from reports.view_models.text import clipped, one_line, visible

_DIRECTIONS = {
    Direction.STIMULUS: Bilingual(fa="آزمایشگاه ← محصول", en="laboratory → product"),
    Direction.OBSERVED: Bilingual(fa="محصول ← تبادل", en="product → exchange"),
    Direction.CONTROL: Bilingual(fa="آزمایشگاه ← محیط", en="laboratory → environment"),
}


@dataclass(frozen=True)
class Message:
    """One side of an exchange. `body` is already safe HTML; `size` and `sha256` are the whole."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: Markup
    size: int
    sha256: str


@dataclass(frozen=True)
class Pane:
    """One exchange as shown. `document` is the decoded signed document of the request."""

    id: str
    case_id: str
    attempt: int
    direction: Bilingual
    step: str
    identity: str
    at: Moment
    elapsed_ms: float
    request: Message
    response: Message | None
    failure: str
    document: Markup | None
    truncated: bool
    changed: str


@dataclass(frozen=True)
class Panes:
    """All shown exchanges, and how many of the looked-at cases did not fit."""

    shown: tuple[Pane, ...]
    ids: frozenset[str]
    hidden: int


def build_panes(cases: Iterable[CaseView], exchanges: Mapping[str, ExchangeView]) -> Panes:
    """Compute panes of every case that is neither passed nor out of scope, within the budget."""
    budget = Budget(PANE_TOTAL)
    panes: dict[str, Pane] = {}
    hidden = 0
    for case in cases:
        if not case.is_open:
            continue
        first = [c.exchange_id for c in case.cards if c.exchange_id in exchanges]
        order = list(dict.fromkeys([*first, *(i for i in case.exchange_ids if i in exchanges)]))
        for position, key in enumerate(order):
            if key is None or key in panes:
                continue
            view = exchanges[key]
            if position < PANES_PER_CASE and budget.take(_weight(view)):
                panes[key] = _pane(view)
            else:
                hidden += 1
    shown = tuple(sorted(panes.values(), key=lambda pane: pane.id))
    return Panes(shown=shown, ids=frozenset(panes), hidden=hidden)


def _weight(view: ExchangeView) -> int:
    bodies = (view.request_text, view.response_text, view.document or "")
    # Marked-up JSON is about twice its text.
    return 1500 + 2 * sum(min(len(body), BODY_LIMIT) for body in bodies)


def _pane(view: ExchangeView) -> Pane:
    exchange = view.exchange
    request, response = exchange.request, exchange.response
    answer = None
    if response is not None:
        answer = Message(
            start=f"HTTP {response.status}",
            headers=_headers(response.headers),
            body=_body(view.response_text),
            size=response.body.size,
            sha256=response.body.sha256,
        )
    return Pane(
        id=exchange.id,
        case_id=exchange.case_id,
        attempt=exchange.attempt,
        direction=_DIRECTIONS[exchange.direction],
        step=one_line(exchange.step, 120),
        identity=one_line(exchange.identity, 120),
        at=moment(exchange.started_at),
        elapsed_ms=exchange.elapsed_ms,
        request=Message(
            start=one_line(f"{request.method} {request.url}", 600),
            headers=_headers(request.headers),
            body=_body(view.request_text),
            size=request.body.size,
            sha256=request.body.sha256,
        ),
        response=answer,
        failure=_failure(view),
        document=_body(view.document) if view.document is not None else None,
        truncated=view.truncated or len(view.response_text) > BODY_LIMIT,
        changed=one_line(", ".join([*exchange.mutations, exchange.wire_fault or ""]).strip(", ")),
    )


def _failure(view: ExchangeView) -> str:
    failure = view.exchange.failure
    return "" if failure is None else one_line(f"{failure.kind.value}: {failure.detail}", 600)


def _headers(headers: tuple[Header, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one_line(h.name, 80), one_line(h.value, 400)) for h in headers[:60])


def _body(text: str) -> Markup:
    if len(text) <= BODY_LIMIT:
        pretty = indented(text)
        if pretty is not None:
            return coloured(pretty)
    return Markup("{}").format(visible(clipped(text, BODY_LIMIT)))
