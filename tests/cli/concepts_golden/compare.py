import json
import subprocess
import sys

golden = sys.argv[1]


def clue(*args, given=None):
    return subprocess.run(["clue", *args], input=given, capture_output=True, text=True, check=True).stdout


def lines(name):
    with open(f"{golden}/{name}", encoding="utf8") as file:
        return [json.loads(line) for line in file]


pairs = lines("e2e/expected.jsonl")
given = "".join(json.dumps({"prediction": p["pred"], "reference": p["label"]}) + "\n" for p in pairs)
flags = ["--kb", "kb.kbi", "--spacy", f"{golden}/spacy_tiny/model"]
shown = clue("metric", "concepts", *flags, "--query-idf", "on", given=given)
assert shown == clue("metric", "concepts", *flags, given=given)  # on is the default
assert shown == clue("metric", "concepts", *flags, "--rules", "clue-2024", "--query-idf", "on", given=given)
published = clue("metric", "concepts", *flags, "--rules", "clue-2024", given=given)
assert published == clue("metric", "concepts", *flags, "--query-idf", "off", given=given)
for pair, line in zip(pairs, shown.splitlines(), strict=True):
    got, want = json.loads(line), pair["exact"]
    assert [got[f"concept_{k}"] for k in ("p", "r", "f1")] == [want[k] for k in "PRF"], pair["id"]
    assert got["concepts_prediction"] == want["pred_entities"], pair["id"]
    assert got["concepts_reference"] == want["label_entities"], pair["id"]

mentions = [m for m in lines("linker/expected.jsonl") if m["mention"].strip() and not m["mention"].startswith("-")]
for idf, key in (("on", "linked_exact"), ("off", "linked_exact_query_without_idf")):
    for case in mentions[:: 1 if idf == "on" else 3]:
        if idf == "on" and case.get("near_threshold"):
            continue
        shown = json.loads(clue("kb", "link", case["mention"], "--kb", "kb.kbi", "--mention", "--json", "--query-idf", idf))
        got = [[c["id"], c["score"]] for c in shown["candidates"] if c["verdict"] == "linked"]
        want = case[key]
        assert [c[0] for c in got] == [c[0] for c in want], (case["mention"], got, want)
        assert all(abs(a[1] - b[1]) < 2e-6 for a, b in zip(got, want)), (case["mention"], got, want)
print(len(pairs), "pairs,", len(mentions), "mentions")
