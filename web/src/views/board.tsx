// Board: the published models and the user's runs in one picture and one table.
import { useMemo, useState } from "preact/hooks";
import { Marks, useBook } from "../app";
import { Scatter } from "../charts/scatter";
import { Figure } from "../charts/base";
import { interval, percent, size } from "../format";
import { link, type Route } from "../route";
import type { BoardRow, Interval, Run } from "../report";

type Key = string;
interface Column {
  key: Key;
  title: string;
  group: string;
  strong?: boolean;
  first?: boolean;
  get: (row: BoardRow) => Interval | undefined;
}

export function Board(_: { route: Route }) {
  const book = useBook();
  const board = book.report.board;
  const [family, set_family] = useState("");
  const [bigness, set_bigness] = useState("");
  const [source, set_source] = useState("");
  const [off_board, set_off_board] = useState(false);
  const [detail, set_detail] = useState(false);
  const [chosen, set_chosen] = useState("");
  const [sort, set_sort] = useState<{ key: Key; down: boolean }>({ key: "level1", down: true });

  const runs = useMemo(() => new Map(book.report.runs.map((run) => [run.id, run])), [book]);
  const families = [...new Set(board.rows.map((row) => row.family).filter(Boolean))].sort();
  const hidden = board.rows.filter((row) => row.source === "run" && !row.on_board);
  const shown = board.rows.filter(
    (row) =>
      (row.on_board || row.source === "published" || off_board) &&
      (!family || row.family === family || row.source === "run") &&
      (!source || row.source === source) &&
      in_size(row, bigness),
  );
  const columns = useMemo(() => make_columns(board, detail), [board, detail]);
  const column = columns.find((c) => c.key === sort.key);
  const sorted = [...shown].sort((a, b) => {
    if (sort.key === "name") return (sort.down ? -1 : 1) * a.name.localeCompare(b.name);
    if (sort.key === "size") return order(a.size_b, b.size_b, sort.down);
    return order(column?.get(a)?.value ?? null, column?.get(b)?.value ?? null, sort.down);
  });
  const published = board.rows.filter((row) => row.source === "published").length;
  const mine = board.rows.filter((row) => row.source === "run").length;
  const color = (row: BoardRow) => {
    const run = runs.get(row.run);
    return run ? book.color(run) : "var(--muted)";
  };
  const dots = shown
    .filter((row) => row.source === "published" || row.on_board)
    .map((row) => ({ row, color: color(row) }));
  return (
    <>
      <section class="lead">
        <h1>Where the models stand</h1>
        <p class="standfirst">
          {published} published models{mine ? ` and ${mine === 1 ? "your run" : `your ${mine} runs`}` : ""} on the CLUE
          tasks. Level 1 asks for short reading and writing, level 2 for work on whole discharge letters. Scores are
          percent; higher is better.
        </p>
      </section>
      {hidden.length > 0 && (
        <p class="aside">
          Not placed on the board: {hidden.map((row) => row.name).join(", ")}. Level scores need every task, on the full
          data, with nothing failed.{" "}
          <label class="check">
            <input type="checkbox" checked={off_board} onInput={(e) => set_off_board(e.currentTarget.checked)} /> show in the
            table
          </label>
        </p>
      )}
      <div class="filters" role="group" aria-label="Filter the board">
        <Select label="Family" value={family} set={set_family} options={[["", "all families"], ...families.map((f) => [f, f] as [string, string])]} />
        <Select label="Size" value={bigness} set={set_bigness} options={[["", "all sizes"], ["s", "up to 8B"], ["m", "9B to 50B"], ["l", "above 50B"]]} />
        <Select label="Rows" value={source} set={set_source} options={[["", "published and yours"], ["published", "published only"], ["run", "yours only"]]} />
      </div>
      {dots.length > 0 && (
        <Figure
          wide
          note={
            <>
              <Legend mine={dots.some((d) => d.row.source === "run")} /> Published figures come without samples, so they
              carry no interval and nothing is said about significance against them.
            </>
          }
        >
          <Scatter dots={dots} chosen={chosen} on_choose={(id) => set_chosen(id === chosen ? "" : id)} />
        </Figure>
      )}
      <div class="table-head">
        <h2>All scores</h2>
        <div class="segmented" role="group" aria-label="Columns">
          <button type="button" aria-pressed={!detail} onClick={() => set_detail(false)}>
            Task scores
          </button>
          <button type="button" aria-pressed={detail} onClick={() => set_detail(true)}>
            Every headline metric
          </button>
        </div>
      </div>
      <div class="scroll sticky">
        <table class="board">
          <thead>
            {detail && (
              <tr class="groups">
                <th colSpan={2} />
                {groups(columns).map(([title, span], i) => (
                  <th key={i} colSpan={span} scope="colgroup">
                    {title}
                  </th>
                ))}
              </tr>
            )}
            <tr>
              <Head title="Model" id="name" sort={sort} set={set_sort} />
              <Head title="Size" id="size" sort={sort} set={set_sort} />
              {columns.map((c) => (
                <Head key={c.key} title={c.title} id={c.key} sort={sort} set={set_sort} numeric first={c.first} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <Row key={row.id} row={row} run={runs.get(row.run)} color={color(row)} columns={columns} chosen={chosen === row.id} choose={() => set_chosen(chosen === row.id ? "" : row.id)} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        A blank cell was not published or not measured. A task's score is the mean of its headline metrics; a level is the
        mean of its three tasks. ± is the half width of the 95 % interval over your samples, patients and letters counted once across
        tasks; ranks are among your runs, a range where paired tests (Holm-corrected) leave it open. The published concept
        score is UMLS-F1; yours names its dictionary when you point at it. a published accuracy carries the
        exact binomial interval from its number of items, and only there. {board.about}
      </p>
      <Differences runs={book.report.runs} />
    </>
  );
}

function Legend({ mine }: { mine: boolean }) {
  return (
    <span class="legend">
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" class="dot published">
        <circle cx="6" cy="6" r="4.2" />
      </svg>{" "}
      published, general{" "}
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" class="dot published biomedical">
        <path d="M6 1.5l5 8.6h-10z" />
      </svg>{" "}
      published, biomedical{" "}
      {mine && (
        <>
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" class="dot mine" style={{ color: "var(--run-0)" }}>
            <path d="M7 .5l6.5 6.5l-6.5 6.5l-6.5 -6.5z" />
          </svg>{" "}
          your runs, bars are 95 % intervals.
        </>
      )}
    </span>
  );
}

function Row(props: { row: BoardRow; run: Run | undefined; color: string; columns: Column[]; chosen: boolean; choose: () => void }) {
  const { row, run } = props;
  return (
    <tr class={`${row.source} ${props.chosen ? "chosen" : ""}`} style={run ? { "--c": props.color } : undefined} onClick={props.choose}>
      <th scope="row">
        {run ? (
          <>
            <a href={link("run", run.id)} onClick={(e) => e.stopPropagation()}>
              <bdi>{row.name}</bdi>
            </a>{" "}
            <span class="mark yours">yours</span> <Marks marks={run.marks} />
          </>
        ) : (
          <>
            <bdi>{row.name}</bdi>
            {row.domain === "biomedical" && <span class="tag">biomedical</span>}
          </>
        )}
      </th>
      <td class="num size">{size(row.size_b)}</td>
      {props.columns.map((c) => (
        <Cell key={c.key} at={c.get(row)} strong={c.strong} first={c.first} rank={c.key === "level1" ? row.rank1 : c.key === "level2" ? row.rank2 : null} tie={c.key === "level1" ? row.tie1 : c.key === "level2" ? row.tie2 : null} />
      ))}
    </tr>
  );
}

function Cell(props: { at: Interval | undefined; strong?: boolean; first?: boolean; rank: [number, number] | null; tie: number | null }) {
  const { at } = props;
  const kind = `num ${props.strong ? "strong" : ""} ${props.first ? "first" : ""}`;
  if (!at || at.value === null) return <td class={`${kind} gap`} title={at?.why || "not published or not measured"} />;
  const half = at.low !== null && at.high !== null ? (at.high - at.low) / 2 : null;
  const says = [
    `${percent(at.value)} %`,
    interval(at.low, at.high) && `95 % interval ${interval(at.low, at.high)}`,
    at.n !== null && `n ${at.n}`,
    at.method,
    props.rank && (props.rank[0] === props.rank[1] ? `rank ${props.rank[0]} of your runs` : `rank ${props.rank[0]} to ${props.rank[1]} of your runs`),
    props.tie && `tie group ${props.tie} of your runs`,
  ];
  return (
    <td class={kind} title={says.filter(Boolean).join("; ")}>
      {percent(at.value)}
      {half !== null && <small> ±{percent(half)}</small>}
      {props.rank && (
        <small class="rank">
          rank {props.rank[0] === props.rank[1] ? props.rank[0] : `${props.rank[0]}–${props.rank[1]}`}
        </small>
      )}
    </td>
  );
}

function Head(props: {
  title: string;
  id: Key;
  sort: { key: Key; down: boolean };
  set: (sort: { key: Key; down: boolean }) => void;
  numeric?: boolean;
  first?: boolean;
}) {
  const here = props.sort.key === props.id;
  return (
    <th scope="col" class={`${props.numeric ? "num" : ""} ${props.first ? "first" : ""}`} aria-sort={here ? (props.sort.down ? "descending" : "ascending") : "none"}>
      <button type="button" class={`sort ${here ? "here" : ""}`} onClick={() => props.set({ key: props.id, down: here ? !props.sort.down : props.id !== "name" })}>
        {props.title}
        <i aria-hidden="true">{here ? (props.sort.down ? "↓" : "↑") : ""}</i>
      </button>
    </th>
  );
}

export function Select(props: { label: string; value: string; set: (value: string) => void; options: [string, string][] }) {
  return (
    <label class="select">
      <span>{props.label}</span>
      <select value={props.value} onChange={(e) => props.set(e.currentTarget.value)}>
        {props.options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function Differences({ runs }: { runs: Run[] }) {
  if (!runs.length) return null;
  return (
    <section>
      <h2>What differs from the published setting</h2>
      <p class="note">A figure of yours stands beside a published one with exactly these differences.</p>
      <div class="cards">
        {runs.map((run) => (
          <article key={run.id} class="card">
            <h3>
              <a href={link("run", run.id)}>
                <bdi>{run.name}</bdi>
              </a>{" "}
              <Marks marks={run.marks} />
            </h3>
            {run.differs.length === 0 ? (
              <p>Nothing that the program can see.</p>
            ) : (
              <dl class="differs">
                {run.differs.map((d) => (
                  <div key={d.what}>
                    <dt>{d.what}</dt>
                    <dd>
                      {d.here} <span class="published-value">published: {d.published}</span>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </article>
        ))}
      </div>
    </section>
  );
}

function make_columns(board: { columns: { key: string; title: string; level: number; metrics: { key: string; title: string }[] }[] }, detail: boolean): Column[] {
  const out: Column[] = [];
  for (const level of [1, 2]) {
    const name = `level${level}` as "level1" | "level2";
    out.push({ key: name, title: `Level ${level}`, group: `Level ${level}`, strong: true, first: true, get: (row) => row[name] });
    for (const task of board.columns.filter((c) => c.level === level)) {
      if (!detail) out.push({ key: task.key, title: task.title, group: "", get: (row) => row.scores[task.key] });
      else
        task.metrics.forEach((metric, i) =>
          out.push({ key: metric.key, title: metric.title, group: task.title, first: i === 0, get: (row) => row.metrics[metric.key] }),
        );
    }
  }
  return out;
}

function groups(columns: Column[]): [string, number][] {
  const out: [string, number][] = [];
  for (const c of columns) {
    const last = out[out.length - 1];
    if (last && last[0] === c.group) last[1]++;
    else out.push([c.group, 1]);
  }
  return out.map(([title, n]) => [title.startsWith("Level") ? "" : title, n]);
}

function order(a: number | null, b: number | null, down: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return down ? b - a : a - b;
}

function in_size(row: BoardRow, which: string): boolean {
  if (!which) return true;
  if (row.size_b === null) return row.source === "run";
  return which === "s" ? row.size_b <= 8 : which === "m" ? row.size_b > 8 && row.size_b <= 50 : row.size_b > 50;
}
