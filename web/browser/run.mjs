// Opens a written report in a real browser and checks what no unit test can: every view draws, no
// error, no request leaves the page, hostile output stays text, and big reports paint quickly.
//   node browser/run.mjs REPORT.html [--shots DIR] [--paint-ms N] [--csv FILE]
// --csv: the rows of `clue report --format csv`; every figure must stand on the page in the same digits.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./launch.mjs";

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const file = args[0];
if (!file) throw new Error("usage: node browser/run.mjs REPORT.html [--shots DIR] [--paint-ms N] [--csv FILE]");
const shots = option("--shots");
const limit = Number(option("--paint-ms") ?? 0);
if (shots) mkdirSync(shots, { recursive: true });

const { browser, close } = await launch();
let failed = 0;
let passed = 0;
const check = (name, ok, detail = "") => {
  ok ? ++passed : ++failed;
  console.log(`${ok ? "ok  " : "FAIL"} ${name}${ok ? "" : ` ${detail}`}`);
};

/** The same operations as src/report/format.cc and web/src/format.ts. */
const percent = (v) => (Math.floor(v * 100 * 10 + 0.5) / 10).toFixed(1);

async function numbers(page, csv) {
  const lines = readFileSync(csv, "utf8").trim().split("\n");
  const cells = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, "").replaceAll('""', '"'));
  const head = cells(lines[0]);
  const rows = lines.slice(1).map((line) => Object.fromEntries(cells(line).map((c, i) => [head[i], c])));
  const wrong = [];
  let seen = 0;
  for (const task of new Set(rows.map((row) => row.task))) {
    await page.evaluate((t) => (location.hash = `#/task/${t}`), task);
    await page.waitForFunction((t) => document.querySelector("nav.chips a.here")?.getAttribute("href")?.includes(t), task);
    const shown = await page.evaluate(() => {
      document.querySelectorAll("details").forEach((d) => (d.open = true));
      return [...document.querySelectorAll("section.pass")].map((s) => ({
        name: s.querySelector("h2 bdi").textContent,
        rows: [...s.querySelectorAll("table.plain:not(.terms) tbody tr")].map((r) => [...r.children].map((c) => c.textContent.trim())),
      }));
    });
    for (const row of rows.filter((r) => r.task === task && r.value !== "")) {
      const found = shown.find((s) => s.name === row.model)?.rows.some((r) => r[0].startsWith(row.title) && r[1] === percent(row.value) && r[2] === `${percent(row.ci_low)} to ${percent(row.ci_high)}`);
      if (!found) wrong.push(`${row.model} ${task} ${row.metric} ${percent(row.value)}`);
      ++seen;
    }
  }
  check(`${seen} exported figures stand on the page in the same digits`, seen > 0 && wrong.length === 0, wrong.slice(0, 4).join("; "));
}

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const errors = [];
  const requests = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => !/^(file|data|blob):/.test(request.url()) && requests.push(request.url()));
  const url = pathToFileURL(resolve(file)).href;
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForSelector("main h1, main .empty");
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now());
  console.log(`first paint ${Math.round(paint)} ms`);
  if (limit) check(`first paint under ${limit} ms`, paint < limit, `${Math.round(paint)} ms`);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const view of ["board", "training", "task", "compare", "samples", "run"]) {
      await page.evaluate((v) => (location.hash = `#/${v}`), view);
      await page.waitForSelector(`main[data-view="${view}"]`);
      if (view === "samples") await page.waitForSelector(".detail h2, .empty");
      const text = await page.locator("main").innerText();
      check(`${view} draws (${scheme})`, text.length > 60, JSON.stringify(text.slice(0, 80)));
      check(`${view} does not scroll sideways (${scheme})`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1));
      if (shots) await page.screenshot({ path: join(shots, `${view}-${scheme}.png`), fullPage: view !== "samples" });
    }
  }
  // Through the samples by keyboard; the hostile ones of the invented runs are among the first.
  await page.evaluate(() => (location.hash = "#/samples"));
  await page.waitForSelector(".list");
  await page.focus(".list");
  for (let i = 0; i < 6; ++i) {
    await page.keyboard.press("ArrowDown");
    await page.waitForTimeout(30);
  }
  check("the arrow keys move the choice", (await page.locator(".row.chosen").count()) === 1);
  check("hostile output made no element", (await page.locator(".detail img, .detail script, .detail style, .list script, .list img").count()) === 0);
  check("hostile output ran nothing", !(await page.title()).includes("owned"));
  check("nothing in the output reorders the page", await page.evaluate(() => !/[\u202a-\u202e\u2066-\u2069]/.test(document.querySelector("main").innerText)));
  if (option("--csv")) await numbers(page, option("--csv"));
  await page.emulateMedia({ media: "print" });
  check("printing hides the controls", !(await page.locator(".filters").first().isVisible()));
  check("no error", errors.length === 0, errors.slice(0, 5).join("\n"));
  check("no request leaves the page", requests.length === 0, requests.slice(0, 5).join("\n"));
} finally {
  await close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
