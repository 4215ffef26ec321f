"""A chat server that starts every answer from scratch: it cannot go on from a given beginning."""
import http.server, json, sys


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
        self.reply({"data": [{"id": "Llama-3-8B-test"}]} if self.path == "/v1/models" else {}, 200 if self.path == "/v1/models" else 404)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        last = request["messages"][-1]
        assert last["role"] == "user" and "Begin your answer with exactly this text" in last["content"], last
        text = "Question: What was it?\nAnswer: You had the flu." if "Question:" in last["content"] else "Statements:\n- You had the flu."
        self.reply({"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1}})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Chat)
open("port.tmp", "w").write(str(server.server_address[1]))
import os
os.rename("port.tmp", "port")
server.serve_forever()
