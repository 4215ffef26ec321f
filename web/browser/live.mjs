// A live view in a real browser: opens what `clue view` printed, changes the run, and waits until the
// page shows it.   node browser/live.mjs URL CLUE RUN
import { execFileSync } from "node:child_process";
import { launch } from "./launch.mjs";

const [url, clue, run] = process.argv.slice(2);
const { browser, close } = await launch();
try {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const elsewhere = [];
  page.on("request", (request) => new URL(request.url()).host !== new URL(url).host && !/^(data|blob):/.test(request.url()) && elsewhere.push(request.url()));
  await page.goto(url);
  await page.waitForSelector("main h1");
  await page.evaluate(() => (location.hash = "#/task"));
  await page.waitForSelector("section.pass");
  if ((await page.locator("section.pass").count()) !== 1) throw new Error("the second rule set is there already");
  execFileSync(clue, ["score", run, "--rules", "clue-2024"], { stdio: "ignore", env: { ...process.env, CLUE_DATA: "" } });
  await page.waitForFunction(() => document.querySelectorAll("section.pass").length === 2, null, { timeout: 20000 });
  const refused = await fetch(url.replace(/token=.*/, "token=wrong"));
  if (refused.status !== 403) throw new Error(`a wrong token was answered ${refused.status}`);
  if (errors.length || elsewhere.length) throw new Error([...errors, ...elsewhere].join("\n"));
  console.log("live: the page followed the run; a wrong token was refused");
} finally {
  await close();
}
