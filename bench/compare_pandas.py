#!/usr/bin/env python3
"""Reading a csv.gz of letters: pandas beside clue, in alternation on the same file.

  bench/compare_pandas.py build/bench/clue_notes_bench discharge.csv.gz [ROUNDS]

Prints MB/s of unpacked text for pandas.read_csv and for clue's index pass and choice, and the ratios: by wall time, and by
processor time, which other jobs on the machine disturb less. pandas keeps texts as Python objects (its way before version
3, and since then without pyarrow); where pyarrow is installed, also as it does by itself then.
"""
import importlib.util, json, os, statistics, subprocess, sys, time

PANDAS = "import pandas,sys; pandas.options.future.infer_string=%s; d=pandas.read_csv(sys.argv[1]); print(len(d))"


def main():
    program, path = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    ways = {"pandas": False, "pandas_arrow": True} if importlib.util.find_spec("pyarrow") else {"pandas": False}
    empty = [min(column) for column in zip(*(timed(["-c", "import pandas"]) for _ in range(2)))]
    seconds = {name: [] for name in [*ways, "unpack", "libdeflate", "index", "choose"]}
    processor = {name: [] for name in [*ways, "index", "choose"]}
    for _ in range(rounds):
        for way, arrow in ways.items():
            wall, used = timed(["-W", "ignore", "-c", PANDAS % arrow, path])
            seconds[way].append(wall - empty[0])
            processor[way].append(used - empty[1])
        ours = json.loads(subprocess.run([program, path, "1"], check=True, capture_output=True).stdout)
        for name in ("unpack", "libdeflate", "index", "choose"):
            seconds[name].append(ours[name + "_s"])
        for name in ("index", "choose"):
            processor[name].append(ours[name + "_processor_s"])
    mb = ours["unpacked_mb"]
    wall = {name: statistics.median(values) for name, values in seconds.items()}
    used = {name: statistics.median(values) for name, values in processor.items()}
    print(json.dumps({"unpacked_mb": mb, "mb_s": {name: round(mb / s) for name, s in wall.items()}}))
    for way in ways:
        print(json.dumps({"against": way, **{f"{name}_{kind}": round(of[way] / of[name], 2)
                                             for kind, of in (("wall", wall), ("processor", used)) for name in ("index", "choose")}}))
    print(json.dumps({f"index_of_{name}": round(wall[name] / wall["index"], 2) for name in ("unpack", "libdeflate")}))


def timed(args):
    """Wall and processor time."""
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, *args], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, args
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime


main()
