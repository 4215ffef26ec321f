// Samples: a list that stays quick with tens of thousands of rows, and one sample in full beside it:
// the prompt as the model saw it, the output, the reference and every score.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useBook } from "../app";
import { count, percent, seconds, STATUS_NAMES, visible } from "../format";
import { join_pieces, sample_index, sample_row } from "../load";
import { link, replace_route, type Route } from "../route";
import { STATUSES, type Concepts, type Mention, type Pass, type SampleIndex, type SampleRow } from "../report";
import { Select } from "./board";

const ROW = 58;

export function Samples({ route }: { route: Route }) {
  const book = useBook();
  const entry = book.passes.find((p) => p.pass.id === route.path) ?? book.passes[0];
  if (!entry) return <p class="empty">No sample is in this report.</p>;
  return (
    <>
      <div class="filters">
        <Select
          label="Run and task"
          value={entry.pass.id}
          set={(id) => (location.hash = link("samples", id))}
          options={book.passes.map((p) => [p.pass.id, `${book.task(p.pass.task).title} · ${p.label}`])}
        />
      </div>
      <Browser key={entry.pass.id} pass={entry.pass} query={route.query} />
    </>
  );
}

function Browser({ pass, query }: { pass: Pass; query: URLSearchParams }) {
  const book = useBook();
  const task = book.task(pass.task);
  const [index, set_index] = useState<SampleIndex | null>(null);
  const [trouble, set_trouble] = useState("");
  const [search, set_search] = useState("");
  const [deep, set_deep] = useState<{ text: string; hits: Set<number>; done: number } | null>(null);
  const status = query.get("status") ?? "";
  const sort = query.get("sort") ?? "";
  const at = Number(query.get("at") ?? "-1");
  useEffect(() => {
    let gone = false;
    sample_index(pass).then(
      (found) => !gone && set_index(found),
      (error: Error) => !gone && set_trouble(error.message),
    );
    return () => {
      gone = true;
    };
  }, [pass]);
  const metrics = index ? Object.keys(index.scores) : [];
  const main = sort && metrics.includes(sort) ? sort : (task.metrics.find((m) => m.headline && metrics.includes(m.name))?.name ?? metrics[0] ?? "");
  const list = useMemo(() => (index ? choose(index, { search, status, sort, deep: deep?.text === search ? deep.hits : null }) : []), [index, search, status, sort, deep]);
  const chosen = at >= 0 ? at : (list[0] ?? -1);
  const go = (changes: Record<string, string | number | null>) => {
    replace_route(link("samples", pass.id, { status, sort, at: at >= 0 ? at : null, ...changes }));
  };
  const move = (step: number) => {
    const here = list.indexOf(chosen);
    const next = list[Math.max(0, Math.min(list.length - 1, here + step))];
    if (next !== undefined) go({ at: next });
  };
  const find_deep = async () => {
    const text = search.toLowerCase();
    const hits = new Set<number>();
    for (const ref of pass.samples.chunks) {
      for (let i = ref.first; i < ref.first + ref.count; ++i) {
        const row = await sample_row(pass, i);
        const all = [row.output, row.reasoning, row.answer.value, row.answer.note, row.error, ...row.reference].join("\n");
        if (all.toLowerCase().includes(text)) hits.add(i);
      }
      set_deep({ text: search, hits: new Set(hits), done: ref.first + ref.count });
    }
  };
  if (trouble) return <p class="empty">{trouble}</p>;
  if (!index) return <p class="empty">Reading the samples…</p>;
  return (
    <>
      <div class="filters">
        <label class="select search">
          <span>Search</span>
          <input
            type="search"
            value={search}
            placeholder="id or start of the output"
            onInput={(e) => set_search(e.currentTarget.value)}
            onKeyDown={(e) => e.key === "Enter" && search && pass.text && void find_deep()}
          />
        </label>
        {search && pass.text && deep?.text !== search && (
          <button type="button" onClick={() => void find_deep()}>
            Search whole texts
          </button>
        )}
        <Select label="Status" value={status} set={(v) => go({ status: v, at: null })} options={[["", "all"], ...STATUSES.filter((s) => pass.status[s] > 0).map((s) => [s, `${STATUS_NAMES[s]} (${count(pass.status[s])})`] as [string, string])]} />
        <Select label="Order" value={sort} set={(v) => go({ sort: v, at: null })} options={[["", "as evaluated"], ...metrics.map((m) => [m, `lowest ${title(task, m)} first`] as [string, string])]} />
        <span class="note">
          {count(list.length)} of {count(index.ids.length)}
          {deep && deep.text === search && deep.done < index.ids.length ? `, searched ${count(deep.done)}` : ""}
        </span>
      </div>
      <div class="browser">
        <List index={index} list={list} chosen={chosen} metric={main} choose={(i) => go({ at: i })} move={move} />
        {chosen >= 0 ? <Detail pass={pass} position={chosen} task_title={(m) => title(task, m)} /> : <p class="empty">No sample matches.</p>}
      </div>
    </>
  );
}

const title = (task: { metrics: { name: string; title: string }[] }, name: string) => task.metrics.find((m) => m.name === name)?.title ?? name;

export function choose(
  index: SampleIndex,
  wish: { search: string; status: string; sort: string; deep: Set<number> | null },
): number[] {
  const text = wish.search.toLowerCase();
  const status = STATUSES.indexOf(wish.status as (typeof STATUSES)[number]);
  const out: number[] = [];
  for (let i = 0; i < index.ids.length; ++i) {
    if (status >= 0 && index.status[i] !== status) continue;
    if (text && !index.ids[i]!.toLowerCase().includes(text) && !(index.preview[i] ?? "").toLowerCase().includes(text) && !wish.deep?.has(i)) continue;
    out.push(i);
  }
  const scores = index.scores[wish.sort];
  if (scores) out.sort((a, b) => (scores[a] ?? 2) - (scores[b] ?? 2) || a - b);
  return out;
}

function List(props: { index: SampleIndex; list: number[]; chosen: number; metric: string; choose: (i: number) => void; move: (step: number) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const [top, set_top] = useState(0);
  const [height, set_height] = useState(600);
  const { index, list } = props;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => set_height(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = place.current;
    const here = list.indexOf(props.chosen);
    if (!element || here < 0) return;
    if (here * ROW < element.scrollTop) element.scrollTop = here * ROW;
    else if ((here + 1) * ROW > element.scrollTop + element.clientHeight) element.scrollTop = (here + 1) * ROW - element.clientHeight;
  }, [props.chosen]);
  const first = Math.max(0, Math.floor(top / ROW) - 4);
  const last = Math.min(list.length, Math.ceil((top + height) / ROW) + 4);
  const keys: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };
  return (
    <div
      ref={place}
      class="list"
      role="listbox"
      aria-label="Samples"
      tabIndex={0}
      aria-activedescendant={props.chosen >= 0 ? `row-${props.chosen}` : undefined}
      onScroll={(e) => set_top(e.currentTarget.scrollTop)}
      onKeyDown={(e) => {
        const step = keys[e.key];
        if (step !== undefined && !e.ctrlKey && !e.metaKey) {
          e.preventDefault();
          props.move(step);
        }
      }}
    >
      <div style={{ height: `${list.length * ROW}px`, position: "relative" }}>
        {list.slice(first, last).map((i, k) => {
          const status = STATUSES[index.status[i] ?? 0]!;
          const score = index.scores[props.metric]?.[i];
          return (
            <div
              key={i}
              id={`row-${i}`}
              role="option"
              aria-selected={i === props.chosen}
              class={`row ${i === props.chosen ? "chosen" : ""}`}
              style={{ top: `${(first + k) * ROW}px`, height: `${ROW}px` }}
              onClick={() => props.choose(i)}
            >
              <div>
                <bdi class="id">
                  {index.ids[i]}
                  {index.repeats[i] ? ` #${index.repeats[i]}` : ""}
                </bdi>
                {status !== "answered" && <span class={`status s-${status}`}>{STATUS_NAMES[status]}</span>}
                <span class="score">{percent(score)}</span>
              </div>
              <p dir="auto">{visible(index.preview[i] ?? "") || " "}</p>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Detail({ pass, position, task_title }: { pass: Pass; position: number; task_title: (metric: string) => string }) {
  const [row, set_row] = useState<SampleRow | null>(null);
  const [trouble, set_trouble] = useState("");
  useEffect(() => {
    let gone = false;
    set_trouble("");
    sample_row(pass, position).then(
      (found) => !gone && set_row(found),
      (error: Error) => !gone && set_trouble(error.message),
    );
    return () => {
      gone = true;
    };
  }, [pass, position]);
  if (trouble) return <p class="empty">{trouble}</p>;
  if (!row) return <article class="detail" aria-busy="true" />;
  return (
    <article class="detail" aria-live="polite">
      <header>
        <h2>
          Sample <bdi>{row.id}</bdi>
          {row.repeat ? ` #${row.repeat}` : ""}
        </h2>
        <p class="note">
          {row.cluster && (
            <>
              belongs to <bdi>{row.cluster}</bdi> ·{" "}
            </>
          )}
          {count(row.tokens.prompt)} prompt tokens, {count(row.tokens.output)} output tokens, {seconds(row.tokens.seconds)} · ended by {row.stop.replaceAll("_", " ")}
        </p>
      </header>
      {row.error && (
        <p class="aside bad" dir="auto">
          <b>Failed.</b> {visible(row.error)}
        </p>
      )}
      <div class="answer">
        <section>
          <h3>
            Output <span class={`status s-${row.answer.status}`}>{STATUS_NAMES[row.answer.status]}</span>
          </h3>
          <Output row={row} />
          {row.answer.note && <p class="note" dir="auto">{visible(row.answer.note)}</p>}
          {row.concepts && <ConceptLegend concepts={row.concepts} />}
          {row.answer.codes.length > 0 && <Codes found={row.answer.codes} wanted={row.reference} />}
        </section>
        <section>
          <h3>Reference</h3>
          {row.reference.length ? (
            <div class="text" dir="auto">
              {row.concepts && row.reference.length === 1 ? (
                <Marked text={row.reference[0]!} mentions={row.concepts.reference} shared={row.concepts.shared} other="missed by the output" />
              ) : (
                visible(row.reference.join(row.answer.codes.length ? ", " : "\n"))
              )}
            </div>
          ) : (
            <p class="note">{pass.text ? "none" : "left out of this report"}</p>
          )}
        </section>
      </div>
      {row.reasoning && <Fold title="Reasoning (never scored)" text={row.reasoning} />}
      <h3>Scores</h3>
      <table class="plain scores">
        <tbody>
          {row.scores.map((s) => (
            <tr key={s.metric}>
              <th scope="row">{task_title(s.metric)}</th>
              <td class="num">{percent(s.value)}</td>
              <td dir="auto">{visible(s.why)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>Prompt as the model saw it</h3>
      {row.cuts.length > 0 && (
        <p class="aside">
          Cut to fit: {row.cuts.map((c) => `${c.what}, ${count(c.before)} to ${count(c.after)} tokens`).join("; ")}
        </p>
      )}
      {row.messages.length ? row.messages.map((m, i) => <Message key={`${position}/${i}`} role={m.role} pieces={m.pieces} />) : <p class="note">left out of this report</p>}
      {row.prefill && <Fold title="Start of the answer, given by the task" text={row.prefill} open />}
      {(Object.keys(row.info).length > 0 || Object.keys(row.hashes).length > 0) && (
        <dl class="facts">
          {[...Object.entries(row.info), ...Object.entries(row.hashes)].map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd class="mono">
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  );
}

const FOLD = 1600;

function Output({ row }: { row: SampleRow }) {
  const [open, set] = useState(false);
  if (row.output === null) return <p class="note">left out of this report</p>;
  if (!row.output) return <p class="note">empty</p>;
  const limit = open ? 200_000 : FOLD * 2;
  const text = row.output.length > limit ? row.output.slice(0, limit) : row.output;
  const span = row.answer.span;
  const marked = span && span[1] <= text.length && span[1] > span[0] && span[1] - span[0] < row.output.trim().length;
  return (
    <>
      <div class="text" dir="auto">
        {row.concepts ? (
          <Marked text={text} mentions={row.concepts.prediction} shared={row.concepts.shared} other="not in the reference" />
        ) : marked ? (
          <>
            {visible(text.slice(0, span[0]))}
            <mark title="read as the answer">{visible(text.slice(span[0], span[1]))}</mark>
            {visible(text.slice(span[1]))}
          </>
        ) : (
          visible(text)
        )}
      </div>
      {row.output.length > limit && <More length={row.output.length} limit={limit} open={() => set(true)} can={!open} />}
    </>
  );
}

/** A text with the concepts that were found in it; those both sides have are drawn filled. */
function Marked({ text, mentions, shared, other }: { text: string; mentions: Mention[]; shared: string[]; other: string }) {
  const both = new Set(shared);
  const out: (string | preact.JSX.Element)[] = [];
  let at = 0;
  for (const m of [...mentions].sort((a, b) => a.begin - b.begin)) {
    if (m.begin < at || m.end > text.length) continue;
    out.push(visible(text.slice(at, m.begin)));
    out.push(
      <mark key={m.begin} class={both.has(m.name) ? "concept both" : "concept one"} title={`${m.name}: ${both.has(m.name) ? "in both" : other}`}>
        {visible(text.slice(m.begin, m.end))}
      </mark>,
    );
    at = m.end;
  }
  out.push(visible(text.slice(at)));
  return <>{out}</>;
}

function ConceptLegend({ concepts }: { concepts: Concepts }) {
  return (
    <p class="note">
      <mark class="concept both">in both</mark> {count(concepts.shared.length)} · <mark class="concept one">in one only</mark>{" "}
      {concepts.missed.length > 0 && (
        <>
          missed: <bdi>{concepts.missed.join(", ")}</bdi>.{" "}
        </>
      )}
      {concepts.added.length > 0 && (
        <>
          added: <bdi>{concepts.added.join(", ")}</bdi>.
        </>
      )}
    </p>
  );
}

function More({ length, limit, open, can }: { length: number; limit: number; open: () => void; can: boolean }) {
  return (
    <p class="note">
      {count(length - limit)} more characters.{" "}
      {can && (
        <button type="button" class="plain" onClick={open}>
          Show
        </button>
      )}
    </p>
  );
}

function Codes({ found, wanted }: { found: string[]; wanted: string[] }) {
  const want = new Set(wanted.map((c) => c.replaceAll(".", "")));
  const stems = new Set([...want].map((c) => c.slice(0, 3)));
  return (
    <ul class="codes">
      {found.map((code, i) => (
        <li key={i} class={want.has(code) ? "hit" : stems.has(code.slice(0, 3)) ? "near" : "miss"} title={want.has(code) ? "in the reference" : stems.has(code.slice(0, 3)) ? "right category" : "not in the reference"}>
          {code}
        </li>
      ))}
    </ul>
  );
}

function Fold({ title: name, text, open }: { title: string; text: string; open?: boolean }) {
  return (
    <details open={open}>
      <summary>{name}</summary>
      <div class="text" dir="auto">
        {visible(text.length > 200_000 ? `${text.slice(0, 200_000)}…` : text)}
      </div>
    </details>
  );
}

function Message({ role, pieces }: { role: string; pieces: SampleRow["messages"][number]["pieces"] }) {
  const { report } = useBook();
  const [text, set] = useState<string | null>(null);
  const [open, set_open] = useState(false);
  useEffect(() => {
    let gone = false;
    join_pieces(report, pieces).then(
      (found) => !gone && set(found),
      (error: Error) => !gone && set(error.message),
    );
    return () => {
      gone = true;
    };
  }, [pieces]);
  const long = text !== null && text.length > FOLD;
  const shown = text === null ? "…" : open || !long ? text.slice(0, 400_000) : "";
  return (
    <section class={`message ${role}`}>
      <h4>{role}</h4>
      {long && !open ? (
        <div class="text" dir="auto">
          {visible(text.slice(0, FOLD / 2))}
          <button type="button" class="fold" onClick={() => set_open(true)}>
            {count(text.length - FOLD)} characters folded. Show all
          </button>
          {visible(text.slice(-FOLD / 2))}
        </div>
      ) : (
        <div class="text" dir="auto">
          {visible(shown)}
        </div>
      )}
    </section>
  );
}
