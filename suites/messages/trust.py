"""Messages of signatures and certificates: they need keys, requests and names of certificates."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import trust_journeys as trust

CREATED, OK = 201, 200


@message_builder("esign.enrolment")
def enrolment(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the application of dr01."""
    body = trust.application(data, trust.key(data, label))
    return Message("enrolSigner", "esign", trust.OFFICE, CREATED, body=body)


@message_builder("esign.answer")
def answer(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the approval of a waiting request."""
    telephone, _, request = trust.waiting(sut, data)
    name = str(request.required("/requestId"))
    body = {"requestId": name, "approved": True, "deviceProof": telephone.sign(trust.DIGEST)}
    return Message(
        "answerSignatureRequest", "esign", trust.OFFICE, OK, path={"requestId": name}, body=body
    )


@message_builder("esign.collection")
def collection(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the collection of a signature that was made."""
    telephone, _, request = trust.waiting(sut, data)
    trust.answered(sut, request, telephone.sign(trust.DIGEST), "preamble: approve")
    path = {"requestId": str(request.required("/requestId"))}
    return Message("collectSignature", "esign", trust.OFFICE, OK, path=path)


@message_builder("pki.validation")
def validation(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the question for the seal of office-1."""
    body = {"certificate": trust.certificate_of(sut, "office-1.seal")}
    return Message("validateCertificate", "pki", trust.OFFICE, OK, body=body)


@message_builder("pki.revoked")
def revoked(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the question for a certificate that was made and revoked for it."""
    made = trust.fresh(sut, data, label)
    body = {**trust.named(made), "reason": data.reason("KEY_COMPROMISED")}
    trust.revoke(sut, body, "preamble: revoke")
    return Message("validateCertificate", "pki", trust.OFFICE, OK, body={"certificate": made})


@message_builder("pki.revocation")
def revocation(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the revocation of a certificate made for it."""
    which = trust.named(trust.fresh(sut, data, label))
    body = {**which, "reason": data.reason("KEY_COMPROMISED")}
    return Message("revokeCertificate", "pki", trust.OFFICE, CREATED, body=body)


@message_builder("pki.renewal")
def renewal(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the renewal of the seal of office-1."""
    body = {"certificateRequest": trust.request_for(trust.key(data, label))}
    path = {"serial": trust.serial_of(sut, "office-1.seal")}
    return Message("renewCertificate", "pki", trust.OFFICE, CREATED, path=path, body=body)


@message_builder("pki.issue")
def issue(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the order of a registration authority."""
    body = {
        "class": "professional",
        "certificateRequest": trust.request_for(trust.key(data, label)),
        "commonName": "applicant",
        "serialNumber": "MD-990001",
    }
    return Message("issueCertificate", "pki", trust.SERVICE, CREATED, body=body)
