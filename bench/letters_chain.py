#!/usr/bin/env python3
"""The whole way from a hospital's tables to results, command by command: letters -> questions (a scripted model) -> two
reviewers and an adjudicator over HTTP -> accepted set -> run; letters and diagnoses -> coded set -> run.

  build/bench/clue_synthetic_mimic 200000 LETTERS && bench/letters_chain.py build/clue LETTERS OUT

Prints time and peak memory of each command, as a table. Ends with an error where a step loses or invents items, or needs
more than 300 MB above the letters that it keeps.
"""
import http.client, json, os, pathlib, subprocess, sys, time, urllib.parse

ANSWER = " You came in with a fever.\n- A scan showed an infection.\n- You were given fluids.\n" + "".join(
    f"Question: {q}\nAnswer: {a}\n" for q, a in (("Why was I there?", "You came in with a fever."),
                                                 ("What did the scan show?", "A scan showed an infection."),
                                                 ("What was I given?", "You were given fluids.")))
LIMIT_MB = 300


def main():
    clue, letters, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    out.mkdir(parents=True)
    notes, diagnoses = letters / "discharge.csv.gz", letters / "diagnoses_icd.csv.gz"
    print("| command | wall, s | processor, s | peak, MB |\n|---|---|---|---|")

    table = step("`generate medisumqa`, 4,000 letters asked about, 500 pairs", kept(4000, notes),
                 [clue, "generate", "medisumqa", "--notes", notes, "-m", "mock:text=" + ANSWER, "-o", out / "qa", "--json"])
    counts = json.loads(table)["counts"]
    assert counts["letters asked about"] == 4000 and counts["usable pairs"] == 12000 and counts["pairs selected"] == 500, counts
    items = out / "qa/MeDiSumQA.json"
    rejected = review(clue, items)
    step("`review --export`", 0, [clue, "review", items, "--export", out / "accepted.json"])
    accepted = json.loads((out / "accepted.json").read_text())
    assert len(accepted) == 500 - rejected, len(accepted)
    step("`run -t medisumqa`, the lexical baseline", 0,
         [clue, "run", "-m", "baseline:lexical", "-t", "medisumqa", "--data", f"medisumqa={out / 'accepted.json'}", "-o", out / "run-qa"])
    evaluated = sum(len(f.read_text().splitlines()) for f in (out / "run-qa").glob("samples_*.jsonl"))
    assert evaluated == len(accepted) - 1, evaluated  # one is the example

    for rules in ("corrected", "clue-2024"):
        folder = out / f"codes-{rules}"
        step(f"`generate medisumcode --rules {rules}`, 500 letters", kept(500, notes),
             [clue, "generate", "medisumcode", "--notes", notes, "--diagnoses", diagnoses, "--rules", rules, "-o", folder])
        coded = json.loads((folder / "MeDiSumCode.json").read_text())
        assert len(coded) == 500, len(coded)
    step("`run -t medisumcode`, the lexical baseline", 0,
         [clue, "run", "-m", "baseline:lexical", "-t", "medisumcode", "--data", f"medisumcode={out / 'codes-corrected/MeDiSumCode.json'}", "-o", out / "run-codes"])
    assert sum(len(f.read_text().splitlines()) for f in (out / "run-codes").glob("samples_*.jsonl")) == 499


def kept(letters, notes):
    """MB of so many letters, by the mean of the first ones."""
    import csv, gzip, itertools
    csv.field_size_limit(1 << 30)
    with gzip.open(notes, "rt", newline="") as f:
        sizes = [len(row["text"]) for row in itertools.islice(csv.DictReader(f), 500)]
    return letters * sum(sizes) / len(sizes) / 1e6


def step(name, kept_mb, command):
    begin = time.perf_counter()
    with open("/dev/null", "wb") as quiet:
        child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=quiet)
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    report(name, wall, usage)
    assert os.waitstatus_to_exitcode(status) == 0, (name, status)
    assert usage.ru_maxrss / 1024 < LIMIT_MB + kept_mb, f"{name}: more than {LIMIT_MB} MB above {kept_mb:.0f} MB of letters"
    return text


def report(name, wall, usage):
    print(f"| {name} | {wall:.1f} | {usage.ru_utime + usage.ru_stime:.1f} | {usage.ru_maxrss / 1024:.0f} |", flush=True)


def review(clue, items):
    """Every tenth pair is rejected by both, every tenth disputed and then rejected by the adjudicator."""
    begin = time.perf_counter()
    page = subprocess.Popen([clue, "review", str(items), "--reviewers", "anna,ben"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    addresses = dict(reversed(page.stdout.readline().strip().split("  ")) for _ in range(3))
    ids = [row["id"] for row in ask(addresses["anna"], "set")["items"]]
    for who in ("anna", "ben"):
        for i, item in enumerate(ids):
            no = i % 10 == 0 or (i % 10 == 1 and who == "ben")
            ask(addresses[who], "decide", {"item": item, "action": "reject", "reason": "trivial"} if no else {"item": item, "action": "accept"})
    disputed = ask(addresses["adjudicator"], "summary")["disputed"]
    assert disputed == ids[1::10], disputed
    for item in disputed:
        ask(addresses["adjudicator"], "decide", {"item": item, "action": "reject", "reason": "trivial"})
    page.send_signal(2)
    _, _, usage = os.wait4(page.pid, 0)
    report(f"`review`, {len(ids)} pairs, {2 * len(ids) + len(disputed)} decisions", time.perf_counter() - begin, usage)
    return len(ids[0::10]) + len(disputed)


connections = {}


def ask(address, path, body=None):
    url = urllib.parse.urlsplit(address)
    connection = connections.setdefault(address, http.client.HTTPConnection(url.netloc))
    connection.request("GET" if body is None else "POST", f"/{path}?{url.query}", None if body is None else json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text)


if __name__ == "__main__":
    main()
