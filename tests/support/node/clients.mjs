// Generates one TypeScript client per contract: node clients.mjs CONTRACTS OUT
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const [contracts, out] = process.argv.slice(2);
for (const name of readdirSync(contracts).filter((n) => n.endsWith(".openapi.json")).sort()) {
  const document = JSON.parse(readFileSync(join(contracts, name), "utf-8"));
  const nodes = await openapiTS(document, { silent: true, immutable: true });
  const module = name.replace(".openapi.json", "");
  writeFileSync(join(out, `${module}.ts`), astToString(nodes));
  const ids = Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .map((operation) => operation.operationId)
    .filter(Boolean);
  // What a caller writes: the type of each operation, and of its refusals, has to exist.
  const uses = ids.map((id) => `export type ${id} = operations["${id}"]["responses"];`);
  writeFileSync(
    join(out, `${module}.use.ts`),
    [`import type { operations } from "./${module}.js";`, ...uses, ""].join("\n"),
  );
  process.stdout.write(`${module} ${ids.length}\n`);
}
