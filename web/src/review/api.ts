// The review server's answers and how to ask for them. Every call carries the token of this address.
const TOKEN = document.documentElement.dataset["live"] ?? "";

export interface Row {
  id: string;
  question: string;
  state: string; // "", accept, edit, reject, rate
  verdict?: string;
}

export interface Set {
  kind: "pairs" | "outputs";
  title: string;
  who: string;
  adjudicator: boolean;
  language: string;
  scales: string[];
  items: Row[];
}

export interface Decision {
  action: string;
  question: string;
  answer: string;
  reason: string;
  ratings: Record<string, number>;
  who?: string;
}

/** A text in three parts: before, the evidence, behind. */
export type Marked = [string, string, string];

export interface Item {
  id: string;
  letter: Marked;
  source: Marked;
  question: string;
  answer: string;
  reference: string;
  own: Decision | null;
  others: Decision[];
}

export interface Summary {
  items: number;
  counts: Record<string, number>;
  disputed: string[];
  progress: Record<string, number>;
  agreement: { a: string; b: string; scale: string; n: number; share: number; kappa: number | null }[];
}

const with_token = (path: string) => `${path}?token=${encodeURIComponent(TOKEN)}`;

async function answer<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const said = body as { error?: string } | null;
    throw new Error(said?.error ?? `the server answered ${response.status}`);
  }
  return body as T;
}

export const get = async <T>(path: string): Promise<T> => answer<T>(await fetch(with_token(path), { cache: "no-store" }));

export const post = async <T>(path: string, body: object): Promise<T> =>
  answer<T>(
    await fetch(with_token(path), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

export const export_address = () => with_token("export");
