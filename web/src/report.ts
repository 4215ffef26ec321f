// The shape of report.json, version 1. tests/schema/report.schema.json is the contract that both this
// page and the C++ writer are tested against; docs/formats.md explains it. Scores are on a 0..1 scale,
// published figures in percent as they were published. null is "not measured", never zero.

export type Status = "answered" | "none" | "cut" | "cut_reasoning" | "refused" | "error";
export const STATUSES: Status[] = ["answered", "none", "cut", "cut_reasoning", "refused", "error"];

export interface Report {
  schema: "clue.report";
  version: 1;
  generator: string;
  generated: string;
  revision: number;
  title: string;
  text: { mode: "with" | "none"; reason: string };
  tasks: TaskInfo[];
  board: Board;
  runs: Run[];
  comparisons: Comparison[];
  texts: ChunkRef[];
  notes: string[];
}

export interface ChunkRef {
  id: string;
  first: number;
  count: number;
}

export interface TaskInfo {
  name: string;
  title: string;
  level: number;
  kind: "label" | "choice" | "text" | "codes";
  data_use: "open" | "credentialed" | "private";
  about: string;
  board: string;
  metrics: MetricInfo[];
}

export interface MetricInfo {
  name: string;
  title: string;
  headline: boolean;
  unit: "percent" | "number";
  better: "higher" | "lower" | "";
  about: string;
}

export interface Interval {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number | null;
  method: string;
  why: string;
}

export interface Board {
  about: string;
  columns: BoardColumn[];
  rows: BoardRow[];
  pairs: Pair[];
}

export interface BoardColumn {
  key: string;
  title: string;
  level: number;
  metrics: { key: string; title: string }[];
}

export interface BoardRow {
  id: string;
  source: "published" | "run";
  run: string;
  name: string;
  family: string;
  size_b: number | null;
  domain: "general" | "biomedical" | "";
  on_board: boolean;
  level1: Interval;
  level2: Interval;
  rank1: [number, number] | null;
  rank2: [number, number] | null;
  tie1: number | null;
  tie2: number | null;
  scores: Record<string, Interval>;
  metrics: Record<string, Interval>;
}

export interface Pair {
  base: string;
  tuned: string;
  domain: "general" | "biomedical" | "";
  source: string;
  scores: Record<string, Difference>;
}

export interface Difference {
  base: number | null;
  tuned: number | null;
  diff: number | null;
  low: number | null;
  high: number | null;
}

export interface Mark {
  kind: "subset" | "examples" | "engine-check" | "incomplete" | "floor" | "text" | "estimate" | "remote";
  text: string;
}

export interface Run {
  id: string;
  name: string;
  folder: string;
  model: ModelInfo;
  marks: Mark[];
  differs: { what: string; here: string; published: string }[];
  passes: Pass[];
}

export interface ModelInfo {
  spec: string;
  kind: string;
  name: string;
  content_hash: string;
  template_hash: string;
  context_length: number;
  details: Record<string, string>;
}

export interface Pass {
  id: string;
  task: string;
  rules: "corrected" | "clue-2024";
  key: string;
  spec: Record<string, unknown>;
  data: { path: string; sha256: string; use: string; examples: boolean };
  planned: number;
  done: number;
  limit: number;
  created: string;
  command_line: string;
  facts: Record<string, string>;
  status: Record<Status, number>;
  tokens: { prompt: number; reused: number; output: number; seconds: number };
  metrics: Summary[];
  breakdowns: Breakdown[];
  ratings?: Ratings; // only where clinicians rated answers (clue review --run)
  samples: { count: number; index: string; chunks: ChunkRef[] };
  text: boolean;
}

export interface Ratings {
  answers: number;
  reviewers: number;
  means: Record<string, number>;
  correlations: { scale: string; metric: string; n: number; spearman: number | null }[];
}

export interface Summary {
  metric: string;
  signature: string;
  mean: number | null;
  ci_low: number | null;
  ci_high: number | null;
  ci_method: string;
  n: number;
  missing: number;
  headline: boolean;
  why: string;
  histogram: number[];
}

export type Breakdown =
  | { kind: "bars"; id: string; title: string; note: string; metric: string; rows: BarRow[] }
  | {
      kind: "heat";
      id: string;
      title: string;
      note: string;
      metric: string;
      x_title: string;
      y_title: string;
      x: string[];
      y: string[];
      cells: { x: number; y: number; n: number; mean: number | null }[];
    }
  | {
      kind: "matrix";
      id: string;
      title: string;
      note: string;
      x_title: string;
      y_title: string;
      x: string[];
      y: string[];
      counts: number[][];
    }
  | {
      kind: "terms";
      id: string;
      title: string;
      note: string;
      columns: string[];
      rows: { term: string; text: string; values: number[] }[];
    };

export interface BarRow {
  label: string;
  n: number;
  mean: number | null;
  low: number | null;
  high: number | null;
}

export interface Comparison {
  a: string;
  b: string;
  task: string;
  refused: string;
  common: number;
  only_a: number;
  only_b: number;
  other_text: number;
  other_prompt: number;
  uncommon: { why: string; count: number; samples: string[] }[];
  run_a: string;
  run_b: string;
  notes: string[];
  flips: { metric: string; both: number; only_a: number; only_b: number; neither: number } | null;
  metrics: MetricDifference[];
}

export interface MetricDifference {
  metric: string;
  title: string;
  family: number;
  headline: boolean;
  n: number;
  mean_a: number | null;
  mean_b: number | null;
  diff: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  p_holm: number | null;
  effect: number | null;
  detectable: number | null;
  test: string;
  why: string;
}

// What the chunks hold.

/** Columns over all samples of a pass, in evaluation order; loaded when the sample list opens. */
export interface SampleIndex {
  ids: string[];
  repeats: number[];
  status: number[];
  scores: Record<string, (number | null)[]>;
  preview: string[];
  prompt_tokens: number[];
  output_tokens: number[];
}

/** What the dictionary found in output and reference; begin and end count UTF-16 units. */
export interface Concepts {
  prediction: Mention[];
  reference: Mention[];
  shared: string[];
  missed: string[];
  added: string[];
}

export interface Mention {
  begin: number;
  end: number;
  name: string;
}

/** A text is a list of pieces: literal text, or [first, count] of the text table. */
export type Pieces = (string | [number, number])[];

export interface SampleRow {
  id: string;
  repeat: number;
  cluster: string;
  messages: { role: string; pieces: Pieces }[];
  prefill: string;
  cuts: { what: string; before: number; after: number }[];
  info: Record<string, string>;
  output: string | null;
  reasoning: string | null;
  stop: string;
  error: string;
  answer: { status: Status; value: string; codes: string[]; span: [number, number] | null; note: string };
  reference: string[];
  hashes: Record<string, string>;
  scores: { metric: string; value: number | null; why: string }[];
  concepts: Concepts | null;
  tokens: { prompt: number; reused: number; output: number; seconds: number };
}
