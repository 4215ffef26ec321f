// The address of a view lives after '#', so that a link or a bookmark opens the same place, also from
// a file on disk: #/samples/r0.meqsum?status=cut&at=12
import { useEffect, useState } from "preact/hooks";

export interface Route {
  view: string;
  path: string;
  query: URLSearchParams;
}

export function parse_route(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return { view: view || "board", path: rest.map(decode).join("/"), query: new URLSearchParams(query) };
}

export function link(view: string, path = "", query: Record<string, string | number | null> = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== "") params.set(key, String(value));
  }
  const tail = params.toString();
  return `#/${view}${path ? `/${encodeURIComponent(path)}` : ""}${tail ? `?${tail}` : ""}`;
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse_route(location.hash));
  useEffect(() => {
    const go = () => set(parse_route(location.hash));
    addEventListener("hashchange", go);
    return () => removeEventListener("hashchange", go);
  }, []);
  return route;
}

/** Changes the address without a new entry in the browser's history (filters, cursor). */
export function replace_route(hash: string): void {
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
