"""Clauses 9-2-1, 7 and 11: what holds for every call a pharmacy's program sends."""

from __future__ import annotations

import re
from collections import Counter

from lab.kit import Expect, Traffic, conformance_case

ROLE = "pharmacy_system"
SCENARIO = "routine-dispense"
PERSON_IN_ADDRESS = re.compile(r"(?<![0-9A-Za-z-])(?:[0-9]{10}|[0-9]{12})(?![0-9A-Za-z-])")
HID_IN_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z-])[12359][0-9ABDEFGHKLMNPQRSTUVWXYZ]{9}(?![0-9A-Za-z-])"
)


@conformance_case(
    "TC-PHA-OBS-SEAL-001",
    verifies=("ERX-9-2-1-A",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="مهر معتبر مرکز روی همهٔ درخواست‌ها",
)
def tc_every_call_is_sealed_by_the_centre(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT seals every call with the certificate of its centre.

    Given a whole dispense, when any call of it is looked at, then its seal covers what the profile
    lists, was made within five minutes, verifies, and leads to the health root.
    """
    problems = [(call, call.seal_problem()) for call in traffic.seen()]
    broken = [(call, problem) for call, problem in problems if problem is not None]
    expect.that(
        not broken,
        title=f"{len(broken)} of {len(problems)} calls carry no seal that holds",
        expected="a valid seal of the centre on every call",
        observed=f"{broken[0][0].operation}: {broken[0][1]}" if broken else "all seals hold",
        pointer="header:signature",
        reply=broken[0][0].reply if broken else None,
        fix="Seal every request, also GET, as in docs/wire.md.",
        fix_fa="هر درخواست، حتی GET، باید با گواهی مهر مرکز مهر شود.",
    )


@conformance_case(
    "TC-PHA-OBS-NONCE-001",
    verifies=("ERX-9-2-1-A",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="یکتایی نانس مهرها",
)
def tc_no_nonce_is_used_twice(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT never seals two calls with the same nonce.

    Given a whole dispense, when the nonces of all seals are compared, then no two are equal.
    """
    sealed = [(call, call.seal.nonce) for call in traffic.seen() if call.seal and call.seal.nonce]
    counts = Counter(nonce for _, nonce in sealed)
    repeated = [call for call, nonce in sealed if counts[nonce] > 1]
    expect.that(
        sealed and not repeated,
        title="A nonce was used more than once",
        expected="a new nonce for every seal",
        observed=f"{len(repeated)} of {len(sealed)} seals share a nonce",
        pointer="header:signature-input",
        reply=repeated[-1].reply if repeated else None,
        fix="Draw 128 random bits for each seal.",
        fix_fa="برای هر مهر یک نانس تصادفی تازه بسازید.",
    )


@conformance_case(
    "TC-PHA-OBS-PRIVACY-001",
    verifies=("ERX-11-C",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="نبودن شناسهٔ شخص در نشانی",
)
def tc_no_personal_identifier_stands_in_an_address(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT puts no identifier of a person into an address.

    Given a whole dispense, when paths and queries are searched, then none holds a national code, a
    foreign-national identifier or a HID: addresses end up in logs.
    """
    leaks = [
        call
        for call in traffic.seen()
        if PERSON_IN_ADDRESS.search(call.target) or HID_IN_ADDRESS.search(call.target)
    ]
    expect.that(
        not leaks,
        title="An identifier of a person stands in an address",
        expected="no national code, FIDA or HID in path and query",
        observed=f"{len(leaks)} calls, first {leaks[0].operation}" if leaks else "none",
        pointer="target",
        reply=leaks[0].reply if leaks else None,
        fix="Send identifiers of persons in the body only.",
        fix_fa="شناسهٔ اشخاص را فقط در بدنهٔ پیام بفرستید.",
    )


@conformance_case(
    "TC-PHA-OBS-IDS-001",
    verifies=("ERX-7-10-N1-B", "ERX-7-4-A", "ERX-7-5-A"),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="یکسانی شناسهٔ نرم‌افزار، مرکز و کاربر",
)
def tc_identifiers_agree_everywhere(traffic: Traffic, expect: Expect) -> None:
    """Ensure that centre, software and user are the same on every call and in the document.

    Given a whole dispense by one person, when headers and the dispense document are compared, then
    they name one centre, one software product and one user.
    """
    calls = traffic.seen()
    document = traffic.required("purchaser", "prepareDispense")[-1]
    rows = (
        ("ERX-7-10-N1-B", "ditas-software", "/softwareId"),
        ("ERX-7-4-A", "ditas-centre", "/centre/siamId"),
        ("ERX-7-5-A", "ditas-user", "/userId"),
    )
    for requirement, header, pointer in rows:
        named = {call.header(header) for call in calls}
        inside = document.find(pointer)
        expect.that(
            named == {inside},
            title=f"{header} and {pointer} of the document do not agree",
            expected=f"one value of {header} on all calls, the same at {pointer}",
            observed=f"{len(named)} values in headers, document "
            f"{'agrees' if inside in named else 'names another'}",
            pointer=pointer,
            reply=document.reply,
            requirement=requirement,
            fix="Take the three ids from one place for headers and documents.",
            fix_fa="هر سه شناسه را در سرآیند و سند از یک منبع بردارید.",
        )


@conformance_case(
    "TC-PHA-OBS-USER-001",
    verifies=("ERX-7-5-B",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="شناسهٔ کاربری شخص در مرکز",
)
def tc_user_id_is_the_one_of_person_and_centre(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the user id is accepted by the exchange as a user of this centre.

    Given a signed-in pharmacist, when the IUT asks for admission, then the exchange confirms the
    user id that all further calls carry.
    """
    call = traffic.required("gateway", "getAdmission")[0]
    users = {other.header("ditas-user") for other in traffic.seen()}
    admitted = call.reply.find("/user")
    expect.that(
        call.answered and users == {admitted},
        title="The user id is not one the exchange admits",
        expected="the user id of the admission on every call",
        observed=call.reply.summary() if not call.answered else f"{len(users)} user ids",
        pointer="header:ditas-user",
        reply=call.reply,
        fix="Use the user id registered for this person in this centre.",
        fix_fa="شناسهٔ کاربری ثبت‌شدهٔ همین شخص در همین مرکز را به کار ببرید.",
    )
