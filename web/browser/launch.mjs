// Debian's Chromium with a profile of its own, and how to end it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), "clue-browser-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CLUE_CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1240, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
