"""Times clue's ROUGE beside PyPI rouge_score 0.1.2 on the same invented pairs, one core each, in alternation.

    python bench/compare_rouge.py build/bench/clue_rouge_bench

Needs rouge_score in a virtual environment (about 60 MB with its dependencies). Checks equality first.
"""
import json
import random
import subprocess
import sys
import tempfile
import time

from rouge_score import rouge_scorer

WORDS = ("the a patient was is admitted with chest pain fever cough and or of in to for high blood pressure what are how "
         "treatments diabetes heart failure kidney discharge medication daily mg was given stable followed clinic").split()
bench = sys.argv[1]
scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)


def make(rng, n):
    return " ".join(rng.choice(WORDS) + (str(rng.randint(0, n)) if rng.random() < 0.3 else "") for _ in range(n))


for words, count in ((12, 400), (100, 60), (500, 6)):
    rng = random.Random(words)
    pairs = [(make(rng, words), make(rng, words)) for _ in range(count)]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as f:
        for p, r in pairs:
            f.write(json.dumps({"prediction": p, "reference": r}) + "\n")
    ours = [list(map(float, l.split())) for l in
            subprocess.run([bench, f.name, "--scores"], capture_output=True, text=True, check=True).stdout.splitlines()]
    for (p, r), got in zip(pairs, ours, strict=True):
        s = scorer.score(r, p)
        want = [s["rouge1"].fmeasure, s["rouge2"].fmeasure, s["rougeL"].fmeasure]
        assert max(abs(a - b) for a, b in zip(got, want)) < 1e-12, (p, r)
    best_theirs = best_ours = 0.0
    for _ in range(3):
        start = time.process_time()
        for p, r in pairs:
            scorer.score(r, p)
        best_theirs = max(best_theirs, count / (time.process_time() - start))
        best_ours = max(best_ours, float(subprocess.run([bench, f.name], capture_output=True, text=True, check=True).stdout))
    print(f"{words:4d} words: rouge_score {best_theirs:10.1f} pairs/s, clue {best_ours:12.1f} pairs/s, ratio {best_ours / best_theirs:8.0f}")
