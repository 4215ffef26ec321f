// Builds each page into one HTML file with style, fonts and script inside and a content policy that
// allows exactly that script: dist/report.html, with the two marks where `clue` puts the data
// (vite build), and dist/review.html, which asks its server (vite build --mode review).
import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";

const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

function singleFile(page: string): Plugin {
  return {
    name: "clue-single-file",
    enforce: "post",
    apply: "build",
    generateBundle(_options, bundle) {
      let script = "";
      let style = "";
      let html = "";
      for (const [name, item] of Object.entries(bundle)) {
        if (item.type === "chunk") script += item.code;
        else if (name.endsWith(".css")) style += String(item.source);
        else if (name.endsWith(".html")) html = String(item.source);
        delete bundle[name];
      }
      // "</script" and "<!--" inside a script would end it or change how it is read.
      script = `(()=>{"use strict";${script.trim()}})();`
        .replaceAll("</script", "<\\/script")
        .replaceAll("<!--", "\\u003c!--");
      html = html
        .replace(/<script[^>]*src=[^>]*><\/script>/g, "")
        .replace(/<link[^>]*rel="(stylesheet|modulepreload)"[^>]*>/g, "");
      // Nothing may be fetched; `clue view` and `clue review` widen connect-src to their own address. Style attributes
      // are set by the script on chart elements, hence 'unsafe-inline' for styles only.
      const policy =
        `default-src 'none'; script-src ${sha256(script)}; style-src 'unsafe-inline'; ` +
        "font-src data:; img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'";
      const put = (mark: string, text: string) => {
        if (!html.includes(mark)) throw new Error(`${page}.html lacks ${mark}`);
        html = html.replace(mark, () => text);
      };
      put("<!--page:policy-->", `<meta http-equiv="Content-Security-Policy" content="${policy}">`);
      put("<!--page:style-->", `<style>${style.trim()}</style>`);
      put("<!--page:script-->", `<script>${script}</script>`);
      html = html.replace(/\n\s*\n+/g, "\n");
      this.emitFile({ type: "asset", fileName: `${page}.html`, source: html });
    },
  };
}

export default defineConfig(({ mode }) => {
  const review = mode === "review";
  return {
    plugins: [singleFile(review ? "review" : "report")],
    build: {
      outDir: "dist",
      emptyOutDir: false, // the other page lies there too
      assetsInlineLimit: 100_000_000,
      cssCodeSplit: false,
      modulePreload: false,
      target: "es2022",
      rollupOptions: { input: review ? "review.html" : "index.html", output: { format: "es", codeSplitting: false } },
    },
  };
});
