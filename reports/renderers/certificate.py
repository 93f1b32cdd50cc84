"""The human form of a certificate: one page in Persian and English with a QR code.

The page is a pointer; what counts is the signed file, and the page says so.
"""

from __future__ import annotations

import hashlib
import io

import segno
from markupsafe import Markup

from lab.model.certificate import Certificate
from reports.renderers.html import content_policy, environment, page_style
from reports.view_models import wording
from reports.view_models.calendar import moment
from reports.view_models.text import has_rtl, one_line

_ACTS = {
    "evaluation": ("ارزیابی", "Evaluation"),
    "review": ("بازنگری", "Review"),
    "decision": ("تصمیم", "Decision"),
}


def qr_text(certificate: Certificate, token: str) -> str:
    """Return what the code says: the id and the beginning of the hash of the signed file."""
    digest = hashlib.sha256(token.strip().encode("ascii")).hexdigest()
    return f"urn:ir:mafa:erx:certificate:{certificate.id}#k={digest[:10]}"


def qr_svg(text: str) -> Markup:
    """Return the code as inline SVG with a quiet zone of four modules."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, border=4, scale=4, omitsize=True)
    return Markup(out.getvalue().decode("ascii"))  # noqa: S704 - drawn by us from ASCII


def render_certificate(certificate: Certificate, token: str) -> str:
    """Return the page as one self-contained HTML file."""
    style = page_style("certificate.css")
    code = qr_text(certificate, token)
    acts = [
        (*_ACTS[act.kind], one_line(act.person, 120), moment(act.at)) for act in certificate.acts
    ]
    return (
        environment()
        .get_template("certificate.html.j2")
        .render(
            c=certificate,
            csp=content_policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own asset, no data in it
            role=wording.named(wording.ROLES, certificate.role),
            kind=wording.named(wording.CERTIFIED_KINDS, certificate.campaign_kind),
            issued=moment(certificate.issued_at),
            until=moment(certificate.valid_until),
            acts=acts,
            limits_fa=[one_line(limit, 300) for limit in certificate.limits if has_rtl(limit)],
            limits_en=[one_line(limit, 300) for limit in certificate.limits if not has_rtl(limit)],
            product=[one_line(v, 200) for v in _product(certificate)],
            laboratory=one_line(certificate.laboratory, 120),
            code=code,
            qr=qr_svg(code),
        )
    )


def _product(certificate: Certificate) -> tuple[str, str, str, str]:
    product = certificate.product
    return product.vendor, product.product, product.version, product.build
