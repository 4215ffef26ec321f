"""What the cases' chat servers share:   sys.path.insert(0, os.path.dirname(os.environ["CASE"])); import chat_server

A case's own server derives from Chat, answers in do_POST by say(), and hands itself to serve()."""
import http.server, json, os


class Chat(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = {"id": "m"}  # the one entry of /v1/models

    def asked(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def reply(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, text, **more):
        self.reply({"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}], **more})

    def do_GET(self):
        if self.path == "/v1/models":
            return self.reply({"data": [self.model]})
        self.reply({}, 404)

    def log_message(self, *args):
        pass


def write_port(text, name="port"):
    """Whole or not there: the case waits for it."""
    open(f"{name}.new", "w").write(text)
    os.replace(f"{name}.new", name)


def serve(chat):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), chat)
    write_port(str(server.server_address[1]))
    server.serve_forever()
