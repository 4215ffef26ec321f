// The review page in a real browser, as clinicians use it: two reviewers, one adjudicator, keyboard
// and mouse, hostile text, a killed server.   node browser/review.mjs CLUE FOLDER [--shots DIR]
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./launch.mjs";

const [clue, folder] = process.argv.slice(2);
const shots = process.argv.includes("--shots") ? process.argv[process.argv.indexOf("--shots") + 1] : undefined;
if (shots) mkdirSync(shots, { recursive: true });

const letter = (n, line) => `Entlassungsbrief ${n}, Frau ___ (erfunden)\n\n${"Verlauf ohne Besonderheiten.\n".repeat(60)}${line}\n${"Keine weiteren Befunde.\n".repeat(40)}`;
const set = [
  { note_id: "L1", discharge_summary: letter(1, "The scan of the lungs showed no clot in the vessels."), Question: "What did the lung scan show?", Answer: "The scan of your lungs showed no clot in the vessels." },
  { note_id: "L2", discharge_summary: letter(2, "An infusion of iron was given twice."), Question: "</script><img src=x onerror=\"document.title='owned'\">What was given?", Answer: "<b onmouseover=alert(1)>Iron</b> was given twice." },
  { note_id: "L3", discharge_summary: letter(3, "\u202eThe pressure was treated with tablets."), Question: "How was the pressure treated?", Answer: "The pressure was treated with tablets." },
];
const file = join(folder, "set.json");
writeFileSync(file, JSON.stringify(set));

async function serve(args) {
  const child = spawn(clue, ["review", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const urls = await new Promise((done, fail) => {
    child.on("exit", (code) => fail(new Error(`clue review ended with ${code}`)));
    child.stdout.on("data", (bytes) => {
      text += bytes;
      const lines = text.split("\n").filter((line) => line.startsWith("http"));
      if (/ {2}adjudicator\n/.test(text)) done(Object.fromEntries(lines.map((line) => line.split("  ").reverse())));
    });
  });
  const end = (signal) =>
    new Promise((gone) => {
      child.removeAllListeners("exit");
      if (child.exitCode !== null || child.signalCode !== null) return gone();
      child.on("exit", gone);
      child.kill(signal);
    });
  return { urls, end };
}

let passed = 0;
const check = (name, ok, detail = "") => {
  if (!ok) throw new Error(`FAIL ${name} ${detail}`);
  ++passed;
  console.log(`ok   ${name}`);
};

const { browser, close } = await launch();
const trouble = [];
async function open(url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (e) => trouble.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/40[0-9]|Failed to load resource|ERR_CONNECTION/.test(m.text()) && trouble.push(m.text()));
  page.on("request", (r) => new URL(r.url()).host !== new URL(url).host && !/^(data|blob):/.test(r.url()) && trouble.push(`request to ${r.url()}`));
  await page.goto(url);
  await page.waitForSelector(".panel");
  return page;
}
const count = (page) => page.locator(".count").innerText();
const at = async (page, n) => {
  await page.waitForFunction((i) => document.querySelector("nav select").value === String(i), n);
  await page.waitForSelector(".panel"); // shown only when it is that item's
};

let server = await serve([file, "--reviewers", "Anna,Ben", "--language", "en"]);
try {
  // Anna, with keys only.
  let anna = await open(server.urls.Anna);
  check("the evidence is marked", (await anna.locator("mark").innerText()).startsWith("The scan of the lungs"));
  check("and scrolled into view", await anna.locator("mark").evaluate((m) => { const b = m.getBoundingClientRect(); return b.top > 0 && b.bottom < innerHeight; }));
  if (shots) await anna.screenshot({ path: join(shots, "review.png") });
  await anna.keyboard.press("a");
  await at(anna, 1);
  check("accept goes to the next open item", (await count(anna)).startsWith("1 of 3"));
  check("hostile text is text", (await anna.title()) === "clue review" && (await anna.locator(".panel img, .panel b[onmouseover]").count()) === 0 && (await anna.locator(".panel").innerText()).includes("<img src=x"));
  await anna.keyboard.press("r");
  await anna.waitForSelector("fieldset");
  check("a rejection needs a reason", await anna.locator("form .primary").isDisabled());
  await anna.locator("label.choice").nth(2).click();
  await anna.locator("form .primary").click();
  await at(anna, 2);
  await anna.keyboard.press("u");
  await at(anna, 1);
  check("undo brings the item back", (await count(anna)).startsWith("1 of 3"));
  await anna.keyboard.press("e");
  await anna.locator("textarea").first().fill("What was given to you?");
  await anna.locator("textarea").nth(1).fill("Iron was given twice.");
  await anna.locator("form .primary").click();
  await at(anna, 2);

  // The server is killed; what was confirmed is there.
  await anna.waitForFunction((q) => document.querySelector(".panel").textContent.includes(q), set[2].Question);
  await server.end("SIGKILL");
  await anna.keyboard.press("a");
  await anna.waitForFunction(() => document.querySelector(".trouble").textContent.startsWith("Not saved"));
  check("a decision that was not saved is said", (await count(anna)).startsWith("2 of 3"));
  await anna.close();
  server = await serve([file, "--reviewers", "Anna,Ben", "--language", "en"]);
  anna = await open(server.urls.Anna);
  check("nothing confirmed is lost", (await count(anna)).startsWith("2 of 3"));
  await anna.keyboard.press("a");
  await anna.waitForSelector(".finished");

  // Ben does not see Anna's decisions.
  const ben = await open(server.urls.Ben);
  check("reviewers are blind to each other", (await count(ben)).startsWith("0 of 3") && !(await ben.locator("body").innerText()).includes("What was given to you?"));
  await ben.locator(".actions .accept").click();
  await at(ben, 1);
  await ben.locator(".actions .reject").click();
  await ben.locator("label.choice").first().click();
  await ben.locator("form .primary").click();
  await at(ben, 2);
  await ben.locator(".actions .accept").click();
  await ben.waitForSelector(".finished");

  // The adjudicator settles the one dispute and downloads the set.
  const judge = await open(server.urls.adjudicator);
  await judge.waitForSelector(".overview table");
  check("agreement is shown", /0\.\d{3}/.test(await judge.locator(".overview table").innerText()));
  if (shots) await judge.screenshot({ path: join(shots, "review-adjudicator.png") });
  await judge.locator(".overview li button").click();
  await judge.waitForFunction(() => document.querySelectorAll(".others .decided").length === 2);
  await judge.locator(".actions .accept").click();
  await judge.waitForFunction(() => document.querySelectorAll(".overview li").length === 0);
  const [download] = await Promise.all([judge.waitForEvent("download"), judge.locator("a.button").click()]);
  const saved = join(folder, "accepted.json");
  await download.saveAs(saved);
  const accepted = JSON.parse(readFileSync(saved, "utf8"));
  check("the accepted set has all three, as settled", accepted.length === 3 && accepted[1].Question === set[1].Question && accepted.every((r, i) => r.discharge_summary === set[i].discharge_summary));
  await server.end("SIGTERM");

  // German words.
  server = await serve([file, "--reviewers", "Anna", "--language", "de"]);
  const german = await open(server.urls.Anna);
  check("the page speaks German", (await german.locator("nav").innerText()).includes("Zurücknehmen") && (await german.evaluate(() => document.documentElement.lang)) === "de");
  if (shots) await german.screenshot({ path: join(shots, "review-de.png") });
  check("no error, no request to elsewhere", trouble.length === 0, trouble.join("\n"));
  console.log(`review: ${passed} checks passed`);
} finally {
  await server.end("SIGTERM");
  await close();
}
