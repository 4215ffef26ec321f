"""Writes tests/golden/stats.json: SciPy's, statsmodels' and scikit-learn's numbers for src/metrics/stats.

Needs PyPI scipy, statsmodels, scikit-learn in a virtual environment; not needed to build or test.
"""
import json
import random
import sys

import numpy as np
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = random.Random(5)
out = {"versions": {"scipy": __import__("scipy").__version__}}
out["shares"] = []
for k, n in [(0, 1), (1, 1), (0, 20), (20, 20), (3, 17), (7, 10), (500, 1000), (1421, 1422), (123, 997), (9999, 20000)]:
    for level in (0.95, 0.99):
        w, c = (proportion_confint(k, n, 1 - level, method=m) for m in ("wilson", "beta"))
        out["shares"].append([k, n, level, *map(float, w), *map(float, c)])
out["mcnemar"] = [[b, c, float(stats.binomtest(min(b, c), b + c, 0.5).pvalue) if b + c else 1.0]
                  for b, c in [(0, 0), (1, 0), (5, 5), (3, 12), (40, 22), (0, 30), (310, 250), (10, 11)]]
out["adjust"] = []
for n in (1, 2, 5, 9, 30):
    p = [round(rng.random() ** 3, 6) for _ in range(n)]
    out["adjust"].append({"p": p, "holm": list(map(float, multipletests(p, method="holm")[1])),
                          "bh": list(map(float, multipletests(p, method="fdr_bh")[1]))})
out["correlation"] = []
for n in (2, 5, 40):
    x = [round(rng.gauss(0, 1), 2) for _ in range(n)]
    y = [round(0.5 * a + rng.gauss(0, 1), 1) for a in x]
    out["correlation"].append({"x": x, "y": y, "pearson": float(stats.pearsonr(x, y)[0]),
                               "spearman": float(stats.spearmanr(x, y)[0])})
out["kappa"] = []
for n in (4, 30, 200):
    a = [rng.choice("abc") for _ in range(n)]
    b = [v if rng.random() < 0.6 else rng.choice("abc") for v in a]
    out["kappa"].append({"a": a, "b": b, "kappa": float(cohen_kappa_score(a, b))})
out["sign_flip"] = []
for n in (3, 8, 12, 60):
    a = [round(rng.random(), 2) for _ in range(n)]
    b = [round(min(1, max(0, v + rng.gauss(0.05, 0.2))), 2) for v in a]
    r = stats.permutation_test((a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
                               n_resamples=np.inf if n <= 12 else 50000, random_state=1)
    out["sign_flip"].append({"a": a, "b": b, "p": float(r.pvalue), "exact": n <= 12})
out["bootstrap"] = []
for n in (10, 100, 400):
    v = [round(rng.betavariate(2, 3), 3) for _ in range(n)]
    r = stats.bootstrap((v,), np.mean, n_resamples=50000, method="percentile", random_state=1)
    out["bootstrap"].append({"values": v, "low": float(r.confidence_interval.low), "high": float(r.confidence_interval.high),
                             "se": float(r.standard_error)})
out["normal"] = [[p, float(stats.norm.ppf(p))] for p in (1e-9, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999)]
# Whole clusters are drawn or flipped: the ratio of sums over clusters, and SciPy's exact test on the clusters' sums.
out["clustered"] = []
for clusters, size in ((6, 4), (11, 3), (40, 5)):
    ids, a, b = [], [], []
    for c in range(clusters):
        base = rng.random()
        for _ in range(rng.randint(1, size)):
            ids.append(f"p{c}")
            a.append(round(min(1, max(0, base + rng.gauss(0, 0.1))), 3))
            b.append(round(min(1, max(0, base + rng.gauss(0.04, 0.1))), 3))
    of = lambda v: np.array([sum(x for x, i in zip(v, ids) if i == f"p{c}") for c in range(clusters)])  # noqa: E731
    n = of([1.0] * len(ids))
    d = [x - y for x, y in zip(a, b)]
    row = {"ids": ids, "a": a, "b": b}
    for name, v in (("mean", a), ("difference", d)):
        r = stats.bootstrap((of(v), n), lambda s, k, axis: s.sum(axis=axis) / k.sum(axis=axis), paired=True,
                            n_resamples=50000, method="percentile", random_state=1, vectorized=True)
        row[name] = [float(r.confidence_interval.low), float(r.confidence_interval.high), float(r.standard_error)]
    exact = clusters <= 11
    r = stats.permutation_test((of(a), of(b)), lambda x, y, axis: np.sum(x - y, axis=axis), permutation_type="samples",
                               n_resamples=np.inf if exact else 50000, random_state=1)
    row["p"] = float(r.pvalue)
    out["clustered"].append(row)
out["detectable"] = [[sd, n, alpha, power, float((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) * sd / np.sqrt(n))]
                     for sd, n, alpha, power in ((0.3, 100, 0.05, 0.8), (0.12, 1000, 0.05, 0.9), (0.5, 20, 0.01, 0.8))]
json.dump(out, open(sys.argv[1], "w"), separators=(",", ":"))
