// The small charts of the task view: status bar, histogram, bars with intervals, heat map, matrix.
import { scaleLinear } from "d3-scale";
import { AxisX, useWidth } from "./base";
import { count, percent, STATUS_NAMES } from "../format";
import { STATUSES, type Breakdown, type Status } from "../report";

export function StatusBar({ status, total }: { status: Record<Status, number>; total: number }) {
  const parts = STATUSES.filter((name) => status[name] > 0);
  return (
    <div class="status-bar">
      <div class="track" aria-hidden="true">
        {parts.map((name) => (
          <span key={name} class={`s-${name}`} style={{ flexGrow: status[name] }} title={`${STATUS_NAMES[name]}: ${count(status[name])}`} />
        ))}
      </div>
      <ul>
        {parts.map((name) => (
          <li key={name}>
            <i class={`s-${name}`} /> {STATUS_NAMES[name]} <b>{count(status[name])}</b>
            <small> {total ? percent(status[name] / total) : "–"} %</small>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Histogram({ bins, mean, color }: { bins: number[]; mean: number | null; color: string }) {
  const [place, width] = useWidth(320);
  const height = 92;
  const left = 4;
  const right = width - 8;
  const bottom = height - 20;
  const most = Math.max(1, ...bins);
  const x = scaleLinear().domain([0, 1]).range([left, right]);
  const step = (right - left) / bins.length;
  return (
    <div ref={place} class="chart histogram" style={{ color }}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label="Distribution of sample scores">
        <AxisX ticks={[0, 0.25, 0.5, 0.75, 1]} at={x} y={bottom} top={bottom} text={(v) => String(v * 100)} />
        {bins.map((n, i) => {
          const h = n ? Math.max(1, (n / most) * (bottom - 8)) : 0;
          return (
            <rect key={i} class="bar" x={left + i * step + 0.5} width={Math.max(1, step - 1)} y={bottom - h} height={h}>
              <title>{`${percent(i / bins.length)} to ${percent((i + 1) / bins.length)}: ${count(n)} samples`}</title>
            </rect>
          );
        })}
        {mean !== null && (
          <g>
            <line class="mean" x1={x(mean)} x2={x(mean)} y1={2} y2={bottom} />
            <title>mean {percent(mean)}</title>
          </g>
        )}
      </svg>
    </div>
  );
}

export function Bars({ data, color }: { data: Extract<Breakdown, { kind: "bars" }>; color: string }) {
  const [place, width] = useWidth(420);
  const label = Math.min(200, width * 0.42);
  const left = label + 8;
  const right = width - 96;
  const height = data.rows.length * 22 + 26;
  const most = Math.max(0.1, ...data.rows.map((row) => row.high ?? row.mean ?? 0));
  const x = scaleLinear().domain([0, Math.min(1, most)]).nice(4).range([left, right]);
  return (
    <div ref={place} class="chart bars" style={{ color }}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="table" aria-label={data.title}>
        <AxisX ticks={x.ticks(4)} at={x} y={height - 20} top={2} text={(v) => String(Math.round(v * 100))} />
        {data.rows.map((row, i) => {
          const y = i * 22 + 12;
          return (
            <g key={row.label} role="row">
              <text role="rowheader" class="label" x={0} y={y + 4}>
                {row.label.length > label / 6.4 ? `${row.label.slice(0, Math.floor(label / 6.4) - 1)}…` : row.label}
                <title>{row.label}</title>
              </text>
              {row.mean !== null && <rect class="bar soft" x={left} y={y - 6} height={12} width={Math.max(1, x(row.mean) - left)} />}
              {row.low !== null && row.high !== null && <line class="range" x1={x(row.low)} x2={x(row.high)} y1={y} y2={y} />}
              {row.mean !== null && <circle class="at" cx={x(row.mean)} cy={y} r={3} />}
              <text role="cell" class="value" x={width - 48} y={y + 4} text-anchor="end">
                {percent(row.mean)}
              </text>
              <text role="cell" class="n" x={width - 2} y={y + 4} text-anchor="end">
                n {count(row.n)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

export function Heat({ data }: { data: Extract<Breakdown, { kind: "heat" }> }) {
  const cell = new Map(data.cells.map((c) => [`${c.x}/${c.y}`, c]));
  return (
    <div class="scroll">
      <table class="heat">
        <caption>
          {data.y_title} (rows) by {data.x_title} (columns)
        </caption>
        <thead>
          <tr>
            <td />
            {data.x.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.y.map((name, j) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {data.x.map((_, i) => {
                const c = cell.get(`${i}/${j}`);
                if (!c || c.mean === null) return <td key={i} class="gap" aria-label="no samples" />;
                return (
                  <td key={i} class={`${c.mean > 0.62 ? "deep" : ""} ${c.n < 10 ? "few" : ""}`} style={{ "--v": c.mean }} title={`${c.n} samples`}>
                    {percent(c.mean)}
                    <small>{count(c.n)}</small>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Matrix({ data }: { data: Extract<Breakdown, { kind: "matrix" }> }) {
  return (
    <div class="scroll">
      <table class="heat matrix">
        <caption>
          {data.y_title} (rows) by {data.x_title} (columns)
        </caption>
        <thead>
          <tr>
            <td />
            {data.x.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.counts.map((row, j) => {
            const total = row.reduce((a, b) => a + b, 0);
            return (
              <tr key={j}>
                <th scope="row">{data.y[j]}</th>
                {row.map((n, i) => {
                  const share = total ? n / total : 0;
                  return (
                    <td key={i} class={share > 0.62 ? "deep" : ""} style={{ "--v": share }}>
                      {count(n)}
                      <small>{percent(share)}</small>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
