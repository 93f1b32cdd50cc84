"""The standard pack is complete, sealed, free of contradictions, and its lint sees mistakes."""

from __future__ import annotations

import copy
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from fixtures import Pack, load_pack
from fixtures.bundle import OWED, bundle_contract, operations
from fixtures.lint import lint
from fixtures.lint_contracts import all_contracts, operation_ids
from fixtures.loader import read_pack
from fixtures.seal import seal
from fixtures.synthetic import world
from lab.model.requirement import Requirement, Ruling

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def test_the_pack_has_no_problems(pack: Pack) -> None:
    assert lint(pack).problems == ()


def test_the_register_holds_all_472_requirements(pack: Pack) -> None:
    assert len(pack.requirements) == 472
    listed = [
        match
        for file in (pack.path / "requirements").glob("*.yaml")
        for match in re.findall(r"^\s+- id: (\S+)$", file.read_text("utf-8"), re.MULTILINE)
    ]
    assert sorted(listed) == sorted(pack.requirements)


def test_the_register_is_the_vocabulary_of_the_laboratory(pack: Pack) -> None:
    rows = [Requirement.model_validate(row) for row in pack.requirements.values()]
    assert {r.level.value for r in rows} == {"must", "should", "may"}
    rulings = [Ruling.model_validate(row) for row in pack.rulings.values()]
    assert [r.id for r in sorted(rulings, key=lambda r: r.id)] == [
        f"RUL-{number:03}" for number in range(1, len(rulings) + 1)
    ]


def test_every_ambiguity_is_decided(pack: Pack) -> None:
    ambiguous = [row for row in pack.requirements.values() if row.get("ambiguity")]
    assert len(ambiguous) == 142
    assert [row["id"] for row in ambiguous if not row.get("rulings")] == []


def test_every_code_of_the_seam_is_in_the_bank_with_its_status(pack: Pack) -> None:
    text = (ROOT / "docs/interfaces.md").read_text("utf-8").split("## Error codes", 1)[1]
    text = text.split("\n## ", 1)[0]
    named = set(re.findall(r"\b[A-Z]{3,}(?:_[A-Z0-9]+)+\b", text))
    assert named <= set(pack.errors)
    assert len(pack.errors) >= 150


def test_every_operation_of_the_wire_page_is_in_the_contract(pack: Pack) -> None:
    text = (ROOT / "docs/wire.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (GET|POST|PUT|DELETE) (/\S*)", text, re.MULTILINE)
    assert len(rows) == 22
    contract = pack.contracts["purchaser"]
    described = {
        (operation["operationId"], method.upper(), path)
        for path, method, operation in operations(contract)
    }
    assert {tuple(row) for row in rows} == described


def test_changing_operations_ask_for_an_idempotency_key(pack: Pack) -> None:
    for _, _, contract in all_contracts(pack):
        for path, method, operation in operations(contract):
            names = {p.get("$ref", "").rsplit("/", 1)[-1] for p in operation["parameters"]}
            assert ("IdempotencyKey" in names) == (method != "get"), path
            assert {"DitasCentre", "DitasSoftware", "DitasUser", "DitasCorrelation"} <= names


def test_headers_that_a_code_speaks_of_are_declared(pack: Pack) -> None:
    for _, _, contract in all_contracts(pack):
        for path, _, operation in operations(contract):
            names = {p.get("$ref", "").rsplit("/", 1)[-1] for p in operation["parameters"]}
            owed = {OWED[code] for code in operation["x-error-codes"] if code in OWED}
            assert owed <= names, path


def test_an_operation_brings_owed_headers_even_when_its_file_forgets_them(pack: Pack) -> None:
    source = json.loads(json.dumps(pack.contract_sources["purchaser"]))
    amend = source["paths"]["/prescriptions/{prescriptionId}"]["put"]
    amend["parameters"] = []
    bundled = bundle_contract(source, pack.shared, pack.schema_sources, dict(pack.errors))
    found = bundled["paths"]["/prescriptions/{prescriptionId}"]["put"]["parameters"]
    names = {row["$ref"].rsplit("/", 1)[1] for row in found}
    assert {"IdempotencyKey", "IfMatch"} <= names
    assert names <= set(bundled["components"]["parameters"])


def test_refusals_and_answers_of_every_operation_have_examples(pack: Pack) -> None:
    shown = 0
    for _, _, contract in all_contracts(pack):
        for path, _, operation in operations(contract):
            told = set()
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    assert media["examples"], path
                    told |= set(media["examples"]) & set(operation["x-error-codes"])
            assert told == set(operation["x-error-codes"]), path
            shown += len(told)
    assert shown > 4_000


def test_rulings_named_outside_the_pack_exist(pack: Pack) -> None:
    for folder in ("suites", "lab", "reference_impl", "docs", "fixtures"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in {".py", ".md", ".toml"}:
                named = set(re.findall(r"\bRUL-\d{3}\b", file.read_text("utf-8")))
                assert named <= set(pack.rulings), file


def _patient_share(item: dict[str, Any], example: dict[str, Any], prices: dict[str, int]) -> int:
    """Patient share of one item by the sentence at the head of tariffs.yaml, in whole numbers."""
    price, quantity = int(item["unitPrice"]), int(item["quantity"])
    reference = int(item.get("referencePrice", prices[item["code"]]))
    basis = min(price, reference) * quantity
    percent = {"outpatient": 30, "inpatient": 10}[example["admission"]]
    if example.get("fund") == "rural" and example.get("referral"):
        percent = 10
    if example.get("fund") == "special_disease":
        percent = 0
    if "N13" in example["rules"]:
        percent = 100
    half_up = (2 * basis * percent + 100) // 200
    return half_up + price * quantity - basis


def test_worked_amounts_follow_their_rule(pack: Pack) -> None:
    prices = {code: product.reference_price for code, product in world().products.items()}
    services = pack.codes["urn:ir:maksa:service-synthetic"]["concepts"]
    prices |= {row["code"]: row["publicTariff"] for row in services}
    for example in pack.tariffs["examples"]:
        for item in example["items"]:
            assert item["patientShare"] == _patient_share(item, example, prices), example["id"]


def test_amounts_of_a_year_follow_its_tables(pack: Pack) -> None:
    """Year by the day, basis by the public amount of that year, the narrowest share of the fund."""
    table = pack.tariff_years
    for example in table["examples"]:
        (year,) = [y for y in table["years"] if y["validFrom"] <= example["day"] <= y["validUntil"]]
        row = {"year": year["year"], "code": example["code"]}
        amounts = {
            v["sector"]: v["ceiling"]
            for v in table["visits"]
            if all(v[k] == value for k, value in row.items())
        }
        assert example["price"] <= amounts[example["sector"]]
        fitting = [
            s for s in table["shares"]
            if s["year"] == year["year"]
            and s.get("insurer") in (None, example.get("insurer"))
            and all(
                s[k] in ("any", example[k]) for k in ("fund", "admission", "kind", "referral")
            )
        ]  # fmt: skip
        named = ("fund", "admission", "kind", "referral")
        share = max(
            fitting,
            key=lambda s: ("insurer" in s, s["fund"] != "any", sum(s[k] != "any" for k in named)),
        )
        basis = min(example["price"], amounts["public"])
        patient = (2 * basis * share["patientPercent"] + 100) // 200 + example["price"] - basis
        assert patient == example["patientShare"], example["id"]
        assert example["total"] == example["price"]


def test_every_role_of_a_product_has_a_scheme(pack: Pack) -> None:
    clients = {
        "hospital_system", "clinic_system", "office_system", "phc_system", "pharmacy_system",
        "lab_system", "imaging_system", "prescriber_system", "dispensing_system", "ditas_adapter",
    }  # fmt: skip
    servers = {
        "purchaser_system", "complementary_insurer_system", "eligibility_service",
        "insurance_rule_service", "health_rule_service", "adjudication_service", "esign_service",
        "ehr_viewer", "citizen_service", "support_portal", "gateway", "ehr",
    }  # fmt: skip
    assert clients | servers <= set(pack.schemes)
    written = {p.stem for p in (ROOT / "suites" / "plans").glob("*.toml")}
    for name, scheme in pack.schemes.items():
        ready = all(plan in written for plan in scheme["plans"])
        # A plan that can be run is not yet a suite that is proven: planned ones may have one.
        assert ready or scheme.get("status") == "planned", name


PLANTED = [
    ("contracts/purchaser.yaml", "- ERX-7-10-A\n", "- ERX-7-10-Q\n", "OAS-REQUIREMENT"),
    ("contracts/purchaser.yaml", "operationId: getDispense", "operationId: getClaim", "OAS-TWICE"),
    ("contracts/siam.yaml", "/centres/{siamId}:", "/centres/{siam}:", "OAS-SPEC"),
    ("contracts/irimc.yaml", "x-summary-fa: خواندن عضو", "x-other: 1", "OAS-TEXT"),
    ("contracts/ttac.yaml", "  version: 1.0.0", "", "OAS-SPEC"),
    ("errors.yaml", "messageFa: پیام مُهر مرکز ندارد.", "messageFa: no seal", "ERR-TEXT"),
    ("schemas/Hid.json", '"1W2AZVAKZQ"', '"4W2AZVAKZQ"', "EXAMPLE"),
    ("schemas/Money.json", '"integer"', '"rial"', "SCHEMA-META"),
    ("schemas/Phone.json", "[0-9]", "\\\\d", "SCHEMA-PATTERN"),
    ("schemas/Quantity.json", ":Quantity", ":Amount", "SCHEMA-ID"),
    ("schemas/Text.json", '"maxLength": 200', '"x-max": 200', "OAS-BOUND"),
    ("schemas/Centre.json", '"additionalProperties": false', '"x-open": true', "OAS-OPEN"),
    ("rulings.yaml", "ERX-9-N-B, ERX-9-N-C", "ERX-9-N-B", "REQ-RULING"),
    ("rulings.yaml", "[ERX-13-A,", "[ERX-13-Z,", "RUL-REQUIREMENT"),
    ("contracts/eligibility.yaml", "operationId: issueHid", "operationId: verifyHid", "OAS-TWICE"),
    ("contracts/links.yaml", "  submitClaim:", "  submitClaims:", "LINK-SOURCE"),
    ("contracts/links.yaml", "      getTicket:", "      getTickets:", "LINK-TARGET"),
    ("contracts/links.yaml", "{ticketId: $resp", "{id: $resp", "LINK-PARAMETER"),
    ("contracts/links.yaml", "body#/claims/0/", "body#/claim/0/", "LINK-EXPRESSION"),
    ("contracts/examples/siam.json", '"private"', '"secret"', "EXAMPLE"),
    ("contracts/examples/siam.json", '"getCentre"', '"getCenter"', "EXAMPLE-MISSING"),
    ("contracts/examples/siam.json", '"getCentre"', '"getCenter"', "EXAMPLE-UNKNOWN"),
    ("contracts/examples/irimc.json", '"summary": "Read', '"title": "Read', "EXAMPLE-TEXT"),
    ("contracts/examples/ttac.json", '"code": "99005"', '"code": "99006"', "EXAMPLE-CODE"),
    ("schemas/SignedDispense.json", '"contentSchema"', '"x-content"', "OAS-CONTENT"),
    ("untested.yaml", "      - ERX-8-3-D\n", "", "UNTESTED-REASON"),
    ("untested.yaml", "      - ERX-8-3-D\n", "      - ERX-9-1-5-A\n", "UNTESTED-EXTRA"),
    ("untested.yaml", "    fa: 'تکلیف", "    was: 'تکلیف", "UNTESTED-TEXT"),
    ("lifecycles.yaml", "states: [VALID,", "states: [VALID, LOST,", "LIFE-UNREACHED"),
    ("tariff-years.yaml", "rule: N35", "rule: N99", "TARIFF-SHARE"),
    ("sla.yaml", "p50: 500, p95: 2000", "p50: 500, p95: 400", "SLA-ORDER"),
    ("sla.yaml", "ruling: RUL-011", "ruling: RUL-911", "RUL-UNKNOWN"),
    ("errors/services.yaml", "triage: 5", "triage: 18", "ERR-TRIAGE"),
    ("rulings/identity.yaml", "[ERX-2-FAC-A]", "[]", "RUL-UNCITED"),
    (
        "requirements/002-07-01-patient-identity.yaml",
        "    rulings:\n      - RUL-031\n", "", "REQ-AMBIGUITY",
    ),
    ("lifecycles.yaml", "DISPENSED, to: CLOSED", "DISPENSED, to: REGISTERED", "LIFE-BACKWARD"),
    ("lifecycles.yaml", "by: releaseLease", "by: giveBack", "LIFE-CAUSE"),
    ("codes/routes.yaml", "code: IM,", "code: IV,", "CODE-TWICE"),
    ("codes/drugs.yaml", "validUntil: '2024-03-19'", "validUntil: '2020-03-19'", "CODE-VALIDITY"),
    ("codes/laboratory.yaml", "members: [718-7", "members: [718-8", "CODE-REFERENCE"),
    ("codes/funds.yaml", "notice: Made up for this pack.", "by: us", "CODE-LICENCE"),
    ("codes/services.yaml", "validUntil: '2026-03-20'", "validUntil: '2026-03-21'", "CODE-OVERLAP"),
    ("releases.yaml", "code: '99092', version: '2'", "code: '99092', version: '1'", "CODE-RELEASE"),
    ("aliases.yaml", "alias: BID, target: BD", "alias: BID, target: BIS", "ALIAS"),
    ("rules/clinical.yaml", "[item.generic, eq, warf", "[item.name, eq, warf", "RULE-LANGUAGE"),
    ("rules/clinical.yaml", "eq, warfarin", "eq, wafarin", "RULE-CODE"),
    ("rules/insurance.yaml", "kind: proposal", "kind: wish", "RULE-OUTCOME"),
    ("rules/insurance.yaml", "id: N06", "id: N66", "RULE-EXAMPLE"),
    ("rules/insurance-examples.yaml", "patientShare: 101", "patientShare: 100", "RULE-AMOUNT"),
    ("sla.yaml", "limitMs: 1500", "limitMs: 9000", "SLA-JUDGED"),
    ("schemes.yaml", "contracts: [purchaser]", "contracts: [payer]", "SCHEME-CONTRACT"),
    ("tariffs.yaml", "patientShare: 396000}]", "patientShare: 396001}]", "TARIFF-SUM"),
    ("tariff-years.yaml", "2026-03-21', validU", "2026-03-22', validU", "TARIFF-YEAR"),
    ("tariff-years.yaml", "public, ceiling: 500000", "public, ceiling: 500001", "TARIFF-CODE"),
    ("schemes/planned.yaml", "role: clinic_system", "role: clinic", "SCHEME-ROLE"),
    ("requirements/002-13-service-level.yaml", "level: must", "level: shall", "REQ-VOCABULARY"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "code"), PLANTED)
def test_lint_sees_a_planted_mistake(
    tmp_path: Path, name: str, old: str, new: str, code: str
) -> None:
    copy = tmp_path / "erx-1401"
    shutil.copytree(load_pack().path, copy)
    file = copy / name
    text = file.read_text("utf-8")
    assert old in text, "the place to plant the mistake has moved"
    file.write_text(text.replace(old, new, 1), "utf-8")
    seal(copy)
    assert code in {problem.code for problem in lint(read_pack(copy)).problems}


def test_lint_sees_two_parts_of_a_service_with_one_path(tmp_path: Path) -> None:
    copy = tmp_path / "erx-1401"
    shutil.copytree(load_pack().path, copy)
    part = copy / "contracts" / "further" / "siam.yaml"
    part.parent.mkdir(exist_ok=True)
    part.write_text((copy / "contracts" / "siam.yaml").read_text("utf-8"), "utf-8")
    seal(copy)
    found = {problem.code for problem in lint(read_pack(copy)).problems}
    assert {"OAS-PATH", "OAS-TWICE"} <= found


def test_a_pack_without_further_operations_is_read_and_linted(tmp_path: Path) -> None:
    copy = tmp_path / "erx-1401"
    shutil.copytree(load_pack().path, copy)
    shutil.rmtree(copy / "contracts" / "further", ignore_errors=True)
    pack = read_pack(copy)
    assert pack.further_contracts == {}
    assert pack.contracts.keys() == load_pack().contracts.keys()
    lint(pack)  # reads to the end; what the missing operations were for is unreachable now


def test_lint_sees_a_code_nobody_answers_with(tmp_path: Path) -> None:
    copy = tmp_path / "erx-1401"
    shutil.copytree(load_pack().path, copy)
    file = copy / "contracts" / "purchaser.yaml"
    file.write_text(file.read_text("utf-8").replace("VOID_WINDOW_CLOSED", "RATE_LIMITED"), "utf-8")
    seal(copy)
    found = lint(read_pack(copy)).problems
    assert [(p.code, p.where) for p in found] == [
        ("ERR-UNREACHABLE", "errors.yaml: VOID_WINDOW_CLOSED")
    ]


def test_lint_sees_every_kind_of_broken_seal(tmp_path: Path) -> None:
    copy = tmp_path / "erx-1401"
    shutil.copytree(load_pack().path, copy)
    (copy / "rules.yaml").write_bytes((copy / "rules.yaml").read_bytes() + b"\n")
    (copy / "codes" / "routes.yaml").rename(copy / "codes" / "ways.yaml")
    found = {p.where.split(": ")[1]: p.sentence for p in lint(read_pack(copy)).problems}
    assert found == {
        "rules.yaml": "listed with another hash",
        "codes/routes.yaml": "listed but missing",
        "codes/ways.yaml": "not listed",
    }


def _generated(strategy: SearchStrategy[Any]) -> list[Any]:
    made: list[Any] = []

    @settings(
        max_examples=2, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @seed(1401)
    @given(strategy)
    def collect(value: Any) -> None:
        made.append(value)

    collect()
    return made


CONTRACTS = {file: contract for _, file, contract in all_contracts(load_pack())}


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=[pytest.mark.slow] if "/further/" in file else [])
        for file in CONTRACTS
    ],
)
def test_public_tools_generate_valid_requests(file: str) -> None:
    schema = schemathesis.openapi.from_dict(copy.deepcopy(CONTRACTS[file]))
    # An operation the tool cannot use is an Err, which has no ok() and fails this line.
    found = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(found) == sum(1 for _ in operations(CONTRACTS[file]))
    assert [operation.label for operation in found if not _generated(operation.as_strategy())] == []


def test_a_public_tool_follows_the_links() -> None:
    """Stateful testing from the contract alone: each link is a step the tool can take."""
    contract = copy.deepcopy(
        CONTRACTS["contracts/purchaser.yaml"]
    )  # the tool adds links of its own
    steps = set(vars(schemathesis.openapi.from_dict(contract).as_state_machine()))
    links = [
        f"___{status}_{name}__"
        for _, _, operation in operations(contract)
        for status, response in operation["responses"].items()
        for name in response.get("links", {})
    ]
    assert len(links) >= 14
    assert [link for link in links if not any(link in step for step in steps)] == []


def test_operation_ids_are_those_the_journeys_use(pack: Pack) -> None:
    assert {"registerPrescription", "issueHid", "evaluateRules", "getMember"} <= operation_ids(pack)


def test_a_minimal_dispense_carries_every_element_of_clause_7(pack: Pack) -> None:
    required = set(pack.schemas["DispenseDocument"]["required"])
    assert {
        "patient", "provider", "centre", "userId", "softwareId", "hid", "items", "cost", "payment",
        "dispensedAt", "startedAt", "endedAt", "documentId", "testData",
    } <= required  # fmt: skip
    validator = jsonschema_rs.validator_for(pack.schemas["Hid"])
    assert [h.value for h in world().hids if validator.is_valid(h.value) and not h.well_formed] == [
        "1W2AZVAKQZ"  # the swap of two neighbours is a matter of the check character
    ]


def test_rules_the_reference_names_are_in_force(pack: Pack) -> None:
    sources = (ROOT / "reference_impl").rglob("*.py")
    named = {r for f in sources for r in re.findall(r'"(N[0-9]{2})"', f.read_text("utf-8"))}
    in_force = {rule["id"] for rule in pack.rules["rules"] if rule["status"] == "in_force"}
    assert named
    assert named <= in_force


def test_every_requirement_of_a_fault_stands_in_the_register(pack: Pack) -> None:
    files = list((ROOT / "fixtures" / "faults").rglob("FLT-*.toml"))
    named = {f.name: tomllib.loads(f.read_text("utf-8"))["requirement"] for f in files}
    assert {name: r for name, r in named.items() if r not in pack.requirements} == {}
