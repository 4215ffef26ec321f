"""Times clue's BERTScore beside PyPI bert_score 0.3.13 on torch-CPU: same weights, threads and pairs, in alternation.

    python bench/compare_bertscore.py build/bench/clue_bertscore_bench MINILM_DIR [--pairs FILE.xlsx|FILE.jsonl]
        [--threads 2] [--rounds 5] [--encoder OTHER.gguf]

Checks equality first (every P, R and F1 within 1e-5). Pairs: MeQSum's sheet, the summary as reference and the first sentence of the
question as prediction; or JSON Lines of {"prediction", "reference"}; without --pairs, invented ones of the same lengths.
`--encoder` gives our side another file of the same weights (F16, Q8_0): its deviation is printed instead of checked.
"""
import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("bench")
parser.add_argument("model")
parser.add_argument("--pairs")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--layers", default="6,3")
parser.add_argument("--encoder")
a = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(a.threads)
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # torch's better setting where others use the machine
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import torch  # noqa: E402
from bert_score import BERTScorer  # noqa: E402

torch.set_num_threads(a.threads)


def first_sentence(text):
    end = min([i for i in (text.find(c) for c in ".?!\n") if i > 0] + [len(text) - 1])
    return text[: end + 1]


def load():
    if a.pairs and a.pairs.endswith(".xlsx"):
        import openpyxl
        rows = list(openpyxl.load_workbook(a.pairs, read_only=True).active.iter_rows(values_only=True))
        chq, summary = rows[0].index("CHQ"), rows[0].index("Summary")
        return [(first_sentence(str(r[chq])), str(r[summary])) for r in rows[1:] if r[chq] and r[summary]]
    if a.pairs:
        return [(r["prediction"], r["reference"]) for r in map(json.loads, open(a.pairs, encoding="utf-8"))]
    rng = random.Random(1)
    words = ("what are the treatments for how to take heart failure diabetes insulin blood pressure dose of daily tablets "
             "side effects is it safe during pregnancy my mother has severe pain in left knee since surgery").split()
    make = lambda n: " ".join(rng.choice(words) for _ in range(max(2, int(rng.gauss(n, n / 3))))) + "?"  # noqa: E731
    return [(make(16), make(9)) for _ in range(1000)]


pairs = load()
predictions, references = [p for p, _ in pairs], [r for _, r in pairs]
with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False, encoding="utf-8") as f:
    for p, r in pairs:
        f.write(json.dumps({"prediction": p, "reference": r}) + "\n")


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


for layer in map(int, a.layers.split(",")):
    theirs = BERTScorer(model_type=a.model, num_layers=layer, batch_size=64, device="cpu")
    args = [a.bench, a.encoder or a.model, str(layer), str(a.threads), f.name]

    def start(*rules):
        return subprocess.Popen(args + list(rules), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    ours = start("clue-2024")  # with the reference's padding, so that every number can be compared
    ours.stdin.write("scores\n")
    ours.stdin.flush()
    got = [list(map(float, ours.stdout.readline().split())) for _ in pairs]
    ours.stdin.close()
    want = torch.stack(theirs.score(predictions, references), dim=-1).tolist()
    off = max(abs(x - y) for g, w in zip(got, want, strict=True) for x, y in zip(g, w, strict=True))
    print(f"layer {layer}: {len(pairs)} pairs, largest difference {off:.2e}")
    if not a.encoder and off > 1e-5:
        sys.exit("not equal: nothing is timed")
    ours = start()
    wall, used = [[], []], [[], []]
    for k in range(a.rounds + 1):  # the first round warms up
        ours.stdin.write("time\n")
        ours.stdin.flush()
        w, c = map(float, ours.stdout.readline().split())
        t, c0 = time.perf_counter(), cpu()
        theirs.score(predictions, references)
        t, c1 = time.perf_counter() - t, cpu() - c0
        if k:
            for i, (x, y) in enumerate(((w, c), (t, c1))):
                wall[i].append(x)
                used[i].append(y)
    ours.stdin.close()
    n = len(pairs)
    print(f"  best of {a.rounds}: bert_score {n / min(wall[1]):8.1f} pairs/s, clue {n / min(wall[0]):8.1f} pairs/s, "
          f"ratio {min(wall[1]) / min(wall[0]):.2f} (processor time {min(used[1]) / min(used[0]):.2f})", flush=True)
os.unlink(f.name)
