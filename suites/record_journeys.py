"""Ways to a situation around the health record: consents, stored documents, results, readings.

Each works for the product where the service is its own, and for the exchange around it otherwise.
People and centres of a case are its own: a consent that one case grants must not open a record to
another, so every case that expects a closed record names a pair nobody else grants to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from lab.kit import MISSING, Caller, Reply, Sut, SyntheticData, eventually
from lab.kit.reply import Missing
from lab.model.base import JsonValue

OFFICE = Caller("office-1", person="dr01")
SECOND = Caller("office-2", person="dr02")
HOSPITAL = Caller("hospital-1", person="dr01")
LAB = Caller("lab-1", person="dr02")
PHARMACY = Caller("pharmacy-1", person="ph01")
MINISTRY = Caller("ministry-1", person="dr02")
BUSINESS = Caller("business-1", person="dr02")
GATEWAY = Caller("office-1", token="gateway.seal", seal="gateway.seal")  # noqa: S106 - identity name
CITIZEN = Caller("office-1", token="citizen.seal", seal="citizen.seal")  # noqa: S106 - identity name
MONITOR = Caller("office-1", token="sepas_monitor.seal", seal="sepas_monitor.seal")  # noqa: S106 - identity name

FOREIGN_PHONE = "09900000000"
LOINC = "http://loinc.org"
SECTIONS = "http://terminology.hl7.org/CodeSystem/v2-0074"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
UCUM = "http://unitsofmeasure.org"
CREATED = 201
PAGES = 40
COPIED_WITHIN = 20.0


def ask(sut: Sut, service: str, operation: str, *, step: str, **parts: JsonValue) -> Reply:
    """Call the product when it answers for the service, the exchange around it otherwise."""
    if service in sut.role.services and sut.role.answers_for(service, operation):
        return sut.call(operation, service=service, step=step, **parts)
    return sut.environment(service, operation, step=step, **parts)


# Consent


def consent(data: SyntheticData, person: str, to: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Return a consent of a person to a centre for thirty days; keywords replace members."""
    return {
        "person": data.person_id(person),
        "grantedTo": data.centre(to).siam_id,
        "purpose": data.reason("TREATMENT"),
        "validUntil": data.day(30),
        "phone": data.person(person).phone,
        **more,
    }


def granted(sut: Sut, data: SyntheticData, person: str, to: str, **more: JsonValue) -> str:
    """Record a consent and return its id."""
    body = consent(data, person, to, **more)
    reply = ask(
        sut, "sepas", "grantConsent", body=body, caller=OFFICE, step=f"preamble: consent to {to}"
    )
    return str(reply.required("/consentId"))


def revoked(sut: Sut, data: SyntheticData, consent_id: str) -> Reply:
    """End a consent."""
    return ask(
        sut,
        "sepas",
        "revokeConsent",
        path={"consentId": consent_id},
        body={"reason": data.reason("CONSENT_REVOKED")},
        caller=OFFICE,
        step="preamble: revoke the consent",
    )


def emergency(
    sut: Sut, data: SyntheticData, person: str, *, reason: str = "UNCONSCIOUS", step: str
) -> Reply:
    """Open a record in an emergency at hospital-1."""
    body = {
        "person": data.person_id(person),
        "reason": data.reason(reason),
        "text": "found without consciousness",
    }
    return ask(sut, "sepas", "openBreakGlass", body=body, caller=HOSPITAL, step=step)


# Reading


def question(data: SyntheticData, person: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Return the question of a treating physician."""
    return {"person": data.person_id(person), "purpose": data.reason("TREATMENT"), **more}


def entries(
    sut: Sut,
    data: SyntheticData,
    person: str,
    *,
    caller: Caller,
    step: str,
    **more: JsonValue,
) -> tuple[list[JsonValue], Reply]:
    """Return the history of a person page by page, and the last answer."""
    return pages(sut, question(data, person, **more), caller=caller, step=step)


def pages(
    sut: Sut, body: Mapping[str, JsonValue], *, caller: Caller, step: str
) -> tuple[list[JsonValue], Reply]:
    """Return all pages that a question for a history is answered with, and the last answer."""
    found: list[JsonValue] = []
    for _ in range(PAGES):
        reply = ask(sut, "sepas", "queryHistory", body=body, caller=caller, step=step)
        page = reply.required("/entries")
        found += page if isinstance(page, list) else []
        after = reply.find("/next")
        if after is MISSING:
            break
        body = {**body, "after": after}
    return found, reply


def of_document(found: list[JsonValue], document_id: JsonValue) -> list[Mapping[str, JsonValue]]:
    """Return the events of one document."""
    return [
        one for one in found if isinstance(one, Mapping) and one.get("documentId") == document_id
    ]


def beside(
    found: list[JsonValue], events: list[Mapping[str, JsonValue]]
) -> list[Mapping[str, JsonValue]]:
    """Return all events of the moments at which `events` began, by whatever document."""
    moments = {one.get("startedAt") for one in events}
    return [one for one in found if isinstance(one, Mapping) and one.get("startedAt") in moments]


def codes(value: JsonValue | Missing) -> set[str]:
    """Return the codes of a list of coded texts."""
    rows = value if isinstance(value, list) else []
    return {str(row["code"]) for row in rows if isinstance(row, Mapping) and "code" in row}


def text_of(value: JsonValue | Missing) -> str:
    """Return a value as JSON text, to look for an id in it."""
    return "" if value is MISSING else json.dumps(value, ensure_ascii=False)


# Documents into the record


def submission(
    sut: Sut, data: SyntheticData, kind: str, payload: JsonValue, label: str, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return the copy of a signed document as the gateway hands it over."""
    return {
        "correlation": data.uuid(f"submission {label}"),
        "service": "purchaser",
        "operation": "registerPrescription",
        "centre": data.centre("office-1").siam_id,
        "receivedAt": data.instant(),
        "documentType": f"erx.{kind}",
        "document": sut.signed(kind, payload, "dr01"),
        **more,
    }


def hand_over(sut: Sut, body: Mapping[str, JsonValue], step: str) -> Reply:
    """Hand a copy over to the product as the gateway does."""
    correlation = str(body["correlation"])
    headers = {"ditas-correlation": correlation}  # the copy keeps that of the message
    return sut.call("submitRecord", body=body, caller=GATEWAY, headers=headers, step=step)


def prescription(
    data: SyntheticData, person: str, label: str = "prescription", **more: JsonValue
) -> dict[str, JsonValue]:
    """Return a prescription for a visit whose HID only has to be well formed."""
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    return data.prescription(hid, person=person, label=label, **more)


def stored(
    sut: Sut, data: SyntheticData, person: str, *, label: str = "stored", **more: JsonValue
) -> tuple[dict[str, JsonValue], str]:
    """Put a prescription into the record; return its payload and its prescription id.

    Into the product's own record as the gateway does; into the record around the product by
    registering it, for the exchange copies what it accepted.
    """
    if "sepas" not in sut.role.services:
        return _registered(sut, data, person, label, more)
    payload = prescription(data, person, label, **more)
    made = data.uuid(f"prescription id {label}")
    body = submission(sut, data, "prescription", payload, label, resourceId=made)
    reply = hand_over(sut, body, "preamble: a prescription reaches the record")
    reply.required("/storedAt")
    return payload, made


def _registered(
    sut: Sut, data: SyntheticData, person: str, label: str, more: Mapping[str, JsonValue]
) -> tuple[dict[str, JsonValue], str]:
    hid = data.hid(sut, person)
    payload = data.prescription(hid, person=person, label=label, **more)
    reply = sut.environment(
        "purchaser",
        "registerPrescription",
        document=("prescription", payload, "dr01"),
        caller=OFFICE,
        step="preamble: register a prescription",
    )
    made = str(reply.required("/prescriptionId"))
    copied(sut, reply)
    return payload, made


def copied(sut: Sut, reply: Reply) -> None:
    """Wait until the record around the product has what the purchaser accepted."""
    path = {"correlation": correlation_of(reply)}
    eventually(
        sut,
        lambda: ask(sut, "sepas", "getRecordStatus", path=path, caller=OFFICE, step="stored?"),
        lambda one: one.find("/state") == "STORED",
        within=COPIED_WITHIN,
    ).required("/storedAt")


def correlation_of(reply: Reply) -> str:
    """Return the correlation a request went out with."""
    rows = reply.exchange.request.headers
    return next(row.value for row in rows if row.name.lower() == "ditas-correlation")


def doubled_many(sut: Sut, data: SyntheticData, person: str, count: int) -> list[JsonValue]:
    """Hand several prescriptions over, each twice; return their document ids."""
    made = []
    for number in range(count):
        payload = prescription(data, person, f"doubled {number}")
        body = submission(sut, data, "prescription", payload, f"doubled {number}")
        hand_over(sut, body, "preamble: a document").required("/storedAt")
        again = {**body, "correlation": data.uuid(f"again {number}")}
        hand_over(sut, again, "preamble: the same once more")
        made.append(payload["documentId"])
    return made


def results_in(sut: Sut, data: SyntheticData, person: str, count: int) -> list[JsonValue]:
    """Put several laboratory results of one visit into the record; return their record ids."""
    hid = data.hid(sut, person)
    taken = [
        result(
            sut,
            laboratory(data, person, hid, label=f"one of many {number}"),
            "preamble: one result of many",
        )
        for number in range(count)
    ]
    return [one.required("/recordId") for one in taken]


# Results


def fhir(system: str, code: str, display: str) -> dict[str, JsonValue]:
    """Return a FHIR coded text."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def report(
    data: SyntheticData, person: str, label: str, code: tuple[str, str, str]
) -> dict[str, JsonValue]:
    """Return a final report; `code` is section, LOINC code and its text."""
    section, loinc, name = code
    return {
        "resourceType": "DiagnosticReport",
        "id": f"report-{data.uuid(f'report {label}')[:12]}",
        "status": "final",
        "category": [fhir(SECTIONS, section, section)],
        "code": fhir(LOINC, loinc, name),
        "subject": subject(data, person),
        "effectiveDateTime": data.instant(seconds=-600),
        "issued": data.instant(seconds=-60),
    }


def subject(data: SyntheticData, person: str) -> dict[str, JsonValue]:
    """Return the reference to a person."""
    return {"reference": f"Patient/{data.person(person).id_value}"}


def bundle(
    data: SyntheticData, made: JsonValue, *parts: tuple[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return a collection of a report and its parts."""
    rows = [("urn:uuid:report-1", made), *parts]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": data.instant(),
        "entry": [{"fullUrl": url, "resource": part} for url, part in rows],
    }


def with_part(whole: JsonValue, url: str, part: JsonValue) -> dict[str, JsonValue]:
    """Return a collection with one part more."""
    made = dict(whole) if isinstance(whole, Mapping) else {}
    rows = made.get("entry")
    before = rows if isinstance(rows, list) else []
    return {**made, "entry": [*before, {"fullUrl": url, "resource": part}]}


def observation(data: SyntheticData, person: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Return a fasting glucose of 92 mg/dL; None removes a member."""
    made = {
        "resourceType": "Observation",
        "id": "obs-1",
        "status": "final",
        "code": fhir(LOINC, "1558-6", "Fasting glucose"),
        "subject": subject(data, person),
        "effectiveDateTime": data.instant(seconds=-600),
        "valueQuantity": {"value": 92, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"},
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def laboratory(
    data: SyntheticData,
    person: str,
    hid: str,
    *,
    label: str = "laboratory",
    part: JsonValue = None,
    **more: JsonValue,
) -> dict[str, JsonValue]:
    """Return a laboratory result; `part` is its observation, keywords members of the report."""
    made = {
        **report(data, person, label, ("LAB", "1558-6", "Fasting glucose")),
        "result": [{"reference": "urn:uuid:observation-1"}],
        **more,
    }
    one = ("urn:uuid:observation-1", part or observation(data, person))
    return {"person": data.person_id(person), "hid": hid, "bundle": bundle(data, made, one)}


def imaging(
    data: SyntheticData, person: str, hid: str, *, label: str = "imaging"
) -> dict[str, JsonValue]:
    """Return an imaging result: a CT of the head."""
    study = {
        "resourceType": "ImagingStudy",
        "id": "study-1",
        "status": "available",
        "subject": subject(data, person),
        "started": data.instant(seconds=-600),
        "modality": [{"system": DICOM, "code": "CT", "display": "CT"}],
        "numberOfInstances": 120,
    }
    made = {
        **report(data, person, label, ("RAD", "24725-4", "CT head")),
        "imagingStudy": [{"reference": "ImagingStudy/study-1"}],
        "conclusion": "No bleeding.",
    }
    parts = bundle(data, made, ("urn:uuid:study-1", study))
    return {"person": data.person_id(person), "hid": hid, "bundle": parts}


def pathology(
    data: SyntheticData, person: str, hid: str, *, label: str = "pathology"
) -> dict[str, JsonValue]:
    """Return a pathology result."""
    diagnosis = {
        "resourceType": "Observation",
        "id": "diagnosis-1",
        "status": "final",
        "code": fhir(LOINC, "22637-3", "Pathology report, final diagnosis"),
        "subject": subject(data, person),
        "effectiveDateTime": data.instant(seconds=-600),
        "valueString": "Benign.",
    }
    made = {
        **report(data, person, label, ("PAT", "11526-1", "Pathology study")),
        "result": [{"reference": "Observation/diagnosis-1"}],
    }
    parts = bundle(data, made, ("urn:uuid:diagnosis-1", diagnosis))
    return {"person": data.person_id(person), "hid": hid, "bundle": parts}


def result(sut: Sut, body: JsonValue, step: str, kind: str = "Laboratory") -> Reply:
    """Hand a result of lab-1 in."""
    return ask(sut, "sepas", f"submit{kind}Result", body=body, caller=LAB, step=step)
