// Checks a report.json against tests/schema/report.schema.json: node browser/schema.mjs REPORT.json
import { readFileSync } from "node:fs";
import Ajv from "ajv";

const schema = JSON.parse(readFileSync(new URL("../../tests/schema/report.schema.json", import.meta.url)));
const check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
const ok = check(JSON.parse(readFileSync(process.argv[2])));
if (!ok) console.error(check.errors);
console.log(ok ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = ok ? 0 : 1;
