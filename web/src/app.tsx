// The frame: title, tabs, banner of marks, theme; in a live view also the refresh.
import { createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { forget_chunks, get_json, live } from "./load";
import { link, useRoute } from "./route";
import type { Mark, Pass, Report, Run, TaskInfo } from "./report";
import { Board } from "./views/board";
import { Training } from "./views/training";
import { Task } from "./views/task";
import { Compare } from "./views/compare";
import { Samples } from "./views/samples";
import { RunView } from "./views/run";

export interface Book {
  report: Report;
  passes: { run: Run; pass: Pass; label: string }[];
  task(name: string): TaskInfo;
  color(run: Run): string;
}

const BookContext = createContext<Book | null>(null);
export const useBook = (): Book => useContext(BookContext)!;

function bind(report: Report): Book {
  const tasks = new Map(report.tasks.map((task) => [task.name, task]));
  const fallback = (name: string): TaskInfo => ({
    name,
    title: name,
    level: 0,
    kind: "text",
    data_use: "open",
    about: "",
    board: "",
    metrics: [],
  });
  return {
    report,
    passes: report.runs.flatMap((run) =>
      run.passes.map((pass) => ({
        run,
        pass,
        label: `${run.name}${pass.rules === "clue-2024" ? " (clue-2024 rules)" : ""}`,
      })),
    ),
    task: (name) => tasks.get(name) ?? fallback(name),
    color: (run) => `var(--run-${report.runs.indexOf(run) % 6})`,
  };
}

const VIEWS = [
  { id: "board", title: "Board", draw: Board },
  { id: "training", title: "Does biomedical training help?", draw: Training },
  { id: "task", title: "Tasks", draw: Task },
  { id: "compare", title: "Compare", draw: Compare },
  { id: "samples", title: "Samples", draw: Samples },
  { id: "run", title: "Runs", draw: RunView },
];

export function App({ first }: { first: Report }) {
  const [report, set_report] = useState(first);
  const book = useMemo(() => bind(report), [report]);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const chosen = VIEWS.find((view) => view.id === route.view) ?? VIEWS[0]!;
  useEffect(() => {
    document.title = `${chosen.title} · ${report.title}`;
  }, [chosen, report]);
  useEffect(() => {
    scrollTo(0, 0);
  }, [chosen]);
  const alive = useRefresh(report, set_report);
  const Draw = chosen.draw;
  return (
    <BookContext.Provider value={book}>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <header class="top">
        <div class="bar">
          <a class="brand" href={link("board")}>
            clue<span> report</span>
          </a>
          <span class="title" dir="auto">
            {report.title}
          </span>
          {live && (
            <span class={`live ${alive ? "" : "lost"}`} role="status">
              {alive ? "live" : "connection lost"}
            </span>
          )}
          <Theme />
        </div>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a
              key={view.id}
              href={link(view.id)}
              aria-current={view === chosen ? "page" : undefined}
              class={view === chosen ? "here" : ""}
            >
              {view.title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1} data-view={chosen.id}>
        <Notes report={report} />
        <Draw key={chosen.id} route={route} />
      </main>
      <footer>
        Written by {report.generator} on {report.generated.replace("T", " at ").replace(/:\d\dZ$/, " UTC")}.{" "}
        {report.text.mode === "none" ? "No letters, prompts or outputs are inside. " : ""}
        Nothing on this page is loaded from elsewhere.
      </footer>
    </BookContext.Provider>
  );
}

function Notes({ report }: { report: Report }) {
  const notes = report.notes;
  if (!notes.length && report.text.mode === "with" && !report.text.reason) return null;
  return (
    <aside class="notes" aria-label="Read this first">
      {report.text.reason && (
        <p>
          <b>{report.text.mode === "none" ? "Without text." : "Contains patient text."}</b> {report.text.reason}
        </p>
      )}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </aside>
  );
}

function Theme() {
  const [theme, set] = useState<"auto" | "light" | "dark">("auto");
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  return (
    <button type="button" class="plain theme" onClick={() => set(next[theme])} title="Colours: automatic, light, dark">
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
      </svg>
      <span>{theme === "auto" ? "Auto" : theme === "light" ? "Light" : "Dark"}</span>
    </button>
  );
}

function useRefresh(report: Report, set: (report: Report) => void): boolean {
  const [alive, set_alive] = useState(true);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(async () => {
      try {
        const state = await get_json<{ revision: number }>("revision");
        set_alive(true);
        if (state.revision === report.revision) return;
        const fresh = await get_json<Report>("report");
        forget_chunks();
        set(fresh);
      } catch {
        set_alive(false);
      }
    }, 2000);
    return () => clearInterval(timer);
  }, [report]);
  return alive;
}

export function Marks({ marks }: { marks: Mark[] }) {
  return (
    <>
      {marks.map((mark) => (
        <span key={mark.kind} class={`mark ${mark.kind}`} title={mark.text}>
          {MARK_NAMES[mark.kind]}
        </span>
      ))}
    </>
  );
}

export const MARK_NAMES: Record<Mark["kind"], string> = {
  subset: "SUBSET",
  examples: "EXAMPLES",
  "engine-check": "ENGINE CHECK",
  remote: "SENT OUT",
  incomplete: "INCOMPLETE",
  floor: "FLOOR",
  text: "WITH TEXT",
  estimate: "ESTIMATED TOKENS",
};
