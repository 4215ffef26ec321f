"""Texts a second of spaCy on one core, for comparison with clue_recogniser_bench.
Usage (in an environment with spacy 3.7): OMP_NUM_THREADS=1 python recogniser_spacy.py MODEL TEXTS.jsonl [ROUNDS]"""
import json
import sys
import time

import spacy

nlp = spacy.load(sys.argv[1])
texts = [json.loads(line)["text"] for line in open(sys.argv[2], encoding="utf8")]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
for name, repeats in (("first pass", 1), ("later passes", rounds)):
    start = time.perf_counter()
    entities = sum(len(nlp(text).ents) for _ in range(repeats) for text in texts)
    seconds = time.perf_counter() - start
    print(f"{name}: {len(texts) * repeats / seconds:.0f} texts/s")
print(entities, "entities in the last pass")
