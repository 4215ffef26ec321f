// The review page: letter left with its evidence, decision right, list and progress on top. Every
// decision goes to the server at once; what the page shows as decided is what the server confirmed.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { export_address, get, post, type Decision, type Item, type Marked, type Set, type Summary } from "./api";
import { Panel, type Form } from "./panel";
import { language_of, words_for, type Words } from "./words";

function Text({ title, text, words }: { title: string; text: Marked; words: Words }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    const box = mark.current?.parentElement; // only the letter scrolls, not the page
    if (box) box.scrollTop += mark.current!.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
  }, [text]);
  if (!text.join("")) return null;
  return (
    <section class="letter" aria-label={title}>
      <h2>{title}</h2>
      <div class="paper" tabIndex={0}>
        {text[0]}
        {text[1] && <mark ref={mark} title={words.evidence}>{text[1]}</mark>}
        {text[2]}
      </div>
    </section>
  );
}

function Overview({ words, set, go }: { words: Words; set: Set; go: (id: string) => void }) {
  const [found, set_found] = useState<Summary | null>(null);
  useEffect(() => void get<Summary>("summary").then(set_found), []);
  if (!found) return null;
  return (
    <section class="overview">
      <h2>{words.progress}</h2>
      <p>{Object.entries(found.progress).map(([who, n]) => `${who}: ${words.done(n, found.items)}`).join(" · ")}</p>
      <p>{Object.entries(found.counts).map(([verdict, n]) => `${words.verdicts[verdict] ?? verdict}: ${n}`).join(" · ")}</p>
      <h2>{words.summary}</h2>
      {found.agreement.length === 0 ? (
        <p>{words.no_agreement}</p>
      ) : (
        <table>
          <thead>
            <tr><th>{words.reviewer}</th><th>{words.scale}</th><th class="n">n</th><th class="n">{words.alike}</th><th class="n">{words.kappa}</th></tr>
          </thead>
          <tbody>
            {found.agreement.map((a) => (
              <tr key={`${a.a}/${a.b}/${a.scale}`}>
                <td>{a.a}, {a.b}</td>
                <td>{words.scales[a.scale] ?? a.scale}</td>
                <td class="n">{a.n}</td>
                <td class="n">{(100 * a.share).toFixed(1)} %</td>
                <td class="n">{a.kappa === null ? "–" : a.kappa.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h2>{words.disputed}</h2>
      {found.disputed.length === 0 ? (
        <p>{words.none_disputed}</p>
      ) : (
        <ul>{found.disputed.map((id) => <li key={id}><button class="link" onClick={() => go(id)}>{set.items.find((r) => r.id === id)?.question ?? id}</button></li>)}</ul>
      )}
    </section>
  );
}

export function App({ first }: { first: Set }) {
  const words = words_for(first.language);
  const [set, set_set] = useState(first);
  const [at, set_at] = useState(() => Math.max(0, first.items.findIndex((row) => !row.state)));
  const [item, set_item] = useState<Item | null>(null);
  const [form, open] = useState<Form>("none");
  const [trouble, set_trouble] = useState("");
  const [overview, set_overview] = useState(first.adjudicator);
  const row = set.items[at]!;
  const decided = set.items.filter((r) => r.state).length;
  useEffect(() => void (document.documentElement.lang = language_of(words)), []);

  const wanted = useRef(""); // an answer that was overtaken is dropped
  const load = useCallback(async (id: string) => {
    wanted.current = id;
    const found = await get<Item>(`item/${encodeURIComponent(id)}`);
    if (wanted.current !== id) return;
    open("none");
    set_item(found);
  }, []);
  // Until the item of the list is on the screen nothing is decided: nobody decides what they have not seen.
  const shown = item !== null && item.id === row.id ? item : null;
  useEffect(() => {
    load(row.id).catch((e: Error) => set_trouble(e.message));
  }, [row.id]);

  const go = (to: number) => {
    set_trouble("");
    set_at(Math.min(Math.max(to, 0), set.items.length - 1));
  };
  const next_open = (items = set.items, from = at) => {
    for (let step = 1; step <= items.length; ++step) {
      const to = (from + step) % items.length;
      if (!items[to]!.state) return go(to);
    }
  };
  const refresh = async () => {
    const fresh = await get<Set>("set");
    set_set(fresh);
    return fresh;
  };
  const decide = async (decision: Partial<Decision>) => {
    if (!shown) return;
    try {
      await post("decide", { item: shown.id, ...decision });
      set_trouble("");
      const fresh = await refresh();
      if (fresh.items.every((r) => r.state) || fresh.adjudicator) await load(shown.id);
      else next_open(fresh.items);
    } catch (e) {
      set_trouble(`${words.failed}: ${(e as Error).message}`);
    }
  };
  const undo = async () => {
    try {
      const { item: id } = await post<{ item: string }>("undo", {});
      const fresh = await refresh();
      const back = fresh.items.findIndex((r) => r.id === id);
      set_trouble("");
      set_at(back);
      await load(id);
    } catch (e) {
      set_trouble((e as Error).message);
    }
  };
  useLayoutEffect(() => {
    const on_key = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.key === "Escape") return open("none");
      if (e.ctrlKey || e.metaKey || e.altKey || target.closest?.("textarea, input[type=text], select")) return;
      const pairs = set.kind === "pairs";
      const act: Record<string, () => void> = {
        j: () => go(at + 1),
        k: () => go(at - 1),
        n: () => next_open(),
        u: () => void undo(),
        ...(pairs && { a: () => void decide({ action: "accept" }), e: () => shown && open("edit"), r: () => shown && open("reject") }),
      };
      const found = act[e.key.toLowerCase()];
      if (!found) return;
      e.preventDefault();
      found();
    };
    addEventListener("keydown", on_key);
    return () => removeEventListener("keydown", on_key);
  });

  return (
    <>
      <header>
        <b class="brand">clue <span>review</span></b>
        <span class="title">{set.title} · {set.adjudicator ? words.adjudicator : set.who}</span>
        <progress max={set.items.length} value={decided} aria-label={words.progress} />
        <span class="count">{words.done(decided, set.items.length)}</span>
        {set.adjudicator && <button onClick={() => set_overview(!overview)}>{words.summary}</button>}
        {set.adjudicator && set.kind === "pairs" && <a class="button" href={export_address()} download="MeDiSumQA.json">{words.export}</a>}
      </header>
      <nav>
        <button onClick={() => go(at - 1)} disabled={at === 0}>{words.previous}</button>
        <select aria-label={words.items} value={at} onChange={(e) => go(Number(e.currentTarget.value))}>
          {set.items.map((r, i) => (
            <option key={r.id} value={i}>
              {i + 1}{set.kind === "pairs" ? `. ${r.question.slice(0, 70)}` : ""} {r.verdict && r.verdict !== "open" ? `(${words.verdicts[r.verdict]})` : r.state ? `(${words.decided[r.state]})` : ""}
            </option>
          ))}
        </select>
        <button onClick={() => go(at + 1)} disabled={at === set.items.length - 1}>{words.next}</button>
        <button onClick={() => next_open()}>{words.next_open}</button>
        <button onClick={() => void undo()}>{words.undo}</button>
      </nav>
      <p class="trouble" role="alert">{trouble}</p>
      {decided === set.items.length && !set.adjudicator && <p class="finished" role="status">{words.all_done}</p>}
      {overview && <Overview key={decided} words={words} set={set} go={(id) => go(set.items.findIndex((r) => r.id === id))} />}
      {shown && (
        <main>
          <div class="texts">
            <Text title={words.source} text={shown.source} words={words} />
            <Text title={set.kind === "pairs" ? words.letter : words.shown_to_model} text={shown.letter} words={words} />
          </div>
          <Panel words={words} set={set} item={shown} form={form} open={open} decide={(d) => void decide(d)} />
        </main>
      )}
      <footer>{set.kind === "pairs" ? words.keys_pairs : words.keys_rate}</footer>
    </>
  );
}
