// The wire profile in one file: mutual TLS, sealed requests, signed documents, checked answers.
// Node's own modules only. docs/typescript-client.md explains it step by step.
import { createHash, createPublicKey, randomBytes, randomUUID, sign, verify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

/** Certificates (leaf first), PEM key; what `kit.json` of the exchange lists. */
export interface Identity { readonly chain: string; readonly key: string }

/** Who speaks: ids of the centre, of its certified software, and of the user at the desk. */
export interface Context { readonly centre: string; readonly software: string; readonly user: string }

/** JSON body of an operation, and its answer, out of the generated `operations`. */
export type Body<Op> = Op extends { requestBody: { content: { "application/json": infer B } } } ? B : never;
type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Success<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : never;
export type Answer<Op> = Op extends { responses: infer R } ? Success<R> : never;

/** A coded refusal: problem details with Persian and English message and solution. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, readonly messageFa: string) {
    super(`${status} ${code}`);
  }
}

export interface Options {
  readonly body?: unknown;
  readonly document?: SignedDocument;
  readonly lease?: string;
  readonly ifMatch?: string;
}

export interface SignedDocument { readonly payload: string; readonly protected: string; readonly signature: string }

interface Received { status: number; headers: NodeJS.Dict<string>; content: Buffer }

export function identity(kit: string, name: string): Identity {
  const rows = JSON.parse(readFileSync(join(kit, "kit.json"), "utf-8")).identities;
  const read = (file: string): string => readFileSync(join(kit, file), "utf-8");
  return { chain: read(rows[name].chain), key: read(rows[name].key) };
}

const certificates = (pem: string): Buffer[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .map((one) => new X509Certificate(one).raw);

const digest = (content: Buffer): string =>
  `sha-256=:${createHash("sha256").update(content).digest("base64")}:`;

/** ECDSA P-256 with SHA-256 as r||s, the form of both seals and documents. */
const signed = (content: string, key: string): Buffer =>
  sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" });

/** Sign a document: JWS with the professional's certificates; `jti` is the id of the document. */
export function document(kind: string, payload: { documentId: string }, signer: Identity): SignedDocument {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = {
    alg: "ES256",
    cty: `application/erx.${kind}+json;v=1`,
    x5c: certificates(signer.chain).map((der) => der.toString("base64")),
    iat: Math.floor(Date.now() / 1000),
    jti: payload.documentId,
  };
  const [head, content] = [encode(header), encode(payload)];
  return { protected: head, payload: content, signature: signed(`${head}.${content}`, signer.key).toString("base64url") };
}

export class Exchange {
  /** `token` opens the channel, `seal` closes the message: two certificates of one centre. */
  constructor(
    readonly gateway: string,
    readonly trust: string,
    readonly token: Identity,
    readonly seal: Identity,
    readonly context: Context,
  ) {}

  /** Call an operation; `path` is below `/{service}/v1`. Throws Refused, or Error for a bad seal. */
  async call<Op>(method: string, service: string, path: string, options: Options = {}): Promise<Answer<Op>> {
    const { body, document: file } = options;
    const content = Buffer.from(file || body !== undefined ? JSON.stringify(file ?? body) : "");
    const target = `/${service}/v1${path}`;
    const headers: Record<string, string> = {
      "content-type": file ? "application/jose+json" : "application/json",
      ...(options.lease ? { "ditas-lease": options.lease } : {}),
      ...this.sealed(method, target, content, options.ifMatch),
    };
    const received = await this.send(method, `/ditas${target}`, headers, content);
    check(received, headers["signature"] ?? "");
    const value = received.content.length ? JSON.parse(received.content.toString("utf-8")) : undefined;
    if (received.status >= 400) throw new Refused(received.status, value.code, value.messageFa);
    return value;
  }

  /** Headers of the seal (RFC 9421): each covered one is a line of what is signed. */
  private sealed(method: string, target: string, content: Buffer, ifMatch?: string): Record<string, string> {
    const leaf = certificates(this.seal.chain)[0]!;
    const headers: Record<string, string> = {
      "ditas-target": target,
      "content-digest": digest(content),
      "ditas-centre": this.context.centre,
      "ditas-software": this.context.software,
      "ditas-user": this.context.user,
      "ditas-correlation": randomUUID(),
      "ditas-certificate": `:${leaf.toString("base64")}:`,
      ...(method === "GET" ? {} : { "idempotency-key": randomBytes(18).toString("base64url") }),
      ...(ifMatch ? { "if-match": ifMatch } : {}),
    };
    const names = ["@method", ...Object.keys(headers)];
    const keyid = createHash("sha256").update(leaf).digest("hex");
    const nonce = randomBytes(18).toString("base64url");
    const created = Math.floor(Date.now() / 1000);
    const input = `(${names.map((name) => `"${name}"`).join(" ")});created=${created};nonce="${nonce}"`
      + `;keyid="${keyid}";alg="ecdsa-p256-sha256";tag="ditas-seal"`;
    const lines = names.map((name) => `"${name}": ${headers[name] ?? method}`);
    const base = [...lines, `"@signature-params": ${input}`].join("\n");
    return {
      ...headers,
      "signature-input": `seal=${input}`,
      signature: `seal=:${signed(base, this.seal.key).toString("base64")}:`,
    };
  }

  private send(method: string, path: string, headers: Record<string, string>, content: Buffer): Promise<Received> {
    const { chain: cert, key } = this.token;
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.gateway);
      const sent = request(url, { method, headers: { ...headers, "content-length": content.length }, cert, key, ca: this.trust, timeout: 20_000 }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers as NodeJS.Dict<string>, content: Buffer.concat(parts) }));
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.on("error", reject);
      sent.end(content);
    });
  }
}

/** Refuse an answer whose seal does not fit its content and our request. */
function check({ status, headers, content }: Received, requestSignature: string): void {
  const [, label, input, components] = /^([a-z]+)=(\(([^)]*)\).*)$/.exec(headers["signature-input"] ?? "") ?? [];
  const signature = /=:([^:]+):/.exec(headers["signature"] ?? "")?.[1];
  const certificate = Buffer.from((headers["ditas-certificate"] ?? "").replaceAll(":", ""), "base64");
  if (!label || !input || !components || !signature) throw new Error("the answer carries no seal");
  if (headers["content-digest"] !== digest(content)) throw new Error("the content is not what was sealed");
  const lines = components.split(" ").map((one) => {
    if (one === '"@status"') return `${one}: ${status}`;
    if (one.includes(";req")) return `${one}: ${requestSignature.slice(requestSignature.indexOf("=") + 1)}`;
    return `${one}: ${headers[one.replaceAll('"', "")]}`;
  });
  const base = Buffer.from([...lines, `"@signature-params": ${input}`].join("\n"));
  const key = createPublicKey(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "pem" }));
  // A product also builds the chain of this certificate to its trust anchor and asks for its status.
  if (!verify("sha256", base, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64"))) {
    throw new Error("the seal of the answer does not hold");
  }
}
