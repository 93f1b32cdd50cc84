"""Fault points of the shared platform: channel, seal, documents, admission, idempotency."""

from __future__ import annotations

from reference_impl.faults.declared import Point

# One Point per place in the code.
PLATFORM_POINTS: tuple[Point, ...] = (
    Point("platform.tls.accept_without_certificate", "Channels without a certificate may call."),
    Point("platform.tls.skip_revocation", "A revoked channel certificate still opens the door."),
    Point("platform.tls.believe_client_cert_header", "Client-Cert is believed from anybody."),
    Point("platform.trust.accept_expired", "The validity period of certificates is not looked at."),
    Point("platform.trust.accept_foreign_root", "Any issuer with the right name is trusted."),
    Point("platform.seal.optional", "Messages without a seal are taken at their word."),
    Point("platform.seal.skip_signature", "The signature bytes of the seal are not verified."),
    Point("platform.seal.skip_digest", "The digest is covered but not compared with the body."),
    Point("platform.seal.skip_target", "The sealed target may differ from the address called."),
    Point("platform.seal.skip_coverage", "A seal may leave required components uncovered."),
    Point("platform.seal.skip_window", "Old seals are accepted."),
    Point("platform.seal.skip_nonce", "Nonces are not remembered, so a message can be replayed."),
    Point("platform.seal.skip_revocation", "Revoked sealing certificates are accepted."),
    Point("platform.seal.unsealed_response", "Answers are not sealed."),
    Point("platform.seal.response_digest_wrong", "A proxy appends a byte after sealing."),
    Point("platform.binding.skip_centre", "ditas-centre may name another centre than the seal."),
    Point("platform.binding.skip_channel", "The token may belong to another centre than the seal."),
    Point("platform.binding.gateway_refused", "Only centres' own channels carry their messages."),
    Point("platform.document.skip_signature", "Document signatures are not verified."),
    Point("platform.document.accept_none", 'Documents with alg "none" are accepted.'),
    Point("platform.document.skip_signer_match", "The signer need not be the prescriber named."),
    Point("platform.document.skip_signer_class", "A centre seal may sign in a doctor's place."),
    Point("platform.document.skip_revocation", "Revoked professionals may still sign."),
    Point("platform.document.kept_status", "Controlled drugs are signed on a kept status answer."),
    Point("platform.idempotency.ignore_key", "A repeated key is executed again."),
    Point(
        "platform.idempotency.accept_other_body", "A reused key returns the old answer silently."
    ),
    Point("platform.idempotency.repetition_refused", "A repetition is refused as a conflict."),
    Point(
        "platform.idempotency.looked_up_before",
        "Whether a key is known is looked up before it is kept: at the same moment it is not.",
    ),
    Point("platform.idempotency.key_optional", "Changes without an idempotency key are executed."),
    Point("platform.problem.html_error", "Refusals are HTML pages."),
    Point("platform.problem.wrong_media_type", "Problem details are sent as application/json."),
    Point("platform.json.accept_duplicate_keys", "The last of two equal member names wins."),
    Point("platform.json.accept_unknown_members", "Members unknown to the contract are ignored."),
    Point("platform.json.skip_schema", "Bodies are not validated against the contract."),
    Point("platform.caller.any_kind", "Centres may call what serves other services."),
    Point("platform.http.any_content_type", "The content type of the request is not looked at."),
    Point("platform.http.no_size_limit", "Bodies of any size are read and processed."),
    Point("platform.http.parameters_unchecked", "Parameters of path and query are not checked."),
    Point("platform.http.parameters_tidied", "Blanks and marks around parameters are dropped."),
    Point("platform.document.any_type", "The signed content type is not compared."),
    Point("platform.idempotency.shared_between_centres", "All centres share one memory of keys."),
    Point("platform.answer.declared_as_text", "Good answers are declared as plain text."),
    Point("platform.answer.kept_by_operation", "Readings are cached without their address."),
    Point("platform.http.too_late", "Answers come later than the service level allows."),
    Point("platform.http.cacheable", "Answers do not forbid caching."),
    Point("platform.http.other_correlation", "Answers carry a correlation of their own."),
    Point("gateway.admission.skip_licence", "Centres with a lapsed licence are admitted."),
    Point("gateway.admission.skip_software", "Uncertified and locked software is admitted."),
    Point("gateway.admission.skip_role", "Any centre may call any operation."),
    Point("gateway.admission.skip_user", "Unknown user ids are admitted."),
)
