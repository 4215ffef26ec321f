// Checks reports against tests/schema/report.schema.json: node browser/schema.mjs FILE.json|PAGE.html ...
import { readFileSync } from "node:fs";
import Ajv from "ajv";

const schema = JSON.parse(readFileSync(new URL("../../tests/schema/report.schema.json", import.meta.url)));
const check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
let failed = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const inside = /<script type="application\/json" id="clue-report">(.*?)<\/script>/s.exec(text);
  if (check(JSON.parse(inside ? inside[1] : text))) continue;
  ++failed;
  console.error(file, check.errors);
}
console.log(`${process.argv.length - 2 - failed} of ${process.argv.length - 2} reports are as the schema says`);
process.exitCode = failed ? 1 : 0;
