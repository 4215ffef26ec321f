// Task: every metric with its interval for every run, what became of the samples, how scores spread,
// and what the mistakes have in common.
import { useBook, Marks } from "../app";
import { Figure } from "../charts/base";
import { Forest, type ForestRow } from "../charts/forest";
import { Bars, Heat, Histogram, Matrix, StatusBar } from "../charts/small";
import { count, interval, metric_value, percent } from "../format";
import { link, type Route } from "../route";
import type { Breakdown, Mark, Pass, Ratings, Run, TaskInfo } from "../report";

export function Task({ route }: { route: Route }) {
  const book = useBook();
  const tasks = book.report.tasks.filter((task) => book.passes.some((p) => p.pass.task === task.name));
  const task = tasks.find((t) => t.name === route.path) ?? tasks[0];
  if (!task) return <p class="empty">No task was run yet.</p>;
  const here = book.passes.filter((p) => p.pass.task === task.name);
  return (
    <>
      <nav class="chips" aria-label="Tasks">
        {tasks.map((t) => (
          <a key={t.name} href={link("task", t.name)} class={t === task ? "here" : ""} aria-current={t === task ? "true" : undefined}>
            {t.title}
          </a>
        ))}
      </nav>
      <section class="lead">
        <h1>{task.title}</h1>
        <p class="standfirst">{task.about}</p>
      </section>
      <Metrics task={task} here={here} />
      {here.map(({ run, pass, label }) => (
        <PassSection key={pass.id} run={run} pass={pass} label={label} task={task} />
      ))}
    </>
  );
}

function Metrics({ task, here }: { task: TaskInfo; here: { run: Run; pass: Pass; label: string }[] }) {
  const book = useBook();
  const column = book.report.board.columns.find((c) => c.key === task.board);
  const rows: ForestRow[] = [];
  for (const metric of task.metrics.filter((m) => m.unit === "percent")) {
    const lines = here.flatMap(({ run, pass, label }) => {
      const summary = pass.metrics.find((s) => s.metric === metric.name);
      return summary ? [{ run, pass, label, summary }] : [];
    });
    if (!lines.length) continue;
    const ticks = published(book.report, column?.metrics.find((m) => m.key.endsWith(`/${metric.name}`) || m.title === metric.title)?.key);
    rows.push({ key: metric.name, label: metric.title + (metric.headline ? "" : " (beside the headline)"), value: null, low: null, high: null, text: "", head: true });
    for (const { run, pass, label, summary } of lines) {
      rows.push({
        key: `${metric.name}/${pass.id}`,
        label,
        value: summary.mean,
        low: summary.ci_low,
        high: summary.ci_high,
        color: book.color(run),
        strong: metric.headline,
        text: summary.mean === null ? "–" : `${percent(summary.mean)}${summary.ci_low !== null ? `  [${interval(summary.ci_low, summary.ci_high).replace(" to ", ", ")}]` : ""}`,
        why: summary.why,
        ticks: summary.mean === null ? [] : ticks,
        href: link("samples", pass.id, { sort: metric.name }),
      });
    }
  }
  return (
    <Figure
      wide
      note="Percent, with 95 % intervals over samples (clustered by patient or letter where the task has them). Grey ticks are the published models. A name leads to the samples, worst first."
    >
      <Forest rows={rows} label={`Metrics of ${task.title}`} tick={(v) => String(Math.round(v * 100))} label_width={230} />
    </Figure>
  );
}

function published(report: { board: { rows: { source: string; name: string; metrics: Record<string, { value: number | null }> }[] } }, key: string | undefined) {
  if (!key) return [];
  return report.board.rows.flatMap((row) => {
    const value = row.source === "published" ? row.metrics[key]?.value : null;
    return value === null || value === undefined ? [] : [{ value, title: `${row.name}: ${percent(value)} (published)` }];
  });
}

/** A run's marks that hold for this task. */
function marks_of(run: Run, pass: Pass) {
  const holds: Partial<Record<Mark["kind"], boolean>> = {
    examples: pass.data.examples,
    subset: pass.limit > 0,
    incomplete: pass.done < pass.planned || pass.status.error > 0,
  };
  return run.marks.filter((mark) => holds[mark.kind] ?? true);
}

function ratings_note({ answers, reviewers, means }: Ratings): string {
  const parts = Object.entries(means).map(([scale, mean]) => `${scale} ${mean.toFixed(1)}`);
  const people = reviewers === 1 ? "one reviewer" : `up to ${reviewers} reviewers`;
  return `${count(answers)} answers rated 1 to 5 by ${people}, blind to the model (mean: ${parts.join(", ")}). Rank correlation (Spearman) of each score with the mean rating.`;
}

function RatingTable({ ratings, task }: { ratings: Ratings; task: TaskInfo }) {
  const scales = [...new Set(ratings.correlations.map((c) => c.scale))];
  const metrics = [...new Set(ratings.correlations.map((c) => c.metric))];
  return (
    <div class="scroll">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {scales.map((scale) => <th key={scale} scope="col" class="num">{scale}</th>)}
            <th scope="col" class="num">n</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => {
            const row = ratings.correlations.filter((c) => c.metric === metric);
            return (
              <tr key={metric}>
                <td>{task.metrics.find((m) => m.name === metric)?.title ?? metric}</td>
                {scales.map((scale) => {
                  const rho = row.find((c) => c.scale === scale)?.spearman ?? null;
                  return <td key={scale} class="num">{rho === null ? "–" : rho.toFixed(2)}</td>;
                })}
                <td class="num">{count(Math.max(...row.map((c) => c.n)))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function PassSection({ run, pass, label, task }: { run: Run; pass: Pass; label: string; task: TaskInfo }) {
  const book = useBook();
  const color = book.color(run);
  const missing = pass.planned - pass.done;
  return (
    <section class="pass" style={{ "--c": color }}>
      <h2>
        <bdi>{label}</bdi> <Marks marks={marks_of(run, pass)} />
      </h2>
      <p class="note">
        {count(pass.done)} of {count(pass.planned)} samples
        {pass.limit > 0 && <> (a SUBSET: --limit {count(pass.limit)})</>}
        {missing > 0 && <>, {count(missing)} not yet generated</>}. <a href={link("samples", pass.id)}>Read the samples</a>
      </p>
      <StatusBar status={pass.status} total={pass.done} />
      <div class="grid">
        {pass.metrics
          .filter((s) => s.histogram.length > 0)
          .map((s) => {
            const info = task.metrics.find((m) => m.name === s.metric);
            if (info && !info.headline) return null;
            return (
              <Figure key={s.metric} title={`${info?.title ?? s.metric}, sample by sample`} note={`mean ${percent(s.mean)}, n ${count(s.n)}${s.missing ? `, ${count(s.missing)} left out` : ""}`}>
                <Histogram bins={s.histogram} mean={s.mean} color={color} />
              </Figure>
            );
          })}
        {pass.breakdowns.map((b) => (
          <Figure key={b.id} title={b.title} note={b.note} wide={b.kind === "heat" || b.kind === "matrix"}>
            <BreakdownChart data={b} color={color} />
          </Figure>
        ))}
        {pass.ratings && (
          <Figure title="Do the metrics agree with people?" note={ratings_note(pass.ratings)}>
            <RatingTable ratings={pass.ratings} task={task} />
          </Figure>
        )}
      </div>
      <details>
        <summary>All metrics as a table, with what pins each number</summary>
        <div class="scroll">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" class="num">Mean</th>
                <th scope="col" class="num">95 % interval</th>
                <th scope="col" class="num">n</th>
                <th scope="col" class="num">Left out</th>
                <th scope="col">Signature</th>
              </tr>
            </thead>
            <tbody>
              {pass.metrics.map((s) => {
                const info = task.metrics.find((m) => m.name === s.metric);
                const unit = info?.unit ?? "percent";
                return (
                  <tr key={s.metric}>
                    <th scope="row">
                      {info?.title ?? s.metric} {s.headline && <span class="tag">headline</span>}
                    </th>
                    <td class="num">{metric_value(s.mean, unit)}</td>
                    <td class="num">{s.ci_low === null ? "" : unit === "percent" ? interval(s.ci_low, s.ci_high) : `${metric_value(s.ci_low, unit)} to ${metric_value(s.ci_high, unit)}`}</td>
                    <td class="num">{count(s.n)}</td>
                    <td class="num">{s.missing ? count(s.missing) : ""}</td>
                    <td class="sig">{s.why || s.signature}{s.ci_method && <><br /><small>{s.ci_method}</small></>}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

export function BreakdownChart({ data, color }: { data: Breakdown; color: string }) {
  if (data.kind === "bars") return <Bars data={data} color={color} />;
  if (data.kind === "heat") return <Heat data={data} />;
  if (data.kind === "matrix") return <Matrix data={data} />;
  return (
    <div class="scroll">
      <table class="plain terms">
        <thead>
          <tr>
            <th scope="col">{data.columns[0]}</th>
            {data.columns.slice(1).map((c) => (
              <th key={c} scope="col" class="num">
                {c}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr key={row.term}>
              <th scope="row">
                <bdi class="mono">{row.term}</bdi> <span dir="auto">{row.text}</span>
              </th>
              {row.values.map((v, i) => (
                <td key={i} class="num">
                  {Number.isInteger(v) ? count(v) : percent(v)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
