"""Writes tests/golden/rouge_stemmed.jsonl: invented pairs scored by PyPI rouge_score 0.1.2 with use_stemmer=True."""
import json
import random
import sys

from rouge_score import rouge_scorer

WORDS = ("the patient was admitted with worsening shortness of breath and treated for heart failure treatments relational "
         "abilities dying lies skies operations relating hoping hopping generously conditionally Fever 38.5C b.i.d. "
         "ECG's Über-all mg/dl hypertension hypertensive was is as his").split(" ")
rng = random.Random(11)
scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
out = open(sys.argv[1], "w", encoding="utf-8", newline="\n")
for _ in range(150):
    a, b = (" ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 30))) for _ in range(2))
    s = scorer.score(b, a)
    out.write(json.dumps({"pred": a, "ref": b, **{k: list(v) for k, v in s.items()}}, ensure_ascii=False) + "\n")
