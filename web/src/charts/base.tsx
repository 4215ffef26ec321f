// What the charts share: the width of their place, a quiet axis, and a tooltip that also works from
// the keyboard (every marked shape is focusable and has a title for screen readers).
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export function useWidth(fallback = 720): [{ current: HTMLDivElement | null }, number] {
  const place = useRef<HTMLDivElement>(null);
  const [width, set] = useState(fallback);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = () => set(Math.max(60, Math.round(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}

export function Figure(props: { title?: string; note?: ComponentChildren; children: ComponentChildren; wide?: boolean }) {
  return (
    <figure class={props.wide ? "wide" : ""}>
      {props.title && <figcaption>{props.title}</figcaption>}
      {props.children}
      {props.note && <p class="note">{props.note}</p>}
    </figure>
  );
}

export function AxisX(props: {
  ticks: number[];
  at: (value: number) => number;
  y: number;
  top: number;
  text: (value: number) => string;
  title?: string;
  right?: number;
}) {
  return (
    <g class="axis" aria-hidden="true">
      {props.ticks.map((tick) => (
        <g key={tick} transform={`translate(${props.at(tick)},0)`}>
          <line class="grid" y1={props.top} y2={props.y} />
          <text y={props.y + 15} text-anchor="middle">
            {props.text(tick)}
          </text>
        </g>
      ))}
      {props.title && (
        <text class="axis-title" x={props.right} y={props.y + 34} text-anchor="end">
          {props.title}
        </text>
      )}
    </g>
  );
}

/** Keeps labels apart: moves each down until it touches none placed before. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Chooses for each point one of eight places for its label that touches no point and no other
 * label; null where there is none (the name then shows on hover and in the table). */
export function place_labels(
  points: { x: number; y: number; w: number; priority: number }[],
  frame: Box,
): ({ x: number; y: number } | null)[] {
  const height = 13;
  const gap = 7;
  const dots: Box[] = points.map((p) => ({ x: p.x - 5, y: p.y - 5, w: 10, h: 10 }));
  const taken: Box[] = [];
  const out: ({ x: number; y: number } | null)[] = points.map(() => null);
  const order = points.map((_, i) => i).sort((a, b) => points[b]!.priority - points[a]!.priority);
  for (const i of order) {
    const p = points[i]!;
    const tries: [number, number][] = [
      [gap, -height / 2],
      [-gap - p.w, -height / 2],
      [-p.w / 2, -gap - height],
      [-p.w / 2, gap - 1],
      [gap - 2, -gap - height + 3],
      [gap - 2, gap - 3],
      [-gap - p.w + 2, -gap - height + 3],
      [-gap - p.w + 2, gap - 3],
    ];
    for (const [dx, dy] of tries) {
      const box = { x: p.x + dx, y: p.y + dy, w: p.w, h: height };
      const inside =
        box.x >= frame.x && box.y >= frame.y && box.x + box.w <= frame.x + frame.w && box.y + box.h <= frame.y + frame.h;
      if (!inside) continue;
      if (taken.some((other) => touches(box, other))) continue;
      if (dots.some((dot, k) => k !== i && touches(box, dot))) continue;
      taken.push(box);
      out[i] = { x: box.x, y: box.y + 10 };
      break;
    }
  }
  return out;
}

/** Redraws once the page's own fonts are there: labels are measured with them. */
export function useFonts(): boolean {
  const [ready, set] = useState(false);
  useEffect(() => {
    document.fonts.ready.then(() => set(true), () => undefined);
  }, []);
  return ready;
}

let ruler: CanvasRenderingContext2D | null | undefined;
export function text_width(text: string, font = "11.5px 'Inter Variable', system-ui, sans-serif"): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return text.length * 6.4;
  ruler.font = font;
  return ruler.measureText(text).width * 1.03 + 4;
}
