"""A scripted model: lists the sentences of the letter it is given, and asks about each of them, now giving the answer
away, now not."""
import http.server, json, os, re


def answer(told):
    told = told.rpartition("<<<")[2].partition(">>>")[0] if "<<<" in told else told.rpartition("Statements:")[2]
    lines = [line.strip() for line in told.strip().split("\n")]
    if not any(line.startswith("- ") for line in lines):
        return "Statements:\n" + "".join(f"- {s}\n" for s in re.split(r"(?<=\.) ", " ".join(lines[1:])))
    out = ""
    for i, statement in enumerate(line[2:] for line in lines if line.startswith("- ")):
        words = statement.rstrip(".").split()
        kinds = ["Why?", f"Is it true that {' '.join(words)}?", f"What about {words[-1]}?", f"{' '.join(words[:4])} what?"]
        out += f"Question: {kinds[(len(statement) + i) % 4]}\nAnswer: {statement}\n"
    return out


class Chat(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def reply(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        known = self.path == "/v1/models"
        self.reply({"data": [{"id": "scripted"}]} if known else {}, 200 if known else 404)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        last = [m["content"] for m in request["messages"] if m["role"] == "user"][-1]
        message = {"role": "assistant", "content": answer(last.partition("\n\nBegin your answer")[0])}
        self.reply({"choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1}})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Chat)
open("port.tmp", "w").write(str(server.server_address[1]))
os.rename("port.tmp", "port")
server.serve_forever()
