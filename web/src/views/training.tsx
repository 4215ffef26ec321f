// Does biomedical training help? Every tuned model against the model it was tuned from: the paper's
// question, for published pairs and for the user's own.
import { scaleLinear } from "d3-scale";
import { useState } from "preact/hooks";
import { useBook } from "../app";
import { useWidth } from "../charts/base";
import { percent, points } from "../format";
import type { Route } from "../route";
import type { BoardColumn, BoardRow, Pair } from "../report";
import { Select } from "./board";

export function Training(_: { route: Route }) {
  const { report } = useBook();
  const { board } = report;
  const [which, set_which] = useState("biomedical");
  const rows = new Map(board.rows.map((row) => [row.id, row]));
  const pairs = board.pairs.filter((pair) => !which || pair.domain === which || pair.source === "run");
  const columns = board.columns.filter((c) => pairs.some((p) => p.scores[c.key]?.diff != null));
  const all = pairs.flatMap((p) => columns.map((c) => p.scores[c.key]?.diff ?? null)).filter((d): d is number => d !== null);
  const better = all.filter((d) => d > 0).length;
  return (
    <>
      <section class="lead">
        <h1>Does biomedical training help on clinical tasks?</h1>
        <p class="standfirst">
          Each arrow starts at the base model and ends at the model tuned from it. {answer(which, better, all.length)}
        </p>
      </section>
      <div class="filters">
        <Select label="Pairs" value={which} set={set_which} options={[["biomedical", "biomedical tuning"], ["general", "general tuning"], ["", "all"]]} />
        <span class="legend">
          <i class="swatch up" /> better after tuning <i class="swatch down" /> worse after tuning
        </span>
      </div>
      {pairs.length === 0 ? (
        <p class="empty">No pair to show. Name the pair: clue report --pairs BASE=TUNED</p>
      ) : (
        <ArrowTable pairs={pairs} columns={columns} rows={rows} />
      )}
      <p class="note">
        Differences are in percentage points of a task's score (the mean of its headline metrics). Published pairs have no
        samples here, so no interval and no test. Where both models are runs of yours, the arrow's text gives the 95 %
        interval of the paired difference over common samples; a grey arrow's interval holds zero. Pairs marked <b>°</b> are known from the models' own cards, not named in the published table.
      </p>
    </>
  );
}

function answer(which: string, better: number, all: number): string {
  if (!all) return "";
  const what = which === "biomedical" ? "Biomedical tuning" : which === "general" ? "General tuning" : "Tuning";
  return `${what} gave a better score in ${better} of ${all} comparisons shown here and a worse or equal one in ${all - better}.`;
}

function ArrowTable({ pairs, columns, rows }: { pairs: Pair[]; columns: BoardColumn[]; rows: Map<string, BoardRow> }) {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(pair.base, [...(groups.get(pair.base) ?? []), pair]);
  return (
    <div class="scroll sticky">
      <table class="arrows">
        <thead>
          <tr>
            <th scope="col">Base and tuned model</th>
            {columns.map((c) => (
              <th key={c.key} scope="col">
                {c.title}
              </th>
            ))}
            <th scope="col" class="num">
              Better on
            </th>
          </tr>
        </thead>
        {[...groups].map(([base, group]) => (
          <tbody key={base}>
            <tr class="base">
              <th scope="rowgroup" colSpan={columns.length + 2}>
                <bdi>{rows.get(base)?.name ?? base}</bdi>
              </th>
            </tr>
            {group.map((pair) => {
              const row = rows.get(pair.tuned);
              const diffs = columns.map((c) => pair.scores[c.key]?.diff ?? null).filter((d): d is number => d !== null);
              return (
                <tr key={pair.tuned} class={row?.source ?? ""}>
                  <th scope="row">
                    <bdi>{row?.name ?? pair.tuned}</bdi>
                    {pair.source === "card" && <b title="Known from the model's own card"> °</b>}
                    {row?.source === "run" && <> <span class="mark yours">yours</span></>}
                  </th>
                  {columns.map((c) => (
                    <td key={c.key}>
                      <Arrow pair={pair} column={c} domain={domain(pairs, c.key)} />
                    </td>
                  ))}
                  <td class="num">
                    {diffs.filter((d) => d > 0).length} <small>of {diffs.length}</small>
                  </td>
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function domain(pairs: Pair[], key: string): [number, number] {
  const values = pairs.flatMap((p) => [p.scores[key]?.base, p.scores[key]?.tuned]).filter((v): v is number => v != null);
  return [Math.max(0, Math.min(...values) - 0.02), Math.max(...values) + 0.02];
}

function Arrow({ pair, column, domain: range }: { pair: Pair; column: BoardColumn; domain: [number, number] }) {
  const [place, width] = useWidth(120);
  const at = pair.scores[column.key];
  if (!at || at.base === null || at.tuned === null || at.diff === null) {
    return <div ref={place} class="arrow gap" title="not published or not measured" />;
  }
  const room = Math.max(40, Math.min(width - (at.low === null ? 42 : 92), 160));
  const x = scaleLinear().domain(range).range([8, room - 8]);
  const from = x(at.base);
  const to = x(at.tuned);
  const up = at.diff > 0;
  const unclear = at.low !== null && at.high !== null && at.low <= 0 && at.high >= 0;
  const head = Math.abs(to - from) > 5 ? (up ? -5 : 5) : 0;
  const says = `${column.title}: ${percent(at.base)} to ${percent(at.tuned)} (${points(at.diff)} points${at.low !== null ? `, 95 % interval ${points(at.low)} to ${points(at.high)}` : ""})`;
  return (
    <div ref={place} class={`arrow ${unclear ? "unclear" : up ? "up" : "down"}`} title={says}>
      <svg width={room} height="20" role="img" aria-label={says}>
        <line class="rail" x1="4" x2={room - 4} y1="10" y2="10" />
        <circle cx={from} cy="10" r="3" class="from" />
        <line class="shaft" x1={from} x2={to + head * 0.6} y1="10" y2="10" />
        {head !== 0 ? <path class="head" d={`M${to} 10l${head * 1.3} -4.4v8.8z`} /> : <circle class="head" cx={to} cy="10" r="2" />}
      </svg>
      <span>
        {points(at.diff)}
        {at.low !== null && (
          <small>
            {" "}
            [{points(at.low)}, {points(at.high)}]
          </small>
        )}
      </span>
    </div>
  );
}
