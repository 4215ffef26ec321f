"""Writes tests/golden/squad.jsonl: token F1 and exact match by the published rule of SQuAD 1.1 over invented answers."""
import collections
import json
import random
import re
import string
import sys


def norm(s):
    kept = "".join(c for c in s.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def f1(pred, ref):
    p, r = norm(pred).split(), norm(ref).split()
    same = sum((collections.Counter(p) & collections.Counter(r)).values())
    return 2 * (same / len(p)) * (same / len(r)) / (same / len(p) + same / len(r)) if same else 0


rng = random.Random(3)
words = "the a an left ventricle Ventricle, of (the) heart's A-fib an. über ÜBER the\u00a0end \u2028 İstanbul vitamin K 5mg/dL _the_ thé athe ΟΣ".split(" ")
texts = ["", " ", "the", "a an the", "The left ventricle.", "left  ventricle", "ventricle left", "ä a ä", "the\u3000heart"]
texts += [" ".join(rng.choice(words) for _ in range(rng.randint(1, 8))) for _ in range(60)]
out = open(sys.argv[1], "w", encoding="utf-8", newline="\n")
for _ in range(200):
    p, refs = rng.choice(texts), [rng.choice(texts) for _ in range(rng.randint(1, 2))]
    row = {"prediction": p, "references": refs, "normal": norm(p), "em": float(max(norm(p) == norm(r) for r in refs)),
           "f1": float(max(f1(p, r) for r in refs))}
    out.write(json.dumps(row, ensure_ascii=False) + "\n")
