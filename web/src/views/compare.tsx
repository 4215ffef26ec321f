// Compare: two runs on the samples they share; differences with intervals, flips, and the two outputs
// side by side with the words that differ.
import { useEffect, useState } from "preact/hooks";
import { useBook, type Book } from "../app";
import { Figure } from "../charts/base";
import { Forest, type ForestRow } from "../charts/forest";
import { count, p_value, percent, points, visible } from "../format";
import { sample_index, sample_row } from "../load";
import { word_diff } from "../diff";
import { link, replace_route, type Route } from "../route";
import type { Comparison, Pass, SampleIndex, SampleRow } from "../report";
import { Select } from "./board";

export function Compare({ route }: { route: Route }) {
  const book = useBook();
  const { comparisons } = book.report;
  const name = (c: Comparison) => `${book.task(c.task).title}: ${pass_name(book, c.a)} against ${pass_name(book, c.b)}`;
  const chosen = comparisons.find((c) => key(c) === route.query.get("of")) ?? comparisons[0];
  if (!chosen) {
    return (
      <>
        <section class="lead">
          <h1>Compare two runs</h1>
        </section>
        <p class="empty">
          A comparison needs two runs of the same task over the same samples. Put both into one report:{" "}
          <code>clue report RUN_A RUN_B -o report.html</code>
        </p>
      </>
    );
  }
  return (
    <>
      <section class="lead">
        <h1>
          <bdi>{pass_name(book, chosen.a)}</bdi> <span class="against">against</span> <bdi>{pass_name(book, chosen.b)}</bdi>
        </h1>
        <p class="standfirst">
          {book.task(chosen.task).title}
          {!chosen.refused && `, on the ${count(chosen.common)} samples that both answered`}.
        </p>
        {chosen.uncommon.length > 0 && (
          <details class="uncommon">
            <summary>{count(chosen.uncommon.reduce((sum, u) => sum + u.count, 0))} samples are not compared. Why?</summary>
            <ul>
              {chosen.uncommon.map((u) => (
                <li key={u.why}>
                  {count(u.count)} {u.why.replace(/\bA\b/g, "the first").replace(/\bB\b/g, "the second")}: <bdi class="mono">{u.samples.join(", ")}</bdi>
                  {u.count > u.samples.length ? ", …" : ""}
                </li>
              ))}
            </ul>
          </details>
        )}
        {chosen.other_prompt > 0 && <p class="note">{count(chosen.other_prompt)} of the common samples were asked with another prompt.</p>}
        {chosen.notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
      </section>
      {comparisons.length > 1 && (
        <div class="filters">
          <Select
            label="Pair"
            value={key(chosen)}
            set={(of) => replace_route(link("compare", "", { of }))}
            options={comparisons.map((c) => [key(c), name(c)])}
          />
        </div>
      )}
      {chosen.refused ? <p class="aside">{chosen.refused}</p> : <Result book={book} comparison={chosen} />}
      {comparisons.length > 1 && <AllPairs book={book} comparisons={comparisons} />}
    </>
  );
}

const key = (c: Comparison) => `${c.a}~${c.b}`;

function pass_name(book: Book, id: string): string {
  return book.passes.find((p) => p.pass.id === id)?.label ?? id;
}

function Result({ book, comparison: c }: { book: Book; comparison: Comparison }) {
  const a = pass_name(book, c.a);
  const b = pass_name(book, c.b);
  const rows: ForestRow[] = c.metrics.map((m) => ({
    key: m.metric,
    label: m.title,
    value: m.diff,
    low: m.low,
    high: m.high,
    strong: m.headline,
    color: m.low !== null && m.high !== null && (m.low > 0 || m.high < 0) ? "var(--accent)" : "var(--muted)",
    text: m.diff === null ? "–" : `${points(m.diff)}  [${points(m.low)}, ${points(m.high)}]`,
    why: m.why,
  }));
  return (
    <>
      <Figure
        wide
        note="Percentage points with 95 % intervals of the paired difference. Grey where the interval holds zero. The Holm-corrected p-value covers the headline metrics of all tasks of this pair, or of all pairs where pairs were named; “detectable” is the smallest true difference that this many samples would show in four of five repeats."
      >
        <Forest rows={rows} zero label="Differences" tick={(v) => points(v)} left_note={`← ${b} better`} right_note={`${a} better →`} />
      </Figure>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" class="num">{a}</th>
              <th scope="col" class="num">{b}</th>
              <th scope="col" class="num">Difference</th>
              <th scope="col" class="num">95 % interval</th>
              <th scope="col" class="num">p</th>
              <th scope="col" class="num">p, Holm</th>
              <th scope="col" class="num">Effect</th>
              <th scope="col" class="num">Detectable</th>
              <th scope="col">Test</th>
            </tr>
          </thead>
          <tbody>
            {c.metrics.map((m) => (
              <tr key={m.metric}>
                <th scope="row">
                  {m.title} {m.headline && <span class="tag">headline</span>}
                </th>
                <td class="num">{percent(m.mean_a)}</td>
                <td class="num">{percent(m.mean_b)}</td>
                <td class="num strong">{points(m.diff)}</td>
                <td class="num">{m.low === null ? "" : `${points(m.low)} to ${points(m.high)}`}</td>
                <td class="num">{p_value(m.p)}</td>
                <td class="num" title={m.family ? `corrected over ${m.family} tests` : "beside the headline: not corrected"}>
                  {m.headline ? p_value(m.p_holm) : ""}
                </td>
                <td class="num">{m.effect === null ? "–" : m.effect.toFixed(2)}</td>
                <td class="num">{m.detectable === null ? "–" : percent(m.detectable)}</td>
                <td>{m.why || m.test}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {c.flips && <Flips book={book} comparison={c} />}
      <SideBySide book={book} comparison={c} />
    </>
  );
}

function Flips({ book, comparison: c }: { book: Book; comparison: Comparison }) {
  const flips = c.flips!;
  const a = pass_name(book, c.a);
  const b = pass_name(book, c.b);
  const cells: [string, number, string][] = [
    ["Both right", flips.both, "same"],
    [`Only ${a} right`, flips.only_a, "a"],
    [`Only ${b} right`, flips.only_b, "b"],
    ["Both wrong", flips.neither, "same wrong"],
  ];
  return (
    <section>
      <h2>Flips</h2>
      <div class="flips">
        {cells.map(([title, n, kind]) => (
          <div key={title} class={kind}>
            <b>{count(n)}</b>
            <span>
              <bdi>{title}</bdi>
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

function AllPairs({ book, comparisons }: { book: Book; comparisons: Comparison[] }) {
  const rows: ForestRow[] = comparisons.flatMap((c): ForestRow[] => {
    const m = c.metrics.find((x) => x.headline && x.diff !== null);
    if (!m) return [];
    return [
      {
        key: key(c),
        label: `${book.task(c.task).title}: ${pass_name(book, c.a)} − ${pass_name(book, c.b)}`,
        value: m.diff,
        low: m.low,
        high: m.high,
        color: m.low !== null && m.high !== null && (m.low > 0 || m.high < 0) ? "var(--accent)" : "var(--muted)",
        text: `${points(m.diff)}  [${points(m.low)}, ${points(m.high)}]`,
        href: link("compare", "", { of: key(c) }),
      },
    ];
  });
  if (rows.length < 2) return null;
  return (
    <section>
      <h2>All pairs at once</h2>
      <Figure wide note="The first headline metric of each task, in percentage points.">
        <Forest rows={rows} zero label="All pairs" tick={(v) => points(v)} left_note="← second better" right_note="first better →" label_width={400} />
      </Figure>
    </section>
  );
}

interface Joined {
  id: string;
  a: number;
  b: number;
  diff: number;
}

function SideBySide({ book, comparison: c }: { book: Book; comparison: Comparison }) {
  const a = book.passes.find((p) => p.pass.id === c.a);
  const b = book.passes.find((p) => p.pass.id === c.b);
  const metric = c.flips?.metric ?? c.metrics.find((m) => m.headline)?.metric ?? "";
  const [joined, set_joined] = useState<Joined[] | null>(null);
  const [open, set_open] = useState(false);
  const [order, set_order] = useState("a");
  const [shown, set_shown] = useState(8);
  useEffect(() => {
    if (!open || !a || !b) return;
    let gone = false;
    Promise.all([sample_index(a.pass), sample_index(b.pass)]).then(([ia, ib]) => {
      if (!gone) set_joined(join(ia, ib, metric));
    }, () => undefined);
    return () => {
      gone = true;
    };
  }, [open, c.a, c.b]);
  if (!a || !b) return null;
  const list = (joined ?? []).filter((j) => (order === "a" ? j.diff > 0 : order === "b" ? j.diff < 0 : j.diff === 0));
  list.sort((x, y) => Math.abs(y.diff) - Math.abs(x.diff));
  return (
    <section>
      <h2>Side by side</h2>
      {!open ? (
        <button type="button" onClick={() => set_open(true)}>
          Show the samples where they differ
        </button>
      ) : (
        <>
          <div class="filters">
            <Select label="Samples" value={order} set={set_order} options={[["a", `${a.label} better`], ["b", `${b.label} better`], ["", "same score"]]} />
            <span class="note">{joined ? `${count(list.length)} samples, by ${metric}` : "loading"}</span>
          </div>
          {list.slice(0, shown).map((j) => (
            <PairCard key={j.id} a={a.pass} b={b.pass} names={[a.label, b.label]} joined={j} metric={metric} />
          ))}
          {list.length > shown && (
            <button type="button" onClick={() => set_shown(shown + 20)}>
              Show more
            </button>
          )}
        </>
      )}
    </section>
  );
}

export function join(a: SampleIndex, b: SampleIndex, metric: string): Joined[] {
  const at = new Map(b.ids.map((id, i) => [`${id} ${b.repeats[i]}`, i]));
  return a.ids.flatMap((id, i) => {
    const k = at.get(`${id} ${a.repeats[i]}`);
    const va = a.scores[metric]?.[i];
    const vb = k === undefined ? undefined : b.scores[metric]?.[k];
    return k === undefined || va == null || vb == null ? [] : [{ id: `${id}${a.repeats[i] ? `#${a.repeats[i]}` : ""}`, a: i, b: k, diff: va - vb }];
  });
}

function PairCard(props: { a: Pass; b: Pass; names: [string, string]; joined: Joined; metric: string }) {
  const [rows, set] = useState<[SampleRow, SampleRow] | null>(null);
  useEffect(() => {
    let gone = false;
    Promise.all([sample_row(props.a, props.joined.a), sample_row(props.b, props.joined.b)]).then(
      (pair) => {
        if (!gone) set(pair as [SampleRow, SampleRow]);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [props.joined.id, props.a.id, props.b.id]);
  const [ra, rb] = rows ?? [null, null];
  const parts = ra && rb && ra.output !== null && rb.output !== null ? word_diff(rb.output, ra.output) : null;
  const value = (row: SampleRow | null) => percent(row?.scores.find((s) => s.metric === props.metric)?.value);
  return (
    <article class="card pair">
      <h3>
        Sample <a href={link("samples", props.a.id, { at: props.joined.a })}>{props.joined.id}</a>
        <small> difference {points(props.joined.diff)}</small>
      </h3>
      {ra && ra.reference.length > 0 && (
        <p class="reference" dir="auto">
          <b>Reference</b> {visible(ra.reference.join(", "))}
        </p>
      )}
      <div class="sides">
        <div>
          <h4>
            <bdi>{props.names[0]}</bdi> <small>{value(ra)}</small>
          </h4>
          <p class="text" dir="auto">
            {parts ? parts.map((p, i) => (p.side === "a" ? null : p.side === "b" ? <ins key={i}>{visible(p.text)}</ins> : visible(p.text))) : ra && "left out (no text in this report)"}
          </p>
        </div>
        <div>
          <h4>
            <bdi>{props.names[1]}</bdi> <small>{value(rb)}</small>
          </h4>
          <p class="text" dir="auto">
            {parts ? parts.map((p, i) => (p.side === "b" ? null : p.side === "a" ? <del key={i}>{visible(p.text)}</del> : visible(p.text))) : rb && "left out (no text in this report)"}
          </p>
        </div>
      </div>
    </article>
  );
}
