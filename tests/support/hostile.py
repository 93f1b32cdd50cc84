"""Texts a hostile product may send, and a result document that has one of them in every field.

Every payload that could become markup carries the name `pwned`, as an element or an attribute, and
every script of them writes `data-executed` on the root element.
"""

from __future__ import annotations

from lab.model.campaign import Decision, ExchangeView, ResultDocument
from lab.model.exchange import Header
from lab.model.sut import ProductIdentity
from lab.model.verdict import Verdict
from tests.support.results import (
    case,
    document,
    exchange_view,
    finding,
    load_result,
    outcome_of,
    requirement,
)

_RUN = "document.documentElement.dataset.executed=1"
_TAGS = (
    f"<script data-pwned>{_RUN}</script>",
    f"<img data-pwned src=x onerror={_RUN}>",
    f'<svg data-pwned onload="{_RUN}"><title>x</title></svg>',
    f"<iframe data-pwned srcdoc='<script>{_RUN}</script>'></iframe>",
    f'<a data-pwned href="javascript:{_RUN}">x</a>',
    "<pwned-element>x</pwned-element>",
    f"<body data-pwned onload={_RUN}>",
    "<style data-pwned>*{display:none}</style>",
    '<link data-pwned rel=stylesheet href="data:text/css,*{}">',
    "<meta data-pwned http-equiv=refresh content='0;url=about:blank'>",
    "<base data-pwned href='https://example.invalid/'>",
    f"<form data-pwned><button formaction='javascript:{_RUN}'>x</button></form>",
    f"<math data-pwned><mtext><script>{_RUN}</script></mtext></math>",
    f"<details data-pwned open ontoggle={_RUN}>",
    f"<template data-pwned><script>{_RUN}</script></template>",
    "<object data-pwned data='data:text/html,x'></object>",
    f"<video data-pwned><source onerror={_RUN}></video>",
    f"<input data-pwned autofocus onfocus={_RUN}>",
)
_BREAKS = (
    "{}",
    '"{}',
    "'{}",
    '">{}',
    "'>{}",
    "</pre>{}",
    "</script>{}",
    "</style>{}",
    "</title>{}",
    "-->{}<!--",
    "]]>{}",
    "</td></tr></table>{}",
)
_OTHERS = (
    "{{ 7*7 }}{% raw %}",
    "${7*7}",
    "\u202e\u2066evil\u2069\u202c",
    "\x1b[2J\x1b]0;title\x07\x1b]52;c;AAAA\x07",
    "\x9b31m\x00\x08\x7f",
    "a\u200bb\u2060c\ufeffd\u00ade",
    "\u2028\u2029line",
    "&lt;script&gt;&#x3c;script&#x3e;&amp;",
    '=HYPERLINK("https://example.invalid","x")',
    "+1+cmd|' /C calc'!A0",
    "\uff1d1+1",
    "]]><x/><![CDATA[",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "%0d%0aset-cookie:x=1",
    "../../../../etc/passwd\\CON",
    "\U000e0041\U000e0042",
    "\ufffe\uffff",
    "نسخه‌پیچی \u061c\u200f(test)\u200e",
    "A" * 5000,
    "[" * 3000,
    '{"a":' * 3000,
)  # fmt: skip

PAYLOADS: tuple[str, ...] = (
    *(wrapper.format(tag) for tag in _TAGS for wrapper in _BREAKS),
    *_OTHERS,
)


def hostile_result(count: int = 1000) -> tuple[ResultDocument, dict[str, ExchangeView]]:
    """A result of `count` cases, a third failed, with payloads wherever a product speaks."""

    def say(number: int) -> str:
        return PAYLOADS[number % len(PAYLOADS)]

    requirements = [requirement(i) for i in range(120)]
    cases, views = [], {}
    for i in range(count):
        item = case(i, [requirements[i % 120].id], title=say(i)[:200])
        if i % 3:
            cases.append(outcome_of(item, note=say(i), reason=say(i + 1)))
            continue
        view = exchange_view(
            i + 1, item.id, request=say(i), response=say(i + 5), document=say(i + 9),
            step=say(i + 2), target="/" + say(i + 3), status=200 + i % 300,
            headers=(Header(name=say(i + 4), value=say(i + 6)),),
        )  # fmt: skip
        views[view.exchange.id] = view
        said = finding(
            item.id, requirements[i % 120].id, title=say(i), expected=say(i + 1),
            observed=say(i + 2), pointer=say(i + 3), fix=say(i + 4), fix_fa=say(i + 5),
            exchange_id=view.exchange.id,
        )  # fmt: skip
        cases.append(
            outcome_of(item, Verdict.FAIL, findings=(said,), note=say(i + 7),
                       exchange_ids=(view.exchange.id,))
        )  # fmt: skip
    result = document(
        cases, requirements, decision=Decision.NOT_CONFORMING,
        load=load_result(profile=say(3), reason=say(7), gates=((say(1), False, say(2)),)),
        assurance={say(11)[:60]: say(12)},
    )  # fmt: skip
    product = ProductIdentity(
        vendor=say(0), product=say(12)[:200], version=say(24)[:100], build=say(36)[:200]
    )
    profile = result.campaign.profile.model_copy(update={"product": product, "source": say(48)})
    statement = result.statement.model_copy(
        update={"reason_en": say(60), "reason_fa": say(72), "scope": say(84),
                "limits_en": (say(96),), "limits_fa": (say(108), say(120))}
    )  # fmt: skip
    campaign = result.campaign.model_copy(update={"profile": profile})
    return result.model_copy(update={"campaign": campaign, "statement": statement}), views
