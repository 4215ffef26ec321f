"""Starts a command, waits until it is in the wanted state, interrupts it, and looks whether it ends in time."""
import http.server, json, os, pathlib, signal, socket, subprocess, sys, threading, time

# The promise is one second; a test that runs beside others must not fail for being slow. For the measure, on a quiet
# machine: CLUE_INTERRUPT_SECONDS=1, which also prints the times.
PROMISE = os.environ.get("CLUE_INTERRUPT_SECONDS")
SECONDS = float(PROMISE or 10)
CHAT = "/v1/chat/completions"
seen = []  # paths that a server was asked for


class Handler(http.server.BaseHTTPRequestHandler):
    """/v1 answers and then hangs over questions; /busy says come back in 100 s; /mute says nothing at all; else a slow file."""

    def say(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.endswith("/models") and not self.path.startswith("/mute"):
            return self.say(200, {}, b'{"data": [{"id": "m"}]}')
        seen.append(self.path)
        if self.path.startswith("/mute"):
            time.sleep(60)
        if self.path.startswith("/api/models/"):
            return self.say(200, {}, b'{"siblings": [{"rfilename": "m.gguf"}]}')
        self.send_response(200)
        for name, value in {"Content-Length": "100000", "ETag": '"' + "a" * 64 + '"', "X-Repo-Commit": "c" * 40}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            for _ in range(600):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    do_HEAD = do_GET

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        seen.append(self.path)
        if self.path.startswith("/busy"):
            return self.say(429, {"Retry-After": "100"})
        time.sleep(60)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_address[1]}"

# A port where connections are neither taken nor refused: its queue is full.
full = socket.socket()
full.bind(("127.0.0.1", 0))
full.listen(0)
queue = []
for _ in range(8):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(full.getsockname())
    queue.append(one)


def connecting(start):
    if time.monotonic() - start > 5:  # a kernel that does not show it
        return True
    port = f":{full.getsockname()[1]:04X} "
    mine = {f":{s.getsockname()[1]:04X} " for s in queue}
    rows = [r for r in open("/proc/net/tcp") if port in r and " 02 " in r]
    return any(not any(m in r for m in mine) for r in rows)


def asked(part):
    return lambda _: any(part in path for path in seen)


def says(name, words):
    return lambda _: words in pathlib.Path(name).read_text(errors="replace")


def works_for(seconds):
    return lambda start: time.monotonic() - start > seconds


def state(name, command, ready, codes=(3,), stdin=None, env={}, words=""):
    seen.clear()
    with open("out", "w") as out, open("err", "w") as err:
        run = subprocess.Popen(["clue", *command], stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err, env={**os.environ, **env})
    try:
        start = time.monotonic()
        while not ready(start):
            assert run.poll() is None, f"{name}: it ended by itself with {run.returncode}: {pathlib.Path('err').read_text()}"
            assert time.monotonic() - start < 60, f"{name}: the state was not reached"
            time.sleep(0.02)
        time.sleep(0.1)
        assert run.poll() is None, f"{name}: it ended by itself"
        run.send_signal(signal.SIGINT)
        asked_at = time.monotonic()
        try:
            code = run.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            sys.exit(f"{name}: still there after {SECONDS} s")
        if PROMISE:
            print(f"{name}: {time.monotonic() - asked_at:.2f} s", file=sys.stderr)
        said = pathlib.Path("err").read_text()
        assert code in codes and words in said, f"{name}: exit code {code}: {said}"
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()


ask = ["run", "-t", "mednli", "-o", "r", "-m"]
state("connecting", [*ask, f"http://127.0.0.1:{full.getsockname()[1]}/v1#m"], connecting)
state("waiting for the list of models", [*ask, here + "/mute/v1"], asked("/models"))
state("waiting for answers", [*ask, here + "/v1"], asked(CHAT), words="The same command goes on")
state("Retry-After", [*ask, here + "/busy/v1"], asked(CHAT))

with open("long.jsonl", "w") as file:
    for i in range(4):
        text = f"{i} the patient was well " * (1500 if i else 1)
        file.write(json.dumps({"gold_label": "neutral", "pairID": str(i), "sentence1": text, "sentence2": "A cough."}) + "\n")
for engine in ("exact", "fast"):
    state(f"prefill, {engine}", ["run", "-m", "tiny.gguf", "-t", "mednli", "--data", "mednli=long.jsonl", "--shots", "1", "-o", f"long-{engine}",
                                 "--engine", engine, "--max-tokens", "4"], says("err", "mednli"))

with open("pairs.jsonl", "w") as pairs, open("sums.jsonl", "w") as sums:
    words = [f"w{j * j % 9973}" for j in range(300_000)]
    text, other = " ".join(words), " ".join(reversed(words))
    for i in range(12):
        pairs.write(json.dumps({"prediction": text, "reference": other}) + "\n")
        sums.write(json.dumps({"q": text, "a": other}) + "\n")
pathlib.Path("sums.yaml").write_text("""name: sums
kind: text
data_file: sums.jsonl
fields: {q: q}
target: a
metrics: [rouge_l_f1]
prompts:
  default: {user: "{q}"}
""")
with open("pairs.jsonl") as pairs:
    state("clue metric", ["metric", "rouge"], works_for(0.5), stdin=pairs)
state("scoring", ["run", "-m", "mock:echo", "-t", "sums.yaml", "-o", "sums"], says("err", "12/12"))

state("downloading a model", ["run", "-m", "hf:org/m:m.gguf", "-t", "mednli", "-o", "hub"], asked("/resolve/"), env={"HF_ENDPOINT": here, "HF_HOME": "hub-cache"})
state("clue data get", ["data", "get", "meqsum", "--data", "d", "--url", here + "/meqsum.xlsx"], asked("meqsum"))
state("clue generate", ["generate", "medisumqa", "--notes", "letters", "--profile", "grascco", "--prompts", "en", "-m", here + "/v1", "-o", "set"], asked(CHAT))

subprocess.run(["clue", "run", "-m", "mock:text=neutral", "-t", "mednli", "--limit", "3", "-o", "seen"], check=True, capture_output=True)
state("clue review", ["review", "--run", "seen", "--reviewers", "Anna"], says("out", "http://"), codes=(0,))
state("clue view", ["view", "seen"], lambda _: "http://" in pathlib.Path("out").read_text() + pathlib.Path("err").read_text(), codes=(0,))
