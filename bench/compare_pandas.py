#!/usr/bin/env python3
"""Reading a csv.gz of letters: pandas beside clue, in alternation on the same file.

  bench/compare_pandas.py build/bench/clue_notes_bench discharge.csv.gz [ROUNDS]

Prints MB/s of unpacked text for pandas.read_csv and for clue's index pass and choice, and the ratios.
"""
import json, statistics, subprocess, sys, time

PANDAS = "import pandas,sys; d=pandas.read_csv(sys.argv[1]); print(len(d))"


def main():
    program, path = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    empty = min(timed(["-c", "import pandas"]) for _ in range(2))
    pandas, ours = [], []
    for _ in range(rounds):
        pandas.append(timed(["-c", PANDAS, path]) - empty)
        ours.append(json.loads(subprocess.run([program, path, "1"], check=True, capture_output=True).stdout))
    mb = ours[0]["unpacked_mb"]
    pandas_s = statistics.median(pandas)
    index_s = statistics.median(o["index_s"] for o in ours)
    choose_s = statistics.median(o["choose_s"] for o in ours)
    libdeflate_s = statistics.median(o["libdeflate_s"] for o in ours)
    unpack_s = statistics.median(o["unpack_s"] for o in ours)
    print(json.dumps({"unpacked_mb": mb, "pandas_mb_s": round(mb / pandas_s), "unpack_mb_s": round(mb / unpack_s),
                      "libdeflate_mb_s": round(mb / libdeflate_s),
                      "index_mb_s": round(mb / index_s), "choose_mb_s": round(mb / choose_s),
                      "index_over_pandas": round(pandas_s / index_s, 2), "choose_over_pandas": round(pandas_s / choose_s, 2),
                      "index_of_unpack": round(unpack_s / index_s, 2),
                      "index_of_libdeflate": round(libdeflate_s / index_s, 2)}))


def timed(args):
    begin = time.perf_counter()
    subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


main()
