// Numbers as people read them. The C++ side rounds by the same arithmetic (src/report/format.cc), so
// that page, terminal table and exports never differ in a digit.

const MINUS = "\u2212";

/** Rounds half up at one decimal, by operations that give the same bits in C++. */
export function round1(value: number): number {
  return Math.floor(value * 10 + 0.5) / 10;
}

/** A 0..1 score in percent: 0.4645 -> "46.5". */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : signed_text(round1(value * 100));
}

function signed_text(rounded: number): string {
  const text = Math.abs(rounded).toFixed(1);
  return rounded < 0 ? MINUS + text : text;
}

/** A difference of 0..1 scores in percentage points: "+1.2". */
export function points(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const rounded = round1(value * 100);
  return rounded > 0 ? `+${rounded.toFixed(1)}` : signed_text(rounded);
}

export function interval(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : `${percent(low)} to ${percent(high)}`;
}

export function metric_value(value: number | null, unit: "percent" | "number"): string {
  if (value === null) return "–";
  return unit === "percent" ? percent(value) : value.toPrecision(3).replace(/\.?0+$/, "");
}

export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function p_value(p: number | null): string {
  if (p === null) return "–";
  if (p < 0.001) return "< 0.001";
  return p.toFixed(p < 0.1 ? 3 : 2);
}

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 120) return `${value.toFixed(1)} s`;
  const minutes = Math.floor(value / 60);
  return minutes < 120 ? `${minutes} min` : `${(value / 3600).toFixed(1)} h`;
}

export function size(billions: number | null): string {
  return billions === null ? "" : `${billions % 1 ? billions.toFixed(1) : billions}B`;
}

export function short_hash(hash: string): string {
  return hash.length > 14 ? hash.slice(0, 12) : hash;
}

export const STATUS_NAMES: Record<string, string> = {
  answered: "answered",
  none: "no answer found",
  cut: "cut by length",
  cut_reasoning: "cut while reasoning",
  refused: "refused",
  error: "failed",
};

const HIDDEN: Record<string, string> = {
  "\u200e": "LRM",
  "\u200f": "RLM",
  "\u061c": "ALM",
  "\u202a": "LRE",
  "\u202b": "RLE",
  "\u202c": "PDF",
  "\u202d": "LRO",
  "\u202e": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
};

/** Characters that would reorder or hide text, written out: a model's output must not be able to show
 * something else than it says. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const name = HIDDEN[c] ?? `U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    return `\u27e8${name}\u27e9`;
  });
}
