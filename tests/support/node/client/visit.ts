// A visit and its medicine, P1 to P5 and D3 to D7, with types generated from the published contracts.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { operations as Eligibility } from "./eligibility.js";
import type { operations as Gateway } from "./gateway.js";
import type { operations as Members } from "./irimc.js";
import type { operations as Purchaser } from "./purchaser.js";
import type { operations as Rules } from "./insurance_rules.js";
import { type Body, document, Exchange, identity, Refused } from "./exchange.js";

const facts = JSON.parse(readFileSync(process.argv[2]!, "utf-8"));
const trust = readFileSync(`${facts.credentials}/trust.pem`, "utf-8");
const at = (centre: string): Exchange => new Exchange(
  facts.gateway, trust,
  identity(facts.credentials, `${centre}.token`), identity(facts.credentials, `${centre}.seal`),
  facts.context[centre],
);
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");
const told = (step: string, what: unknown): void => console.log(JSON.stringify({ step, what }));
const head = (centre: string): Record<string, unknown> & { documentId: string } => ({
  documentId: randomUUID(), testData: true, issuedAt: now(),
  centre: { siamId: facts.context[centre].centre },
  userId: facts.context[centre].user, softwareId: facts.context[centre].software,
});

const office = at("office-1");
const doctor = facts.doctor as { councilKind: "MD"; councilNumber: string };
const council = { councilKind: doctor.councilKind, councilNumber: doctor.councilNumber };

// P1: what this centre may call. P2: who pays, and the id of the visit. P3: the prescriber.
const admitted = await office.call<Gateway["getAdmission"]>("GET", "gateway", "/admission");
told("P1", admitted.roles);
const inquiry: Body<Eligibility["inquireEligibility"]> = {
  patient: facts.patient.id, centre: office.context.centre, provider: council,
};
const cover = await office.call<Eligibility["inquireEligibility"]>("POST", "eligibility", "/inquiries", { body: inquiry });
const order: Body<Eligibility["issueHid"]> = {
  patient: facts.patient.id, insurerCode: cover.covers[0]!.insurerCode, providerCouncil: council,
};
const { hid } = await office.call<Eligibility["issueHid"]>("POST", "eligibility", "/hids", { body: order });
told("P2", hid);
const member = await office.call<Members["getMember"]>(
  "GET", "irimc", `/members/${council.councilKind}/${council.councilNumber}`);
told("P3", member.licenceState);

// P4: the rules. P5: the signed prescription.
const question = (position: "pre_prescription" | "pre_service", centre: string): Body<Rules["evaluateRules"]> => ({
  position, patient: facts.patient.id, prescriber: council, centre: facts.context[centre].centre, hid,
  items: [{ itemId: "1", code: facts.item.code, quantity: facts.item.quantity }],
});
const rules = await office.call<Rules["evaluateRules"]>(
  "POST", "insurance_rules", "/evaluations", { body: question("pre_prescription", "office-1") });
told("P4", rules.outcome);
const prescription = {
  ...head("office-1"), prescriber: facts.doctor, kind: "drug", hid, patient: facts.patient,
  diagnoses: [], items: [facts.item],
};
const registered = await office.call<Purchaser["registerPrescription"]>("POST", "purchaser", "/prescriptions", {
  document: document("prescription", prescription, identity(facts.credentials, "dr01")),
});
told("P5", registered.trackingCode);

// D3: find and lease. D4: the visit. D5: the rules of the counter. D6: the price.
const pharmacy = at("pharmacy-1");
const found = await pharmacy.call<Purchaser["queryPrescriptions"]>("POST", "purchaser", "/prescriptions/query", {
  body: { patient: facts.patient.id, shortCode: registered.shortCode },
});
told("D3", found.matches.length);
const path = `/prescriptions/${registered.prescriptionId}`;
const lease = await pharmacy.call<Purchaser["leasePrescription"]>("POST", "purchaser", `${path}/lease`, {
  body: { basis: { shortCode: registered.shortCode, patient: facts.patient.id } },
});
const visit = await pharmacy.call<Eligibility["verifyHid"]>("POST", "eligibility", "/hids/verification", {
  body: { hid, patient: facts.patient.id },
});
told("D4", visit.state);
const counter = await pharmacy.call<Rules["evaluateRules"]>(
  "POST", "insurance_rules", "/evaluations", { body: question("pre_service", "pharmacy-1") });
told("D5", counter.outcome);
const line = { itemId: "1", code: facts.item.code, quantity: facts.item.quantity, unitPrice: facts.unitPrice };
const price: Body<Purchaser["price"]> = {
  patient: facts.patient.id, centreKind: { kind: "pharmacy", sector: "private" }, items: [line],
};
const priced = await pharmacy.call<Purchaser["price"]>("POST", "purchaser", "/price", { body: price });
const cost = {
  total: priced.total, insurerShare: priced.insurerShare, patientShare: priced.patientShare,
};
told("D6", cost.patientShare);

// D7: prepare with a signature, confirm; and a mistake, to see how a refusal looks.
const dispense = {
  ...head("pharmacy-1"), provider: facts.pharmacist, prescriptionId: registered.prescriptionId, hid,
  patient: facts.patient, startedAt: now(), endedAt: now(), dispensedAt: now(),
  items: [{ ...line, cost }], cost, payment: facts.payment,
};
const prepared = await pharmacy.call<Purchaser["prepareDispense"]>("POST", "purchaser", `${path}/dispenses`, {
  document: document("dispense", dispense, identity(facts.credentials, "ph01")), lease: lease.secret,
});
const given = await pharmacy.call<Purchaser["confirmDispense"]>(
  "POST", "purchaser", `/dispenses/${prepared.dispenseId}/confirmation`, { body: {} });
told("D7", given.state);
try {
  await at("pharmacy-1").call<Purchaser["leasePrescription"]>("POST", "purchaser", `${path}/lease`, { body: { basis: { hid } } });
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  told("refused", [error.status, error.code, error.messageFa]);
}
