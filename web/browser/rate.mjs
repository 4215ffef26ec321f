// Rating a run's outputs in a real browser, blind to the model.   node browser/rate.mjs URL RUN_NAME
import { launch } from "./launch.mjs";

const [url, run] = process.argv.slice(2);
const { browser, close } = await launch();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  await page.waitForSelector(".scale");
  if ((await page.content()).includes(run)) throw new Error("the page names the run");
  const total = Number((await page.locator(".count").innerText()).match(/of (\d+)/)[1]);
  for (let i = 0; i < total; ++i) {
    await page.waitForFunction((n) => Number(document.querySelector(".count").textContent.split(" ")[0]) === n, i);
    await page.waitForFunction(() => document.querySelector(".scale") && !document.querySelector(".scale label.on"));
    const keys = ["5", "3", String(1 + (i % 5))];
    for (const [k, key] of keys.entries()) {
      await page.keyboard.press(key);
      await page.waitForFunction((n) => document.querySelectorAll(".scale label.on").length === n, k + 1);
    }
    await page.keyboard.press("s");
  }
  await page.waitForSelector(".finished");
  console.log(`rate: ${total} outputs rated with the keyboard`);
} finally {
  await close();
}
