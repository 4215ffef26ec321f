// Level 1 against level 2. Published models are quiet rings, the user's runs filled diamonds with
// their intervals. Models without level 2 stand as ticks below the axis: a gap is not a zero.
import { scaleLinear } from "d3-scale";
import { AxisX, place_labels, text_width, useFonts, useWidth } from "./base";
import { percent, size } from "../format";
import type { BoardRow } from "../report";

export interface Dot {
  row: BoardRow;
  color: string;
}

export function Scatter({ dots, chosen, on_choose }: { dots: Dot[]; chosen: string; on_choose: (id: string) => void }) {
  const [place, width] = useWidth(900);
  useFonts();
  const height = Math.max(340, Math.min(500, width * 0.52));
  const left = 46;
  const right = width - 14;
  const top = 26;
  const bottom = height - 74;
  const strip = height - 22;
  const both = dots.filter((d) => d.row.level1.value !== null && d.row.level2.value !== null);
  const one = dots.filter((d) => d.row.level1.value !== null && d.row.level2.value === null);
  const x = scaleLinear().domain(extent(dots, "level1")).nice(8).range([left, right]);
  const y = scaleLinear().domain(extent(both, "level2")).nice(8).range([bottom, top]);
  const points = both.map((d) => ({
    x: x(d.row.level1.value!),
    y: y(d.row.level2.value!),
    w: text_width(short(d.row.name)),
    priority: (d.row.source === "run" ? 1000 : 0) + d.row.level2.value!,
  }));
  const labels = place_labels(points, { x: left, y: top - 8, w: right - left + 12, h: bottom - top + 6 });
  const below = place_labels(
    one.map((d) => ({
      x: x(d.row.level1.value!),
      y: strip - 8,
      w: text_width(short(d.row.name)),
      priority: d.row.source === "run" ? 1000 : 0,
    })),
    { x: left, y: strip - 26, w: right - left + 12, h: 36 },
  );
  return (
    <div ref={place} class="chart">
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label="Level 1 against level 2">
        <AxisX ticks={x.ticks(8)} at={x} y={bottom} top={top} text={tick} />
        <g class="axis" aria-hidden="true">
          {y.ticks(7).map((value) => (
            <g key={value} transform={`translate(0,${y(value)})`}>
              <line class="grid" x1={left} x2={right} />
              <text x={left - 8} dy="0.32em" text-anchor="end">
                {tick(value)}
              </text>
            </g>
          ))}
          <text class="axis-title" x={left - 32} y={top - 14}>
            Level 2
          </text>
          <text class="axis-title" x={right} y={bottom + 30} text-anchor="end">
            Level 1
          </text>
          {one.length > 0 && (
            <>
              <line class="rule" x1={left} x2={right} y1={strip - 8} y2={strip - 8} />
              <text x={left} y={bottom + 30}>
                Level 2 not published or not measured
              </text>
            </>
          )}
        </g>
        {both.map((d, i) => (
          <Point key={d.row.id} dot={d} x={points[i]!.x} y={points[i]!.y} at={{ x, y }} chosen={chosen} on_choose={on_choose} />
        ))}
        {one.map((d) => (
          <Point key={d.row.id} dot={d} x={x(d.row.level1.value!)} y={strip - 8} at={{ x, y: null }} chosen={chosen} on_choose={on_choose} />
        ))}
        <g class="labels" aria-hidden="true">
          {both.map((d, i) => labels[i] && <Name key={d.row.id} dot={d} at={labels[i]!} />)}
          {one.map((d, i) => below[i] && <Name key={d.row.id} dot={d} at={below[i]!} />)}
        </g>
      </svg>
    </div>
  );
}

type Scale = (value: number) => number;

function Point(props: {
  dot: Dot;
  x: number;
  y: number;
  at: { x: Scale; y: Scale | null };
  chosen: string;
  on_choose: (id: string) => void;
}) {
  const { row, color } = props.dot;
  const mine = row.source === "run";
  const says = `${row.name}${row.size_b ? `, ${size(row.size_b)}` : ""}: level 1 ${percent(row.level1.value)}, level 2 ${percent(row.level2.value)}${mine ? " (your run)" : " (published)"}`;
  return (
    <g
      class={`dot ${mine ? "mine" : "published"} ${row.domain} ${props.chosen === row.id ? "chosen" : ""}`}
      style={mine ? { color } : undefined}
      tabIndex={0}
      role="button"
      aria-label={says}
      onClick={() => props.on_choose(row.id)}
      onKeyDown={(e) => {
        if (e.key === "Enter" || e.key === " ") {
          e.preventDefault();
          props.on_choose(row.id);
        }
      }}
    >
      <title>{says}</title>
      {mine && row.level1.low !== null && row.level1.high !== null && (
        <line class="error-bar" x1={props.at.x(row.level1.low)} x2={props.at.x(row.level1.high)} y1={props.y} y2={props.y} />
      )}
      {mine && props.at.y && row.level2.low !== null && row.level2.high !== null && (
        <line class="error-bar" y1={props.at.y(row.level2.low)} y2={props.at.y(row.level2.high)} x1={props.x} x2={props.x} />
      )}
      <circle class="hit" cx={props.x} cy={props.y} r={11} />
      {mine ? (
        <path d={`M${props.x} ${props.y - 6.5}l6.5 6.5l-6.5 6.5l-6.5 -6.5z`} />
      ) : row.domain === "biomedical" ? (
        <path d={`M${props.x} ${props.y - 5.2}l5 8.6h-10z`} />
      ) : (
        <circle cx={props.x} cy={props.y} r={4.2} />
      )}
    </g>
  );
}

function Name({ dot, at }: { dot: Dot; at: { x: number; y: number } }) {
  return (
    <text class={dot.row.source === "run" ? "mine" : ""} x={at.x} y={at.y} style={dot.row.source === "run" ? { fill: dot.color } : undefined}>
      {short(dot.row.name)}
    </text>
  );
}

const tick = (value: number) => String(Math.round(value * 100));
const short = (name: string) => (name.length > 30 ? `${name.slice(0, 28)}…` : name);

function extent(dots: Dot[], level: "level1" | "level2"): [number, number] {
  let low = 1;
  let high = 0;
  for (const { row } of dots) {
    const at = row[level];
    if (at.value === null) continue;
    low = Math.min(low, at.low ?? at.value);
    high = Math.max(high, at.high ?? at.value);
  }
  return low > high ? [0, 1] : [Math.max(0, low - 0.02), Math.min(1, high + 0.02)];
}
