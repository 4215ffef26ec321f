// Where the page gets its data. A written report has everything in this file: the core as a JSON
// block before the script, samples and long letters as compressed blocks after it, decoded only when
// looked at. A live view (`clue view`) fetches the same parts from the server it came from.
import type { ChunkRef, Pass, Pieces, Report, SampleIndex, SampleRow } from "./report";

const LIVE = document.documentElement.dataset["live"];

export const live = LIVE !== undefined;

function core(): Report | null {
  const block = document.getElementById("clue-report");
  return block ? (JSON.parse(block.textContent ?? "") as Report) : null;
}

/** The report's core. Errors: a page without data says so. */
export async function load_report(): Promise<Report> {
  const found = core() ?? (live ? await get_json<Report>("report") : null);
  if (!found) throw new Error("This page holds no report. Write one with: clue report RUN -o report.html");
  if (found.schema !== "clue.report" || found.version !== 1) {
    throw new Error(`This page draws clue.report version 1; the data says ${found.schema} ${found.version}.`);
  }
  return found;
}

export async function get_json<T>(what: string): Promise<T> {
  return JSON.parse(await get_text(what)) as T;
}

async function get_text(what: string): Promise<string> {
  const answer = await fetch(`${what}?token=${encodeURIComponent(LIVE ?? "")}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${what}: the server answered ${answer.status}`);
  return answer.text();
}

const waiting: (() => void)[] = [];
document.addEventListener("DOMContentLoaded", () => waiting.splice(0).forEach((go) => go()));
const parsed = () =>
  document.readyState === "loading" ? new Promise<void>((go) => waiting.push(go)) : Promise.resolve();

async function block_text(id: string): Promise<string> {
  let block = document.getElementById(`clue-chunk-${id}`);
  if (!block || !block.nextElementSibling) {
    // Still arriving: what comes after the script is read while the page is already shown.
    await parsed();
    block = document.getElementById(`clue-chunk-${id}`);
  }
  if (!block) throw new Error(`part ${id} is missing from this file`);
  return block.textContent ?? "";
}

export async function inflate(base64: string): Promise<string> {
  const raw = atob(base64.trim());
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

const kept = new Map<string, Promise<unknown>>();
const KEEP = 24;

/** A decoded part. The last few stay in memory. */
export function chunk<T>(id: string): Promise<T> {
  let found = kept.get(id);
  if (!found) {
    found = (live ? get_text(`chunk/${id}`) : block_text(id)).then(inflate).then((text) => JSON.parse(text) as T);
    found.catch(() => kept.delete(id));
  }
  kept.delete(id);
  kept.set(id, found);
  if (kept.size > KEEP) kept.delete(kept.keys().next().value as string);
  return found as Promise<T>;
}

export function forget_chunks(): void {
  kept.clear();
}

export function find_ref(refs: ChunkRef[], index: number): ChunkRef | undefined {
  let low = 0;
  let high = refs.length - 1;
  while (low <= high) {
    const mid = (low + high) >> 1;
    const ref = refs[mid]!;
    if (index < ref.first) high = mid - 1;
    else if (index >= ref.first + ref.count) low = mid + 1;
    else return ref;
  }
  return undefined;
}

export function sample_index(pass: Pass): Promise<SampleIndex> {
  return chunk<SampleIndex>(pass.samples.index);
}

export async function sample_row(pass: Pass, position: number): Promise<SampleRow> {
  const ref = find_ref(pass.samples.chunks, position);
  if (!ref) throw new Error(`sample ${position} is not in this report`);
  const rows = await chunk<SampleRow[]>(ref.id);
  return rows[position - ref.first]!;
}

/** Puts a text together again from literals and the text table. */
export async function join_pieces(report: Report, pieces: Pieces): Promise<string> {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    const [first, count] = piece;
    for (let i = first; i < first + count; ) {
      const ref = find_ref(report.texts, i);
      if (!ref) throw new Error(`text ${i} is not in this report`);
      const table = await chunk<string[]>(ref.id);
      const end = Math.min(first + count, ref.first + ref.count);
      for (; i < end; ++i) text += table[i - ref.first];
    }
  }
  return text;
}
