"""A small web server for cases: python3 "$CASE"/../loopback_server.py ROUTES.json PORT_FILE &

ROUTES.json: {"/path": {"status": 200, "body": "text" | "file": "name", "headers": {...}}}. Answers Range.
Writes its port to PORT_FILE when it listens; the case ends it by its process id.
"""
import http.server, json, os, pathlib, sys

routes = json.loads(pathlib.Path(sys.argv[1]).read_text())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        route = routes.get(self.path.split("?")[0], {"status": 404, "body": "not here"})
        body = pathlib.Path(route["file"]).read_bytes() if "file" in route else route.get("body", "").encode()
        status, start = route.get("status", 200), 0
        asked = self.headers.get("Range", "")
        if status == 200 and asked.startswith("bytes="):
            start, status = int(asked[6:].split("-")[0]), 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) - start))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for name, value in route.get("headers", {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[start:])

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
port = pathlib.Path(sys.argv[2])
port.with_suffix(".new").write_text(str(server.server_address[1]))
os.replace(port.with_suffix(".new"), port)
server.serve_forever()
