"""Ratings, in Python: a sidecar does not mind what language its application speaks."""
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Ratings(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        known = self.path.startswith("/ratings/")
        answer = {"language": "python", "stars": [5, 4]} if known else {"error": "no such page"}
        body = (json.dumps(answer) + "\n").encode()
        self.send_response(200 if known else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the sidecar writes the access log."""


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))
server = ThreadingHTTPServer((host, port), Ratings)
print(f"ratings listens on {host}:{port}", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
