"""As much of a Kubernetes API as a list and a watch of Applications need, out of memory: a kube-apiserver takes more processor time for 200 changes a second than two
processors have. Create, patch and get are those of tests/kubernetes/api.py; what is listed and watched comes as a kube-apiserver sends it, in JSON over HTTP.
"""

import json
import queue
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

REMEMBERED = 5000  # events that a watch can go on from


def merge(target: dict, patch: dict):
    """A JSON merge patch."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


class ReplayedApi:
    """Use as a context. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.objects = {}  # path -> JSON text
        self.version = 1000
        self.events = deque(maxlen=REMEMBERED)  # (version, line)
        self.watches = set()  # a queue of lines each
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"api": self}))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def kubeconfig(self, path: Path) -> Path:
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "replayed", "clusters": [{"name": "replayed", "cluster": {"server": self.address, "insecure-skip-tls-verify": True}}],
                  "users": [{"name": "nobody", "user": {"token": "none"}}], "contexts": [{"name": "replayed", "context": {"cluster": "replayed", "user": "nobody"}}]}
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        return path

    def create(self, path: str, body: dict):
        body = {**body, "metadata": {**body["metadata"], "creationTimestamp": "2026-01-01T00:00:00Z"}}
        self._store("ADDED", f"{path}/{body['metadata']['name']}", body)

    def patch(self, path: str, body: dict):
        """Of one object by one thread at a time."""
        changed = json.loads(self.objects[path])
        merge(changed, body)
        self._store("MODIFIED", path, changed)

    def get(self, path: str) -> dict:
        return json.loads(self.objects[path])

    def _store(self, kind: str, path: str, body: dict):
        body["metadata"]["resourceVersion"] = "@version@"
        text = json.dumps(body, separators=(",", ":"))
        with self.lock:
            self.version += 1
            text = text.replace("@version@", str(self.version), 1)
            self.objects[path] = text
            line = f'{{"type":"{kind}","object":{text}}}\n'.encode()
            self.events.append((self.version, line))
            for watch in self.watches:
                watch.put(line)

    def listed(self, start: int, limit: int) -> tuple:
        """(version, texts, how many are left) of one page. Of a list in pages each shows what is there by then; what was seen too early comes in the watch."""
        with self.lock:
            texts = list(self.objects.values())
            return self.version, texts[start : start + limit], max(0, len(texts) - start - limit)

    def watch(self, since: int) -> queue.SimpleQueue:
        lines = queue.SimpleQueue()
        with self.lock:
            for version, line in self.events:
                if version > since:
                    lines.put(line)
            self.watches.add(lines)
        return lines

    def unwatch(self, lines: queue.SimpleQueue):
        with self.lock:
            self.watches.discard(lines)


class Handler(BaseHTTPRequestHandler):
    """GET of the list, and of a watch without initial events, as of a server that does not know these."""

    api: ReplayedApi
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "sendInitialEvents" in asked:
            return self.answer(422, [b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,"message":"sendInitialEvents is forbidden for watch"}'])
        if asked.get("watch") in ("true", "1"):
            return self.answer(200, self.watched(int(asked.get("resourceVersion", "0"))))
        return self.answer(200, self.page(int(asked.get("continue", "0")), int(asked.get("limit", "1000000"))))

    def answer(self, status: int, pieces):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def page(self, start: int, limit: int):
        version, texts, left = self.api.listed(start, limit)
        more = f',"continue":"{start + limit}","remainingItemCount":{left}' if left else ""
        yield f'{{"apiVersion":"argoproj.io/v1alpha1","kind":"ApplicationList","metadata":{{"resourceVersion":"{version}"{more}}},"items":['.encode()
        for number, text in enumerate(texts):
            yield ("," if number else "").encode() + text.encode()
        yield b"]}"

    def watched(self, since: int):
        lines = self.api.watch(since)
        try:
            while True:
                yield lines.get()
        finally:
            self.api.unwatch(lines)
