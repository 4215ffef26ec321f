"""Requests per second and CPU per request against a loopback server that answers at once: the program's own
client beside lm-evaluation-harness's local-chat-completions, 1, 32 and 256 in flight, in alternation.

    python bench/compare_servers.py build/bench [ROUNDS]

Needs lm_eval[api] in a virtual environment. Same server program, a prompt of the same length, every answer
checked by our side. lm-eval's rate is counted by the server, from its first to its last request, so that its
start is left out; its CPU is that of a long run less that of a short one.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

bench = pathlib.Path(sys.argv[1]).resolve()
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
server = subprocess.Popen([bench / "clue_answer_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
url = server.stdout.readline().strip()


def counted():
    server.stdin.write("\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


def ours(n, flight):
    done = json.loads(subprocess.run([bench / "clue_server_bench", url, str(n), str(flight)], check=True, capture_output=True, text=True).stdout)
    counted()
    return done["requests_per_second"], done["cpu_us_per_request"]


def harness(folder, n, flight):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "lm_eval", "run", "--model", "local-chat-completions", "--model_args",
         f"base_url={url}/chat/completions,model=test,num_concurrent={flight},tokenized_requests=False,max_retries=3",
         "--include_path", folder, "--tasks", "loopback", "--apply_chat_template", "--limit", str(n)],
        check=True, capture_output=True, env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OPENAI_API_KEY": "x", "HF_HOME": folder})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seen = counted()
    assert seen["answers"] == n, seen
    return seen["answers"] / seen["seconds"], (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


with tempfile.TemporaryDirectory() as folder:
    data = pathlib.Path(folder) / "questions.jsonl"
    data.write_text("".join(json.dumps({"q": f"Question {i}: " + "x" * 400, "a": "neutral"}) + "\n" for i in range(4000)))
    (pathlib.Path(folder) / "loopback.yaml").write_text(
        "task: loopback\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: " + str(data) +
        "\ntest_split: test\noutput_type: generate_until\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\n"
        "generation_kwargs:\n  max_gen_toks: 16\n  until: []\nmetric_list:\n  - metric: exact_match\n")
    print("in flight | clue requests/s | CPU us | lm-eval requests/s | CPU us | ratio")
    for flight, n in ((1, 1000), (32, 4000), (256, 4000)):
        best = {"clue": (0, 0), "harness": (0, 0)}
        for _ in range(rounds):
            best["clue"] = max(best["clue"], ours(n * 10, flight))
            short = harness(folder, 50, flight)
            rate, cpu = harness(folder, n, flight)
            best["harness"] = max(best["harness"], (rate, (cpu - short[1]) / (n - 50) * 1e6))
        (a, a_cpu), (b, b_cpu) = best["clue"], best["harness"]
        print(f"{flight} | {a:.0f} | {a_cpu:.0f} | {b:.0f} | {b_cpu:.0f} | {a / b:.1f}", flush=True)
server.stdin.close()
server.wait()
