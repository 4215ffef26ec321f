#!/usr/bin/env python3
"""How long a reviewer waits: the page's requests on a large set with many decisions.

  bench/review_requests.py build/clue OUT [ITEMS] [DECISIONS]        5,000 items, 20,000 decisions of four reviewers

Prints the median and the slowest of 50 requests of each kind, in ms.
"""
import json, pathlib, sqlite3, statistics, subprocess, sys, time

from letters_chain import ask

REVIEWERS = ["anna", "ben", "cem", "dora"]


def main():
    clue, out = sys.argv[1], pathlib.Path(sys.argv[2])
    items, decisions = (int(a) for a in (sys.argv[3:] + ["5000", "20000"][len(sys.argv) - 3:]))
    out.mkdir(parents=True)
    letter = "The patient was admitted with a fever.\n" * 200
    (out / "set.json").write_text(json.dumps([{"id": f"i{i}", "discharge_summary": f"{i}\n{letter}", "Question": f"What was found on day {i}?",
                                               "Answer": "The patient was admitted with a fever."} for i in range(items)]))
    serve(clue, out)[0].terminate()  # makes the review file
    with sqlite3.connect(out / "set.review.db") as db:
        db.executemany("INSERT INTO entries(item,reviewer,action,question,answer,reason,ratings,undone,final,at) VALUES(?,?,?,'','',?,'{}',0,0,?)",
                       [(f"i{n // len(REVIEWERS) % items}", REVIEWERS[n % len(REVIEWERS)], "reject" if n % 7 == 0 else "accept",
                         "trivial" if n % 7 == 0 else "", f"2030-01-01T00:00:{n:08}Z") for n in range(decisions)])
    page, urls = serve(clue, out)
    anna, judge = urls["anna"], urls["adjudicator"]
    try:
        measure("decide", lambda n: ask(anna, "decide", {"item": f"i{n}", "action": "accept"}))
        measure("undo", lambda n: ask(anna, "undo", {}))
        measure("item", lambda n: ask(anna, f"item/i{n}"))
        measure("set", lambda n: ask(anna, "set"))
        measure("set of the adjudicator", lambda n: ask(judge, "set"))
        measure("summary", lambda n: ask(judge, "summary"))
    finally:
        page.terminate()
        page.wait()


def serve(clue, out):
    page = subprocess.Popen([clue, "review", str(out / "set.json"), "--reviewers", ",".join(REVIEWERS)],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return page, dict(reversed(page.stdout.readline().strip().split("  ")) for _ in range(len(REVIEWERS) + 1))


def measure(name, request):
    times = []
    for n in range(50):
        begin = time.perf_counter()
        request(n)
        times.append(1000 * (time.perf_counter() - begin))
    print(f"{name:<24} {statistics.median(times):8.1f} ms, slowest {max(times):8.1f} ms", flush=True)


main()
