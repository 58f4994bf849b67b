"""A man in the middle: TLS in front of sluiced, answers changed on the way."""

import http.client
import http.server
import os
import ssl
import threading


class Proxy:
    """change(path, body) gives the bytes that the client gets instead; cut
    (path) gives how many of them before the connection breaks, or None."""

    def __init__(self, box, change=None, cut=None):
        self.change = change or (lambda path, body: body)
        self.cut = cut or (lambda path: None)
        self.calls = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                self.forward(None)

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                self.forward(self.rfile.read(length))

            def forward(self, body):
                context = ssl.create_default_context(
                    cafile=box.env["SLUICE_CA"])
                upstream = http.client.HTTPSConnection(
                    "localhost", box.port, context=context)
                headers = {key: self.headers[key] for key in
                           ("Authorization", "Content-Type", "Accept")
                           if key in self.headers}
                upstream.request(self.command, self.path, body, headers)
                answer = upstream.getresponse()
                data = answer.read()
                if answer.status == 200:
                    data = proxy.change(self.path, data)
                proxy.calls.append((self.command, self.path, len(data)))
                self.send_response(answer.status)
                for key in ("Content-Type", "Retry-After"):
                    if key in answer.headers:
                        self.send_header(key, answer.headers[key])
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                keep = proxy.cut(self.path)
                if keep is not None and answer.status == 200:
                    data = data[:keep]
                    self.close_connection = True
                try:
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True
                upstream.close()

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(box.dir, "cert.pem"),
                                os.path.join(box.dir, "key.pem"))
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = "https://localhost:%d" % self.server.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
