"""The scores of the items are those of `clue metric`, and the set is what the protocol takes from them."""
import json, subprocess, sys

rules, top_k = sys.argv[1], 15
rows = [json.loads(line) for line in open(f"{rules}/MeDiSumQA.items.jsonl", encoding="utf-8")]
assert len(rows) == 36, len(rows)
pairs = "".join(json.dumps({"prediction": r["Question"], "reference": r["Answer"]}) + "\n" for r in rows)


def metric(*args):
    done = subprocess.run(["clue", "metric", *args, "--rules", rules], input=pairs.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


for name, key, scores in (("rouge_l", "rouge_l_f1", metric("rouge")), ("bertscore", "bertscore_f1", metric("bertscore", "--model", "mini.gguf", "--layer", "6")),
                          ("concept", "concept_f1", metric("concepts", "--kb", "terms.kbi"))):
    for row, score in zip(rows, scores, strict=True):
        assert abs(row["scores"][name] - score[key]) < 1e-6, (name, row, score)
    assert len({row["scores"][name] for row in rows}) >= 2, f"{name} tells the pairs apart"

order = {name: sorted(range(len(rows)), key=lambda i: rows[i]["scores"][name]) for name in ("rouge_l", "bertscore")}
chosen, used = [], set()
for place in range(top_k):
    by = "bertscore" if place % 2 else "rouge_l"
    taken = order[by][place] if rules == "clue-2024" else next(i for i in order[by] if i not in used)
    used.add(taken)
    chosen.append(rows[taken]["id"])
items = json.load(open(f"{rules}/MeDiSumQA.json", encoding="utf-8"))
assert [item["id"] for item in items] == chosen, (items, chosen)
assert all(r["chosen_by"] in order for r in rows if r["status"] == "selected")
facts = json.load(open(f"{rules}/MeDiSumQA.generation.json", encoding="utf-8"))
assert "mini" in json.dumps(facts) and facts["complete"], facts
print(rules, len(items), "pairs,", len(used), "of them different")
