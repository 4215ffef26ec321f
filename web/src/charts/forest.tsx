// Rows of a value with its interval on one shared axis: metrics of a task, differences of a
// comparison. Published values appear as small grey ticks on the same line.
import { scaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import { AxisX, useWidth } from "./base";

export interface ForestRow {
  key: string;
  label: string;
  value: number | null;
  low: number | null;
  high: number | null;
  color?: string;
  strong?: boolean;
  faint?: boolean;
  head?: boolean;
  text: string;
  why?: string;
  ticks?: { value: number; title: string }[];
  href?: string;
}

export function Forest(props: {
  rows: ForestRow[];
  zero?: boolean;
  label: string;
  tick: (value: number) => string;
  left_note?: string;
  right_note?: string;
  label_width?: number;
  children?: ComponentChildren;
}) {
  const [place, width] = useWidth(760);
  const narrow = width < 560;
  const label_width = Math.min(props.label_width ?? 190, narrow ? width * 0.36 : width * 0.4);
  const text_space = narrow ? 92 : 150;
  const left = label_width + 12;
  const right = width - text_space - 8;
  const row_height = 26;
  const top = props.zero ? 22 : 8;
  const bottom = top + props.rows.length * row_height + 4;
  const values = props.rows.flatMap((row) => [row.value, row.low, row.high, ...(row.ticks ?? []).map((t) => t.value)]);
  const real = values.filter((v): v is number => v !== null);
  let domain: [number, number];
  if (props.zero) {
    const most = Math.max(0.01, ...real.map(Math.abs)) * 1.08;
    domain = [-most, most];
  } else domain = [0, Math.min(1, Math.max(0.1, ...real) * 1.06)];
  const x = scaleLinear().domain(domain).nice(5).range([left, right]);
  return (
    <div ref={place} class="chart forest">
      <svg width={width} height={bottom + 24} viewBox={`0 0 ${width} ${bottom + 24}`} role="table" aria-label={props.label}>
        <AxisX ticks={x.ticks(narrow ? 3 : 5)} at={x} y={bottom} top={top - 4} text={props.tick} />
        {props.zero && (
          <g aria-hidden="true">
            <line class="zero" x1={x(0)} x2={x(0)} y1={top - 6} y2={bottom} />
            <text class="side" x={x(0) - 8} y={top - 10} text-anchor="end">
              {props.left_note}
            </text>
            <text class="side" x={x(0) + 8} y={top - 10}>
              {props.right_note}
            </text>
          </g>
        )}
        {props.rows.map((row, i) => {
          const y = top + i * row_height + row_height / 2;
          if (row.head) {
            return (
              <text key={row.key} class="group" x={0} y={y + 5} role="row">
                {row.label}
              </text>
            );
          }
          return (
            <g key={row.key} role="row" class={row.faint ? "faint" : ""} style={{ color: row.color ?? "var(--accent)" }}>
              <title>{`${row.label}: ${row.text}${row.why ? ` (${row.why})` : ""}`}</title>
              {row.href ? (
                <a href={row.href}>
                  <Label row={row} width={label_width} y={y} />
                </a>
              ) : (
                <Label row={row} width={label_width} y={y} />
              )}
              {row.ticks?.map((t, k) => (
                <line key={k} class="tick" x1={x(t.value)} x2={x(t.value)} y1={y - 6} y2={y + 6}>
                  <title>{t.title}</title>
                </line>
              ))}
              {row.low !== null && row.high !== null && <line class="range" x1={x(row.low)} x2={x(row.high)} y1={y} y2={y} />}
              {row.value !== null ? (
                <circle class="at" cx={x(row.value)} cy={y} r={row.strong ? 4.6 : 3.6} />
              ) : (
                <text class="missing" x={left + 4} y={y + 4}>
                  {row.why ? clip(row.why, right - left) : "not measured"}
                </text>
              )}
              <text role="cell" class={`value ${row.strong ? "strong" : ""}`} x={width - 2} y={y + 4} text-anchor="end">
                {row.text}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Label({ row, width, y }: { row: ForestRow; width: number; y: number }) {
  return (
    <text role="rowheader" class={`label ${row.strong ? "strong" : ""}`} x={0} y={y + 4}>
      {clip(row.label, width)}
    </text>
  );
}

function clip(text: string, width: number): string {
  const most = Math.max(6, Math.floor(width / 6.6));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
