import { beforeAll, describe, expect, it, vi } from "vitest";
import { interval, percent, points, round1, visible } from "../src/format";
import { link, parse_route } from "../src/route";

// The page's modules look at the document when they load.
beforeAll(() => {
  vi.stubGlobal("document", { documentElement: { dataset: {} }, addEventListener() {}, getElementById: () => null });
});

describe("numbers", () => {
  it("rounds half up, as the C++ side does", () => {
    expect(percent(0.4645)).toBe("46.5");
    expect(percent(0.1225)).toBe("12.3");
    expect(percent(0)).toBe("0.0");
    expect(percent(-0.0001)).toBe("0.0");
    expect(percent(null)).toBe("–");
    expect(round1(1.25)).toBe(1.3);
  });
  it("signs differences", () => {
    expect(points(0.012)).toBe("+1.2");
    expect(points(-0.012)).toBe("\u22121.2");
    expect(interval(0.1, 0.2)).toBe("10.0 to 20.0");
  });
});

describe("hostile text", () => {
  it("writes out what would reorder or hide text", () => {
    expect(visible("a\u202eb\u0000c")).toBe("a⟨RLO⟩b⟨U+0000⟩c");
    expect(visible("שלום\n\tü")).toBe("שלום\n\tü");
  });
});

describe("addresses", () => {
  it("go there and back", () => {
    const route = parse_route(link("samples", "r0p1", { status: "cut", at: 12, sort: "" }));
    expect(route.view).toBe("samples");
    expect(route.path).toBe("r0p1");
    expect(route.query.get("status")).toBe("cut");
    expect(route.query.has("sort")).toBe(false);
    expect(parse_route("#/task/%").path).toBe("%");
  });
});

describe("chunks", () => {
  it("finds the part that holds a position", async () => {
    const { find_ref } = await import("../src/load");
    const refs = [
      { id: "a", first: 0, count: 3 },
      { id: "b", first: 3, count: 2 },
    ];
    expect(find_ref(refs, 2)?.id).toBe("a");
    expect(find_ref(refs, 4)?.id).toBe("b");
    expect(find_ref(refs, 5)).toBeUndefined();
  });
  it("unpacks what C++ packs: zlib, then base64", async () => {
    const { inflate } = await import("../src/load");
    const { zlibSync, strToU8 } = await import("fflate");
    const packed = Buffer.from(zlibSync(strToU8("übergroß"))).toString("base64");
    expect(await inflate(packed)).toBe("übergroß");
  });
});

describe("word diff", () => {
  it("marks what each side has alone", async () => {
    const { word_diff } = await import("../src/diff");
    const parts = word_diff("a safe dose", "a lethal dose");
    expect(parts.filter((p) => p.side !== "b").map((p) => p.text).join("")).toBe("a safe dose");
    expect(parts.filter((p) => p.side !== "a").map((p) => p.text).join("")).toBe("a lethal dose");
  });
});

describe("labels", () => {
  it("never overlap", async () => {
    const { place_labels, touches } = await import("../src/charts/base");
    const points_in = Array.from({ length: 30 }, (_, i) => ({ x: 100 + (i % 6) * 30, y: 100 + i * 4, w: 90, priority: i }));
    const placed = place_labels(points_in, { x: 0, y: 0, w: 600, h: 400 });
    const boxes = placed.flatMap((at, i) => (at ? [{ x: at.x, y: at.y - 10, w: points_in[i]!.w, h: 13 }] : []));
    for (let i = 0; i < boxes.length; ++i) for (let k = 0; k < i; ++k) expect(touches(boxes[i]!, boxes[k]!)).toBe(false);
  });
});
