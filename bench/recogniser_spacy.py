"""Texts a second of spaCy on one core, and what it found, for clue_recogniser_bench to compare.
Usage (in an environment with spacy 3.7):
  OMP_NUM_THREADS=1 python recogniser_spacy.py MODEL TEXTS.jsonl FOUND.jsonl [ROUNDS=3]
  python recogniser_spacy.py --untrained FOLDER [SEED=0]
The second form writes a pipeline with the layers of en_core_sci_sm, spaCy's own English tokenizer and
random weights: its parses are wild, so they try every rule of the transition systems."""
import json
import sys
import time

import spacy

LAYERS = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 48,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"],
            "rows": [2000, 500, 1000, 1000, 50, 50],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 48,
            "depth": 3,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}


def untrained(folder, seed):
    import numpy

    spacy.util.fix_random_seed(seed)
    random = numpy.random.default_rng(seed)
    nlp = spacy.blank("en")
    for name, kind in (("parser", "parser"), ("ner", "ner")):
        pipe = nlp.add_pipe(name, config={"model": {**LAYERS, "state_type": kind}})
        if kind == "parser":
            for label in ("nsubj", "dobj", "amod", "prep", "punct", "relcl||nsubj", "conj||dobj"):
                pipe.add_label(label)
        else:
            pipe.add_label("ENTITY")
            pipe.add_label("DRUG")
    nlp.initialize()
    for name in ("parser", "ner"):
        for node in nlp.get_pipe(name).model.walk():
            for param in node.param_names:
                if node.has_param(param) and node.get_param(param) is not None:
                    value = node.get_param(param)
                    noise = random.normal(0, 0.3, value.shape).astype("float32")
                    node.set_param(param, value + noise)
    nlp.to_disk(folder)


def found(doc):
    return {
        "text": doc.text,
        "tokens": [t.text for t in doc],
        "spaces": [bool(t.whitespace_) for t in doc],
        "norms": [t.norm_ for t in doc],
        "starts": [bool(t.is_sent_start) for t in doc],
        "heads": [t.head.i for t in doc],
        "deps": [t.dep_ for t in doc],
        "ents": [[e.start, e.end, e.label_] for e in doc.ents],
    }


if sys.argv[1] == "--untrained":
    untrained(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    sys.exit()
nlp = spacy.load(sys.argv[1])
texts = [json.loads(line)["text"] for line in open(sys.argv[2], encoding="utf8")]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
with open(sys.argv[3], "w", encoding="utf8") as out:
    for text in texts:
        out.write(json.dumps(found(nlp(text))) + "\n")
start = time.process_time()
for _ in range(rounds):
    for text in texts:
        nlp(text)
seconds = time.process_time() - start
print(f"spaCy {spacy.__version__}: {len(texts) * rounds / seconds:.0f} texts/s of processor time")
