"""Samples per second of the embedded engine (exact, fast) beside llama.cpp's own server, driven by this
program's client and by lm-evaluation-harness: one GGUF, the same chats, the same threads, in alternation.

    python bench/compare_engine.py CLUE LLAMA_SERVER [--params 100000000 | --model FILE.gguf] [--samples 48] [--threads 2]

LLAMA_SERVER is built by -DCLUE_LLAMA_SERVER=ON. Without lm_eval (pip install 'lm_eval[api]') that row is left
out. The data are the shipped LongHealth letters, or invented sentence pairs in MedNLI's format, three hypotheses for each premise, three
examples in every chat. Our client meets a server with each number of --slots (parallel slots, its prompt cache,
a stream of cells for each); lm_eval runs as it comes (one request at a time, a server with its own defaults) and
with each number of --concurrent requests in flight. A server is new for each row: nothing is cached.
"""
import argparse
import json
import os
import pathlib
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

WORDS = ("patient fever cough stable wound kidney pain mild chronic acute left right lung renal cardiac dose tablet "
         "daily clinic ward bleeding pressure sodium culture negative positive scan normal raised").split()


def sentence(rng):
    return "The " + " ".join(rng.choice(WORDS) for _ in range(rng.randint(8, 18))) + "."


def write_data(path, samples):
    rng = random.Random(1)
    labels = ("entailment", "neutral", "contradiction")
    with open(path, "w") as f:
        for i in range(samples + 3):
            if i % 3 == 0:
                premise = sentence(rng)
            f.write(json.dumps({"gold_label": labels[i % 3], "pairID": str(i), "sentence1": premise,
                                "sentence2": sentence(rng)}) + "\n")


def cpu():
    both = [resource.getrusage(w) for w in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    return sum(u.ru_utime + u.ru_stime for u in both)


def cpu_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, program, model, threads, slots, context):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        layout = ["-np", str(slots), "-c", str(slots * context), "--no-kv-unified"] if slots else ["-c", str(4 * context)]
        self.process = subprocess.Popen(
            [program, "-m", model, "--port", str(self.port), "-t", str(threads), "-tb", str(threads), "--no-webui", *layout],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1)
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server does not start; run it by hand with the same arguments")
                time.sleep(0.1)
        sys.exit("the server does not answer")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def task_of(args, work):
    if args.task == "longhealth":  # the shipped invented letters
        letters = pathlib.Path(__file__).parent.parent / "examples/LongHealth"
        return ["-t", "longhealth", "--data", str(letters), "--limit", str(args.samples), "--max-context", str(args.context)]
    return ["-t", "mednli", "--data", f"mednli={work}/data.jsonl", "--shots", str(args.shots)]


def clue_run(args, spec, extra, work, name):
    out = f"{work}/{name}"
    subprocess.run(["rm", "-rf", out], check=True)
    command = [args.clue, "run", "-m", spec, *task_of(args, work), "-o", out,
               "--threads", str(args.threads), "--max-tokens", str(args.max_tokens), *extra]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(" ".join(command) + "\n" + done.stderr)
    return json.load(open(f"{out}/results.json"))["tasks"][0].get("engine")


def harness(args, port, chats, concurrent):
    from lm_eval.api.instance import Instance
    from lm_eval.models.api_models import JsonChatStr
    from lm_eval.models.openai_completions import LocalChatCompletion
    model = LocalChatCompletion(base_url=f"http://127.0.0.1:{port}/v1/chat/completions", model="m",
                                num_concurrent=concurrent, max_retries=3, tokenized_requests=False)
    options = {"max_gen_toks": args.max_tokens, "temperature": 0, "until": []}
    requests = [Instance(request_type="generate_until", doc={}, arguments=(JsonChatStr(json.dumps(c)), dict(options)), idx=i)
                for i, c in enumerate(chats)]
    answers = model.generate_until(requests, disable_tqdm=True)
    assert len(answers) == len(chats)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clue")
    parser.add_argument("server")
    parser.add_argument("--params", type=int, default=500_000)
    parser.add_argument("--model", help="a GGUF of your own instead of random weights")
    parser.add_argument("--task", default="mednli", choices=["mednli", "longhealth"],
                        help="longhealth: the shipped letters, with --context of at least 8192")
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--max-tokens", type=int, default=20)
    parser.add_argument("--shots", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--context", type=int, default=2048, help="cells of a slot")
    parser.add_argument("--slots", default="1,4,16", help="of the server that our client meets; a row for each")
    parser.add_argument("--concurrent", default="1,16", help="requests of lm_eval in flight; a row for each")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--other-attention", default="off", choices=["off", "on"], help="flash attention of a second row of fast")
    parser.add_argument("--only", default="exact,fast,server,harness")
    args = parser.parse_args()
    os.environ.update(NO_COLOR="1")  # each program waits as it does by itself
    os.environ.pop("OMP_WAIT_POLICY", None)
    only = args.only.split(",")
    with tempfile.TemporaryDirectory() as work:
        model = args.model or f"{work}/model.gguf"
        if not args.model:
            print(subprocess.run([args.clue, "model", "tiny", "-o", model, "--params", str(args.params)],
                                 capture_output=True, text=True, check=True).stdout.strip())
        write_data(f"{work}/data.jsonl", args.samples)
        tokenizer = ["--tokenizer", model] if args.task == "longhealth" else []
        rendered = subprocess.run([args.clue, "prompts", "render", *task_of(args, work), *tokenizer],
                                  capture_output=True, text=True, check=True).stdout.splitlines()
        chats = [json.loads(line)["messages"] for line in rendered]
        try:
            import lm_eval  # noqa: F401
        except ImportError:
            only = [o for o in only if o != "harness"]
        rows = []  # name, slots of a new server (None: no server; 0: its own defaults), what is run
        for mode in ("exact", "fast", f"fast --flash-attention {args.other_attention}"):
            if mode.split()[0] in only:
                rows.append((f"clue, {mode}", None, lambda port, mode=mode: clue_run(
                    args, model, ["--engine", *mode.split()], work, mode.split()[0])))
        for slots in map(int, args.slots.split(",")):
            if "server" in only:
                rows.append((f"llama-server, {slots} slots, clue's client", slots, lambda port, slots=slots: clue_run(
                    args, f"http://127.0.0.1:{port}/v1#m", ["--concurrency", str(slots)], work, "server")))
        for concurrent in map(int, args.concurrent.split(",")):
            if "harness" in only:
                rows.append((f"llama-server, lm_eval, {concurrent} in flight", 0 if concurrent == 1 else concurrent,
                             lambda port, concurrent=concurrent: harness(args, port, chats, concurrent)))
        best = {}
        for _ in range(args.rounds):
            for name, slots, run in rows:
                server = None if slots is None else Server(args.server, model, args.threads, slots, args.context)
                served = cpu_of(server.process.pid) if server else 0
                start, used = time.time(), cpu()
                facts = run(server.port if server else 0)
                wall, used = time.time() - start, cpu() - used
                if server:
                    used += cpu_of(server.process.pid) - served
                    server.stop()
                if name not in best or wall < best[name][0]:
                    best[name] = (wall, used, facts)
        print(f"{len(chats)} samples, {args.threads} threads, {args.task}{'' if args.task == 'longhealth' else f', {args.shots} examples'}, {args.max_tokens} tokens an answer, best of {args.rounds}")
        for name, (wall, used, facts) in best.items():
            line = f"{name:46s} {len(chats) / wall:9.2f} samples/s {len(chats) / used:9.2f} samples per CPU second"
            if facts:
                line += (f"  computed/bound {facts['computed_over_lower_bound']:.3f}, prefill "
                         f"{facts['prefill_tokens_per_second']:.0f}, decode {facts['decode_tokens_per_second']:.0f} tokens/s, "
                         f"occupancy {facts['occupancy']:.2f}, differ {facts['differing']}/{facts['checked']}")
            print(line)


if __name__ == "__main__":
    main()
