// Run: everything one needs in order to repeat it.
import { useState } from "preact/hooks";
import { Marks, MARK_NAMES, useBook } from "../app";
import { count, seconds, short_hash } from "../format";
import { link, type Route } from "../route";
import type { Pass, Run } from "../report";

export function RunView({ route }: { route: Route }) {
  const { report } = useBook();
  const run = report.runs.find((r) => r.id === route.path) ?? report.runs[0];
  if (!run) return <p class="empty">No run is in this report.</p>;
  return (
    <>
      {report.runs.length > 1 && (
        <nav class="chips" aria-label="Runs">
          {report.runs.map((r) => (
            <a key={r.id} href={link("run", r.id)} class={r === run ? "here" : ""} aria-current={r === run ? "true" : undefined}>
              <bdi>{r.name}</bdi>
            </a>
          ))}
        </nav>
      )}
      <section class="lead">
        <h1>
          <bdi>{run.name}</bdi> <Marks marks={run.marks} />
        </h1>
        {run.marks.map((mark) => (
          <p key={mark.kind} class="standfirst small">
            <b>{MARK_NAMES[mark.kind]}.</b> {mark.text}
          </p>
        ))}
      </section>
      <Repeat run={run} />
      <h2>Model</h2>
      <dl class="facts">
        <Fact name="Given as" value={run.model.spec} mono />
        <Fact name="Kind" value={run.model.kind} />
        <Fact name="Content hash" value={run.model.content_hash} mono />
        <Fact name="Chat template hash" value={run.model.template_hash || "none (the server's own)"} mono />
        <Fact name="Context length" value={run.model.context_length ? `${count(run.model.context_length)} tokens` : "unknown"} />
        {Object.entries(run.model.details).map(([name, value]) => (
          <Fact key={name} name={name.replaceAll("_", " ")} value={value} />
        ))}
      </dl>
      {run.differs.length > 0 && (
        <>
          <h2>What differs from the published setting</h2>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Here</th>
                <th scope="col">Published</th>
              </tr>
            </thead>
            <tbody>
              {run.differs.map((d) => (
                <tr key={d.what}>
                  <th scope="row">{d.what}</th>
                  <td>{d.here}</td>
                  <td>{d.published}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <h2>Passes</h2>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">Rules</th>
              <th scope="col" class="num">Samples</th>
              <th scope="col" class="num">Prompt tokens</th>
              <th scope="col" class="num">of these reused</th>
              <th scope="col" class="num">Output tokens</th>
              <th scope="col" class="num">Model time</th>
              <th scope="col" class="num">Output tokens/s</th>
            </tr>
          </thead>
          <tbody>
            {run.passes.map((pass) => (
              <PassLine key={pass.id} pass={pass} />
            ))}
          </tbody>
        </table>
      </div>
      {run.passes.map((pass) => (
        <PassFacts key={pass.id} pass={pass} />
      ))}
    </>
  );
}

function PassLine({ pass }: { pass: Pass }) {
  const book = useBook();
  const t = pass.tokens;
  return (
    <tr>
      <th scope="row">
        <a href={link("task", pass.task)}>{book.task(pass.task).title}</a>
      </th>
      <td>{pass.rules}</td>
      <td class="num">
        {count(pass.done)} <small>of {count(pass.planned)}</small>
      </td>
      <td class="num">{count(t.prompt)}</td>
      <td class="num">{count(t.reused)}</td>
      <td class="num">{count(t.output)}</td>
      <td class="num">{seconds(t.seconds)}</td>
      <td class="num">{t.seconds > 0 && t.output > 0 ? (t.output / t.seconds).toFixed(1) : "–"}</td>
    </tr>
  );
}

function PassFacts({ pass }: { pass: Pass }) {
  const book = useBook();
  return (
    <details class="pass-facts">
      <summary>
        {book.task(pass.task).title}: hashes, prompts, decoding, data <code>{short_hash(pass.key)}</code>
      </summary>
      <dl class="facts">
        <Fact name="Pass key" value={pass.key} mono />
        <Fact name="Started" value={pass.created} />
        <Fact name="Data" value={pass.data.path} mono />
        <Fact name="Data hash" value={pass.data.sha256} mono />
        {flatten(pass.spec).map(([name, value]) => (
          <Fact key={name} name={name.replaceAll("_", " ")} value={value} mono={/hash/.test(name)} />
        ))}
        {Object.entries(pass.facts).map(([name, value]) => (
          <Fact key={name} name={name.replaceAll("_", " ")} value={value} />
        ))}
      </dl>
    </details>
  );
}

function flatten(value: Record<string, unknown>, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([name, v]): [string, string][] =>
    v !== null && typeof v === "object" && !Array.isArray(v)
      ? flatten(v as Record<string, unknown>, `${prefix}${name} · `)
      : [[prefix + name, String(v)]],
  );
}

function Repeat({ run }: { run: Run }) {
  const lines = [...new Set(run.passes.map((p) => p.command_line).filter(Boolean))];
  const [copied, set] = useState(false);
  if (!lines.length) return null;
  const text = lines.join("\n");
  return (
    <div class="repeat">
      <h2>To repeat it</h2>
      <pre dir="ltr">{text}</pre>
      <button
        type="button"
        onClick={() => {
          navigator.clipboard?.writeText(text).then(
            () => set(true),
            () => undefined,
          );
        }}
      >
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

function Fact({ name, value, mono }: { name: string; value: string; mono?: boolean }) {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd class={mono ? "mono" : ""}>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}
