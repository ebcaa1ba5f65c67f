"""HTTP byte by byte, and messages of echo.proto without a library: for requests that no client would send."""

import base64
import http.client
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import time

ECHO = "/headway.test.v1.EchoService/Echo"
STREAM = "/headway.test.v1.EchoService/Stream"
RECALL = "/headway.test.v1.EchoService/Recall"
BINARY = "application/grpc-web+proto"
TEXT = "application/grpc-web-text"


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def request(id="", payload=b"", answer_bytes=0, count=0, wait_ms=0, code=0, message=""):
    """An EchoRequest."""
    out = b""
    for number, value in ((1, id.encode()), (2, payload), (7, message.encode())):
        out += varint(number << 3 | 2) + varint(len(value)) + value if value else b""
    for number, value in ((3, answer_bytes), (4, count), (5, wait_ms), (6, code)):
        out += varint(number << 3) + varint(value) if value else b""
    return out


def fields(message):
    """A message's fields by number: numbers and bytes."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 2:
            length = number()
            found[tag >> 3] = message[at:at + length]
            at += length
        else:
            found[tag >> 3] = number()
    return found


def frame(message, flag=0):
    return struct.pack(">BI", flag, len(message)) + message


def head(path, body_bytes=None, method="POST", content_type=BINARY, version="1.1", **headers):
    lines = ["%s %s HTTP/%s" % (method, path, version), "host: gateway"]
    if content_type:
        lines.append("content-type: " + content_type)
    if body_bytes is not None:
        lines.append("content-length: %d" % body_bytes)
    lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def call(path, message, text=False, **headers):
    """A whole request."""
    body = base64.b64encode(frame(message)) if text else frame(message)
    return head(path, len(body), content_type=TEXT if text else BINARY, **headers) + body


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def frames(self):
        """(flag, content) of each."""
        body, out, at = self.body, [], 0
        if "text" in self.headers.get("content-type", ""):
            body = b"".join(base64.b64decode(part) for part in split_base64(body))
        while at < len(body):
            flag, length = struct.unpack(">BI", body[at:at + 5])
            out.append((flag, body[at + 5:at + 5 + length]))
            at += 5 + length
        return out

    def messages(self):
        return [fields(content) for flag, content in self.frames() if flag == 0]

    def outcome(self):
        """(grpc-status, grpc-message), from the trailers or, where there are none, from the headers."""
        found = dict(self.headers)
        for flag, content in self.frames() if "grpc-web" in self.headers.get("content-type", "") else []:
            if flag == 0x80:
                found.update(line.split(":", 1) for line in content.decode().splitlines())
        return int(found.get("grpc-status", -1)), found.get("grpc-message", "")


def split_base64(text):
    """Each frame is encoded by itself: padding ends one."""
    out, at = [], 0
    while at < len(text):
        end = at
        while end < len(text) and text[end - 1:end] != b"=":
            end += 4
        out.append(text[at:end])
        at = end
    return out


class Connection:
    """One TCP connection to the gateway."""

    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        data = self.socket.recv(65536)
        self.rest += data
        return bool(data)

    def until(self, end):
        while end not in self.rest:
            if not self.more():
                raise EOFError("closed after %r" % self.rest[:200])
        found, self.rest = self.rest.split(end, 1)
        return found

    def take(self, count):
        while len(self.rest) < count:
            if not self.more():
                raise EOFError("closed after %r" % self.rest[:200])
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    def head(self):
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        return int(lines[0].split()[1]), {n.lower(): v.strip() for n, v in (line.split(":", 1) for line in lines[1:])}

    def chunk(self):
        size = int(self.until(b"\r\n"), 16)
        content = self.take(size)
        assert self.take(2) == b"\r\n"
        return content

    def answer(self):
        status, headers = self.head()
        body = b""
        if "chunked" in headers.get("transfer-encoding", ""):
            while content := self.chunk():
                body += content
        elif "content-length" in headers:
            body = self.take(int(headers["content-length"]))
        elif status not in (100, 204):
            while self.more():
                pass
            body, self.rest = self.rest, b""
        return Answer(status, headers, body)

    def is_closed(self):
        """Waits until the other side closes; False when it sends something instead."""
        try:
            return not self.more()
        except ConnectionResetError:
            return True


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Gateway:
    """headway-gateway before an echo_server, both on free ports. The backend can be stopped and started again."""

    def __init__(self, build, *flags):
        self.build = pathlib.Path(build)
        self.flags = flags
        self.backend_port, self.port, self.health_port, self.instruments_port = (free_port() for _ in range(4))

    def __enter__(self):
        self.start_backend()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [self.build / "services/gateway/headway-gateway", "--http-listen", "127.0.0.1:%d" % self.port, "--listen",
             "127.0.0.1:%d" % self.health_port, "--instruments-listen", "127.0.0.1:%d" % self.instruments_port, "--backend",
             "headway.test.v1.*=127.0.0.1:%d" % self.backend_port, *self.flags], stderr=self.log)
        self.wait_ready()
        return self

    def __exit__(self, *_):
        for process in (self.process, self.backend):
            process.kill()
            process.wait()
        self.log.seek(0)
        self.said = self.log.read().decode()
        self.log.close()

    def start_backend(self):
        self.backend = subprocess.Popen([self.build / "tests/gateway/echo_server", str(self.backend_port)], stdout=subprocess.PIPE)
        self.backend.stdout.readline()
        self.backend.stdout.close()

    def stop_backend(self):
        self.backend.kill()
        self.backend.wait()

    def wait_ready(self, wanted=200, within=10):
        until = time.monotonic() + within
        while self.get("/readyz") != wanted:
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("/readyz is %s after %d s" % (self.get("/readyz"), within))
            time.sleep(0.05)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def connect(self, **options):
        return Connection(self.port, **options)

    def ask(self, data):
        """One connection, one answer."""
        with self.connect() as connection:
            return connection.send(data).answer()

    def recall(self, id):
        """(began, cancelled, ended, sent) of a call."""
        found = self.ask(call(RECALL, request(id=id))).messages()[0]
        return bool(found.get(1)), bool(found.get(2)), bool(found.get(3)), found.get(4, 0)

    def instruments(self):
        """Name with labels -> value."""
        connection = http.client.HTTPConnection("127.0.0.1", self.instruments_port, timeout=10)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("headway_")}

    def memory_mb(self):
        status = pathlib.Path("/proc/%d/status" % self.process.pid).read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def terminate(self):
        os.kill(self.process.pid, signal.SIGTERM)

    def logged(self):
        self.log.seek(0)
        return [json.loads(line) for line in self.log.read().decode().splitlines()]


def eventually(look, within=5):
    until = time.monotonic() + within
    while not look():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
