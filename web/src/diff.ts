// Word diff for two outputs. Very long texts are compared at their start only, so that a model that
// rambled for a megabyte cannot stop the page.
import { diffWordsWithSpace } from "diff";

export interface Part {
  side: "both" | "a" | "b";
  text: string;
}

const MOST = 20_000;

export function word_diff(a: string, b: string): Part[] {
  const cut = (text: string) => (text.length > MOST ? `${text.slice(0, MOST)} … (cut here for the comparison)` : text);
  const found = diffWordsWithSpace(cut(a), cut(b), { timeout: 250 });
  if (!found) {
    return [
      { side: "a", text: cut(a) },
      { side: "b", text: cut(b) },
    ];
  }
  return found.map((part) => ({ side: part.added ? "b" : part.removed ? "a" : "both", text: part.value }));
}
