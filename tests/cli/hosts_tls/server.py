"""A chat server at 10.20.30.40, once behind TLS and once without; writes down every request."""
import http.server, json, os, ssl, threading


class Chat(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, value, status=200):
        with open("seen", "a") as seen:
            seen.write(self.path + "\n")
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply({"data": [{"id": "m"}]} if self.path == "/v1/models" else {}, 200 if self.path == "/v1/models" else 404)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply({"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "neutral"}}]})

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):  # handshakes that end early are part of the case
        pass


tls, plain = (Server(("10.20.30.40", 0), Chat) for _ in range(2))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
tls.socket = context.wrap_socket(tls.socket, server_side=True)
open("ports.new", "w").write(f"{tls.server_address[1]} {plain.server_address[1]}\n")
os.replace("ports.new", "ports")
threading.Thread(target=tls.serve_forever, daemon=True).start()
plain.serve_forever()
