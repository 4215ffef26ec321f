"""Milliseconds a mention of what clue_linker_bench is compared with, on one core: the reference's
vectoriser and nmslib index, scikit-learn's exact search (brute force by cosine), and the best exact
search that scipy's sparse product can give (columns sorted beforehand).
Usage (in an environment with numpy<2, scikit-learn 1.2 and nmslib 2.1):
  OMP_NUM_THREADS=1 python linker_reference.py SCISPACY_CACHE/datasets MENTIONS.txt [ROUNDS=5]"""
import glob
import sys
import time

import joblib
import nmslib
import numpy
import scipy.sparse
from sklearn.neighbors import NearestNeighbors


def one(suffix):
    return glob.glob(f"{sys.argv[1]}/*.{suffix}")[0]


mentions = [line.rstrip("\n") for line in open(sys.argv[2], encoding="utf8")]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
vectoriser = joblib.load(one("tfidf_vectorizer.joblib"))
vectors = scipy.sparse.load_npz(one("tfidf_vectors_sparse.npz")).astype(numpy.float32)
index = nmslib.init(method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR)
index.addDataPointBatch(vectors)
index.loadIndex(one("nmslib_index.bin"))
index.setQueryTimeParams({"efSearch": 200})
neighbours = NearestNeighbors(n_neighbors=30, metric="cosine", algorithm="brute", n_jobs=1).fit(vectors)
columns = vectors.T.tocsr()


def approximate(query):
    index.knnQueryBatch(query, k=30, num_threads=1)


def exact(query):
    neighbours.kneighbors(query)


def product(query):
    scores = (query @ columns).toarray().ravel()
    best = numpy.argpartition(-scores, 30)[:30]
    return best[numpy.argsort(-scores[best])]


for name, search in (("nmslib", approximate), ("scikit-learn, exact", exact), ("sparse product", product)):
    with_text = only_search = 0.0
    for _ in range(rounds):
        for mention in mentions:
            start = time.process_time()
            query = vectoriser.transform([mention])
            middle = time.process_time()
            search(query)
            end = time.process_time()
            with_text += end - start
            only_search += end - middle
    n = rounds * len(mentions) / 1e3
    print(f"{name}: {only_search / n:.3f} ms CPU a mention, {with_text / n:.3f} with its vector")
