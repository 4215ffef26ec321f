"""A chat server that counts tokens as llama-server does; its first life ends with the first count after an answer."""
import http.server, json, os, sys

answers = 0


class Chat(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/v1/models":
            return self.reply({"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 16384}}]})
        self.reply({}, 404)

    def do_POST(self):
        global answers
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            if answers and sys.argv[1] == "one":
                os._exit(0)
            return self.reply({"tokens": list(range(len(request["content"].split())))})
        if self.path == "/detokenize":
            return self.reply({"content": "word " * len(request["tokens"])})
        answers += 1
        self.reply({"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "neutral"}}]})

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Chat)
open("port.new", "w").write(str(server.server_address[1]))
os.replace("port.new", "port")
server.serve_forever()
