"""A chat server at 10.20.30.40, once behind TLS and once without; writes down every request."""
import http.server, os, ssl, sys, threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.environ["CASE"]))
import chat_server


class Chat(chat_server.Chat):
    def reply(self, value, status=200):
        with open("seen", "a") as seen:
            seen.write(self.path + "\n")
        super().reply(value, status)

    def do_POST(self):
        self.asked()
        self.say("neutral")


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):  # handshakes that end early are part of the case
        pass


tls, plain = (Server(("10.20.30.40", 0), Chat) for _ in range(2))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
tls.socket = context.wrap_socket(tls.socket, server_side=True)
chat_server.write_port(f"{tls.server_address[1]} {plain.server_address[1]}\n", "ports")
threading.Thread(target=tls.serve_forever, daemon=True).start()
plain.serve_forever()
