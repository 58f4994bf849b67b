"""HTTPS in front of a provider that can be changed between two requests."""

import http.server
import os
import ssl
import subprocess
import threading
import urllib.parse

from provider import Ask, problem


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", os.path.join(folder, "key.pem"),
         "-out", os.path.join(folder, "cert.pem")],
        check=True, capture_output=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def route(self, body):
        provider = self.server.provider
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        words = url.path.strip("/").split("/")
        if words[:2] == ["v1", "datasets"] and len(words) == 4:
            if words[3] == "head":
                return provider.head(Ask(words[2], query))
            if words[3] == "fetch" and body:
                return provider.fetch(words[2], body)
        return problem(404, "not_found")

    def answer(self, body):
        self.server.calls.append(f"{self.command} {self.path}")
        status, kind, pieces = self.route(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if isinstance(pieces, list):
            self.send_header("Content-Length", str(sum(map(len, pieces))))
        else:  # as long as somebody listens
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.server.sent_bytes += len(piece)
        except OSError:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    """`provider` may be set at any time."""
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        make_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "cert.pem"),
                                os.path.join(folder, "key.pem"))
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False)
        with open(os.path.join(folder, "cert.pem")) as file:
            self.ca = file.read()
        self.url = "https://localhost:%d" % self.server_address[1]
        self.provider = None
        self.calls = []
        self.sent_bytes = 0
        self.thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what we are here for."""

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()
