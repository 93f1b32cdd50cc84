"""Clauses 8-3, 9-1-1, 9-1-3, 9-2-1 and 9-2-2 at the gateway: seals, signatures, secure channel."""

from __future__ import annotations

from lab.kit import (
    Caller,
    Expect,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    signature_altered,
    unsealed,
)
from suites import gateway_flow as flow
from suites import journeys
from suites import journeys_further as further
from suites import trust_journeys as trust
from suites.gateway_flow import Journey, Relayed
from suites.journeys import OFFICE, PHARMACY
from suites.security.tampering import body_changed_after_seal
from suites.security.tc_documents import (
    tc_document_altered_after_signing,
    tc_expired_and_foreign_professional_certificates,
    tc_signature_of_another_prescriber,
)
from suites.workflow.tc_6_4_certificates import (
    tc_a_revocation_is_published,
    tc_a_revoked_certificate_is_told,
)


def _certificates_are_told(sut: Sut, _data: SyntheticData, expect: Expect) -> None:
    tc_a_revoked_certificate_is_told(sut, expect)


RELAYED = (
    Relayed(
        "001",
        tc_document_altered_after_signing,
        ("ERX-9-1-3-N",),
        "نسخهٔ دست‌کاری‌شده از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a prescription altered after signing with a refusal.",
    ),
    Relayed(
        "002",
        tc_signature_of_another_prescriber,
        ("ERX-9-1-3-N",),
        "امضای پزشک دیگر از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a prescription that another physician signed with a refusal.",
    ),
    Relayed(
        "003",
        tc_expired_and_foreign_professional_certificates,
        ("RM-P9-A", "ERX-9-1-3-N"),
        "امضای بیرون از مرکز میانی سلامت",
        "Ensure that the IUT answers signatures outside the health authority with a refusal.",
    ),
    Relayed(
        "004",
        _certificates_are_told,
        ("ERX-A1-9-7",),
        "وضعیت گواهی از راه درگاه",
        "Ensure that the IUT tells the state of each certificate that parties ask about.",
    ),
    Relayed(
        "005",
        tc_a_revocation_is_published,
        ("ERX-A1-9-7",),
        "ابطال گواهی از راه درگاه",
        "Ensure that the IUT tells a revocation at the next question, not a state it has kept.",
    ),
)
SIGNERS = {
    "physician": ("dr01", OFFICE),
    "pharmacist": ("ph01", PHARMACY),
    "laboratory": ("dr02", Caller("lab-1", person="dr02")),
    "imaging": ("dr03", Caller("imaging-1", person="dr02")),
}
"""Who signs, and the centre that asks for it."""


def tc_trust_through_the_gateway(
    sut: Sut, data: SyntheticData, expect: Expect, journey: Journey
) -> None:
    """Ensure that the IUT hands on whether a signature or a certificate is to be trusted.

    Given sound and unsound signatures, when documents and questions about them are sent through the
    IUT, then each is answered as the service behind judges it.
    """
    journey(flow.through(sut), data, expect)


def _register() -> None:
    for row in RELAYED:
        conformance_case(
            f"TC-GTW-SEC-OPS-{row.id}",
            verifies=row.verifies,
            role="gateway",
            title_fa=row.title_fa,
            purpose=row.purpose,
            given={"journey": row.journey},
        )(tc_trust_through_the_gateway)
    for number, requirement, caller, title_fa, purpose in (
        (
            "011",
            "ERX-9-1-1-A",
            Caller("office-1", person="dr01"),
            "مهر مرکز تجویزگر",
            "Ensure that the IUT serves a prescribing facility only under its own certificate.",
        ),
        (
            "012",
            "ERX-9-2-1-A",
            Caller("pharmacy-1", person="ph01"),
            "مهر مرکز نسخه‌پیچ",
            "Ensure that the IUT serves a dispensing facility only under its own certificate.",
        ),
    ):
        conformance_case(
            f"TC-GTW-SEC-OPS-{number}",
            verifies=(requirement,),
            role="gateway",
            title_fa=title_fa,
            purpose=purpose,
            given={"caller": caller},
        )(tc_facilities_prove_who_they_are)


def tc_facilities_prove_who_they_are(
    sut: Sut, data: SyntheticData, expect: Expect, caller: Caller
) -> None:
    """Ensure that the IUT serves a facility only under its own certificate.

    Given a facility, when it opens its course without seal, under the seal of another facility and
    under its own, then only the last is admitted, and its message to a service is answered.
    """
    strange = Caller(caller.centre, person=caller.person, seal="office-2.seal")
    strange_centre = data.centre(caller.centre).siam_id
    without = sut.call("getAdmission", caller=caller, mutate=unsealed(), step="stimulus: unsealed")
    wrong = sut.call(
        "getAdmission",
        caller=Caller(
            strange.centre, person=strange.person, seal=strange.seal, centre_id=strange_centre
        ),
        step="stimulus: another facility's seal",
    )
    own = sut.call("getAdmission", caller=caller, step="stimulus: own seal")
    path = {"siamId": data.centre("office-1").siam_id}
    served = sut.call(
        "getCentre", service="siam", path=path, caller=caller, step="stimulus: served"
    )

    fix, fix_fa = "Verify the facility's seal first of all.", "نخست مهر مرکز را بسنجید."
    expect.problem(without, status=401, code="SEAL_MISSING", fix=fix, fix_fa=fix_fa)
    expect.problem(
        wrong,
        status=(401, 403),
        code=("SEAL_CENTRE_MISMATCH", "TRANSPORT_CENTRE_MISMATCH"),
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.field(
        own, "/centre", equals=strange_centre, fix="Admit the facility that proved itself."
    )
    expect.status(served, 200, fix="Serve who has proved who it is.")


_register()


@conformance_case(
    "TC-GTW-SEC-OPS-013",
    verifies=("ERX-9-2-2-B",),
    role="gateway",
    title_fa="امضای نسخه‌پیچ روی تحویل",
)
def tc_dispenses_are_signed_by_the_dispenser(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a dispense with the dispenser's signature and with no other.

    Given a leased prescription, when its dispense comes with a spoiled signature, signed by the
    prescriber and signed by the dispenser, then only the last is taken.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    secret = journeys.lease(exchange, rx)
    payload = journeys.dispense_payload(exchange, data, rx, {"1": 10})
    where = {"prescriptionId": rx.id}

    spoiled = exchange.call(
        "prepareDispense",
        path=where,
        document=("dispense", payload, "ph01"),
        caller=PHARMACY,
        lease=secret,
        mutate=signature_altered(),
        step="stimulus: a spoiled signature",
    )
    other = exchange.call(
        "prepareDispense",
        path=where,
        document=("dispense", payload, "dr01"),
        caller=PHARMACY,
        lease=secret,
        step="stimulus: signed by the prescriber",
    )
    own = journeys.send_dispense(exchange, rx, payload, secret, step="stimulus: by the dispenser")

    fix, fix_fa = "Hand the refusal of the signature on.", "رد امضا را به فرستنده برسانید."
    expect.problem(spoiled, status=401, code="DOCUMENT_SIGNATURE_INVALID", fix=fix, fix_fa=fix_fa)
    expect.problem(other, status=403, code="DOCUMENT_SIGNER_MISMATCH", fix=fix, fix_fa=fix_fa)
    expect.status(own, 201, fix="Take what the dispenser signed.")


@conformance_case(
    "TC-GTW-SEC-OPS-014",
    verifies=("RM-DITAS-SIGN",),
    role="gateway",
    title_fa="امضای الکترونیک همهٔ ارائه‌دهندگان",
)
def tc_all_providers_sign_through_the_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT connects providers of every kind with the signature centre.

    Given a physician, a pharmacist and providers of a laboratory and of imaging, when each signs
    with the own telephone through the IUT, then each collected signature verifies with its key.
    """
    exchange = flow.through(sut)
    for kind, (who, caller) in SIGNERS.items():
        telephone = trust.Telephone(trust.key(data, kind))
        body = trust.application(data, telephone.key, who)
        enrolment = exchange.call(
            "enrolSigner", body=body, caller=caller, step=f"preamble: {kind} enrols"
        )
        request = trust.asked(exchange, enrolment, f"stimulus: {kind} is asked", caller)
        _approve(exchange, request, telephone, caller)
        done = trust.collected(exchange, request, f"stimulus: {kind} collects", caller)
        expect.that(
            telephone.signed(done.find("/signature"), trust.DIGEST),
            title=f"the signature of a {kind} does not come through",
            expected="a signature over the digest by the enrolled key",
            observed=done.summary(),
            pointer="/signature",
            reply=done,
            fix="Hand signatures on as they were made.",
            fix_fa="امضا را همان‌گونه که ساخته شد برسانید.",
        )


def _approve(sut: Sut, request: Reply, telephone: trust.Telephone, caller: Caller) -> None:
    name = str(request.required("/requestId"))
    proof = telephone.sign(trust.DIGEST)
    sut.call(
        "answerSignatureRequest",
        path={"requestId": name},
        body={"requestId": name, "approved": True, "deviceProof": proof},
        caller=caller,
        step="preamble: the telephone approves",
    ).required("/requestId")


def _a_header_is_no_channel(sut: Sut, expect: Expect) -> None:
    """Expect that a certificate written into a header opens nothing: only a proxy may say so."""
    borrowed = sut.call(
        "getAdmission",
        caller=Caller("office-1", person="dr01", token="pharmacy-1.token"),  # noqa: S106 - identity name
        headers={"client-cert": f":{trust.certificate_of(sut, 'office-1.token')}:"},
        step="stimulus: the certificate of another centre in a header",
    )
    expect.problem(
        borrowed,
        status={401, 403},
        code="TRANSPORT_CENTRE_MISMATCH",
        requirement="RM-P3-A",
        fix="Take the certificate of the channel; read Client-Cert of your own proxy only.",
        fix_fa="گواهی خود کانال ملاک است؛ سرآیند Client-Cert تنها از پراکسی خودتان پذیرفته است.",
    )


@conformance_case(
    "TC-GTW-SEC-OPS-015",
    verifies=("ERX-8-3-A", "RM-P3-A"),
    role="gateway",
    title_fa="درگاه امن برای همهٔ سرویس‌ها",
)
def tc_the_gateway_is_closed_to_tampering(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT turns altered messages and unknown channels away and serves the rest.

    Given an honest message to a service, when the IUT itself and the service behind it are asked
    over a channel without certificate and with a body altered on the way, then all are refused.
    """
    bare = Caller("office-1", person="dr01", token=None)
    path = {"siamId": data.centre("office-1").siam_id}
    body = {"coded": data.drug(journeys.DRUG)}
    honest = sut.call(
        "validateCode", service="maksa", body=body, caller=OFFICE, step="control: honest"
    )

    own = sut.call("getAdmission", caller=bare, step="stimulus: the gateway without certificate")
    behind = sut.call(
        "getCentre", service="siam", path=path, caller=bare, step="stimulus: a service without"
    )
    altered = sut.call(
        "validateCode",
        service="maksa",
        body=body,
        caller=OFFICE,
        mutate=body_changed_after_seal(),
        step="stimulus: altered on the way",
    )

    expect.control(honest, 200)
    fix, fix_fa = "Demand a client certificate on every route.", "گواهی کانال را همه‌جا الزامی کنید."
    for reply in (own, behind):
        expect.refused(
            reply,
            status=401,
            code="TRANSPORT_CLIENT_CERTIFICATE_REQUIRED",
            fix=fix,
            fix_fa=fix_fa,
        )
    expect.problem(
        altered,
        status=401,
        code="SEAL_DIGEST_MISMATCH",
        fix="Compare the digest with the body before you route.",
        fix_fa="چکیدهٔ بدنه را پیش از مسیریابی بسنجید.",
    )
    _a_header_is_no_channel(sut, expect)


@conformance_case(
    "TC-GTW-SEC-OPS-016",
    verifies=("RM-NET-C",),
    role="gateway",
    title_fa="کانال امن برخط و غیربرخط",
)
def tc_online_and_later_entry_are_protected(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries online messages and late entries under seal and signature only.

    Given a paper form written in an outage, when its document is entered with a spoiled signature
    and then as it was signed, then only the second is taken, and online answers are sealed.
    """
    exchange = flow.through(sut)
    sheet = further.paper(exchange, data)
    spoiled = {**sheet["document"], "signature": sheet["document"]["signature"][::-1]}
    bare = Caller("office-1", person="dr01", token=None)

    online = journeys.read(exchange, journeys.register(exchange, data), step="stimulus: online")
    open_channel = sut.call("getOutbox", caller=bare, step="stimulus: an open channel")
    wrong = further.enter_paper(exchange, {**sheet, "document": spoiled}, "stimulus: spoiled")
    right = further.enter_paper(exchange, sheet, "stimulus: as it was signed")

    fix, fix_fa = "Protect what is exchanged later as well.", "تبادل غیربرخط را هم محافظت کنید."
    expect.seal(online, fix=fix, fix_fa=fix_fa)
    expect.refused(
        open_channel,
        status=401,
        code="TRANSPORT_CLIENT_CERTIFICATE_REQUIRED",
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.problem(wrong, status=401, code="DOCUMENT_SIGNATURE_INVALID", fix=fix, fix_fa=fix_fa)
    expect.status(right, 201, fix="Take the paper form of an outage.", fix_fa=fix_fa)
