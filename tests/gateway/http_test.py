#!/usr/bin/env python3
"""The gateway's HTTP side, with requests as no client sends them.  http_test.py BUILD_FOLDER [UNITTEST ARGUMENTS]"""

import base64
import random
import sys
import time
import unittest

sys.dont_write_bytecode = True

from raw_client import ECHO, STREAM, TEXT, Gateway, call, eventually, frame, head, request  # noqa: E402

BUILD = ""
PAYLOAD = bytes(range(256))


class Requests(unittest.TestCase):
    """What is answered, and what is refused how."""

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, "--allow-origin", "https://portal.example.org")
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def echoes(self, answer, payload=PAYLOAD):
        self.assertEqual((answer.status, answer.outcome()), (200, (0, "")))
        self.assertEqual(answer.messages()[0].get(1, b""), payload)

    def refused(self, status, data, says=""):
        answer = self.gateway.ask(data)
        self.assertEqual(answer.status, status, answer.body)
        self.assertIn(says, answer.body.decode())
        return answer

    def test_request_cut_in_two_at_every_byte(self):
        for text in (False, True):
            data = call(ECHO, request(payload=PAYLOAD[:20]), text=text)
            with self.gateway.connect() as connection:
                for at in range(1, len(data)):
                    connection.send(data[:at])
                    time.sleep(0.001)
                    self.echoes(connection.send(data[at:]).answer(), PAYLOAD[:20])

    def test_request_byte_by_byte(self):
        for text in (False, True):
            with self.gateway.connect() as connection:
                for byte in call(ECHO, request(payload=PAYLOAD), text=text):
                    connection.send(bytes([byte]))
                self.echoes(connection.answer())

    def test_chunks_that_cut_the_frame_anywhere(self):
        body = frame(request(payload=PAYLOAD))
        start = head(ECHO, transfer_encoding="chunked")
        with self.gateway.connect() as connection:
            for size in (1, 2, 3, 5, 7, 1000):
                pieces = [body[i:i + size] for i in range(0, len(body), size)]
                connection.send(start + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n")
                self.echoes(connection.answer())

    def test_base64_padded_inside(self):
        body = frame(request(payload=PAYLOAD))
        for at in (1, 2, 4, 5, 6, 100):
            text = base64.b64encode(body[:at]) + base64.b64encode(body[at:])
            self.echoes(self.gateway.ask(head(ECHO, len(text), content_type=TEXT) + text))

    def test_several_requests_sent_ahead_are_answered_in_order(self):
        with self.gateway.connect() as connection:
            connection.send(b"".join(call(ECHO, request(payload=bytes([i]), wait_ms=20 if i == 0 else 0)) for i in range(10)))
            for i in range(10):
                self.echoes(connection.answer(), bytes([i]))

    def test_http_1_0_ends_with_the_connection(self):
        with self.gateway.connect() as connection:
            answer = connection.send(call(STREAM, request(count=3), version="1.0")).answer()
            self.assertEqual(len(answer.messages()), 3)
            self.assertEqual(answer.outcome()[0], 0)

    def test_expect_continue(self):
        body = frame(request(payload=PAYLOAD))
        with self.gateway.connect() as connection:
            connection.send(head(ECHO, len(body), expect="100-continue"))
            self.assertEqual(connection.answer().status, 100)
            self.echoes(connection.send(body).answer())
        self.refused(417, head(ECHO, 5, expect="something") + frame(b""))

    def test_what_is_not_there_is_refused(self):
        for path in ("/", "/a/b", "/headway.test.v1.EchoService", "/headway.test.v1.EchoService/Echo/x", "/headway.test.v2.EchoService/Echo",
                     "/headway.test.v1.EchoService/Echo?x", "/headway.test.v1.EchoService/%45cho", "/grpc.health.v1.Health/Check"):
            self.refused(404, call(path, b""), "no such service")
        self.assertEqual(self.gateway.ask(call("/headway.test.v1.EchoService/Nothing", b"")).outcome()[0], 12)
        self.assertEqual(self.gateway.ask(call("/headway.test.v1.NoService/Echo", b"")).outcome()[0], 12)

    def test_other_methods_are_refused(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = self.refused(405, head(ECHO, 0, method=method), "POST")
            self.assertEqual(answer.headers["allow"], "POST, OPTIONS")

    def test_other_contents_are_refused(self):
        for content_type in ("", "application/json", "application/grpc", "application/grpc-web+json", "text/plain"):
            self.refused(415, head(ECHO, 5, content_type=content_type) + frame(b""), "application/grpc-web")
        self.refused(415, head(ECHO, 5, content_encoding="gzip") + frame(b""), "content-encoding")

    def test_what_is_too_long_is_refused_before_it_comes(self):
        answer = self.refused(413, head(ECHO, 100 << 20), "8388608")
        self.assertEqual(answer.headers["grpc-status"], "8")
        self.refused(413, head(ECHO, transfer_encoding="chunked") + b"5\r\n\0\0\x80\0\1\r\n", "8388609 bytes")
        for lines in (b"a: b\r\n" * 5000, b"a: " + b"b" * 20000, b"a: b\r\n" * 3000 + b"\r\n"):
            self.refused(431, b"POST / HTTP/1.1\r\n" + lines)
        self.refused(431, b"POST /" + b"a" * 20000)

    def test_an_early_refusal_is_read_by_who_is_still_sending(self):
        with self.gateway.connect() as connection:
            connection.send(head(ECHO, 20 << 20)).send(bytes(4 << 20))
            self.assertEqual(connection.answer().status, 413)

    def test_what_is_no_http_is_refused(self):
        both = b"POST %s HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n" % ECHO.encode()
        twice = b"POST %s HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n" % ECHO.encode()
        for data in (b"\0\0\0\0\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", both, twice):
            self.refused(400, data)

    def test_bodies_that_are_not_one_message_are_refused(self):
        one = frame(request())
        for body, code in ((b"", 12), (one + one, 12), (b"\0\0\0", 3), (frame(b"x", 1), 12), (frame(b"a:b", 0x80), 12), (frame(b"", 7), 3),
                           (frame(b"xyz")[:-1], 3)):
            answer = self.gateway.ask(head(ECHO, len(body)) + body)
            self.assertEqual((answer.status, answer.outcome()[0]), (200, code), body)
        self.assertEqual(self.gateway.ask(head(ECHO, 4, content_type=TEXT) + b"****").outcome()[0], 3)

    def test_a_message_that_the_backend_cannot_read_is_its_own_affair(self):
        answer = self.gateway.ask(call(ECHO, b"\xff\xff\xff"))
        self.assertEqual(answer.status, 200)
        self.assertNotIn(answer.outcome()[0], (0, -1))

    def test_metadata_that_cannot_be(self):
        self.assertEqual(self.gateway.ask(call(ECHO, b"", headway_a_bin="*")).outcome(), (3, "header headway-a-bin: not base64"))
        self.assertEqual(self.gateway.ask(call(ECHO, b"", grpc_timeout="1")).outcome()[0], 3)

    def test_messages_are_percent_encoded(self):
        answer = self.gateway.ask(call(ECHO, request(code=5, message="50% é\n")))
        self.assertEqual(answer.outcome(), (5, "50%25 %C3%A9%0A"))
        self.assertEqual(answer.body, b"", "an error without a message is in the headers alone")

    def test_preflight(self):
        asked = {"origin": "https://portal.example.org", "access_control_request_method": "POST",
                 "access_control_request_headers": "content-type,x-grpc-web,authorization,x-other"}
        answer = self.gateway.ask(head(ECHO, method="OPTIONS", content_type="", **asked))
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://portal.example.org")
        self.assertEqual(answer.headers["access-control-allow-headers"], "content-type, x-grpc-web, authorization")
        asked["origin"] = "https://other.example.org"
        answer = self.gateway.ask(head(ECHO, method="OPTIONS", content_type="", **asked))
        self.assertEqual(answer.status, 403)
        self.assertNotIn("access-control-allow-origin", answer.headers)

    def test_refusals_can_be_read_by_pages_that_may_call(self):
        for data in (call("/a/b", b"", origin="https://portal.example.org"), head(ECHO, 100 << 20, origin="https://portal.example.org")):
            answer = self.gateway.ask(data)
            self.assertEqual(answer.headers["access-control-allow-origin"], "https://portal.example.org")
            self.assertIn("grpc-message", answer.headers["access-control-expose-headers"])

    def test_a_page_whose_name_was_pointed_here_is_refused(self):
        self.refused(403, call(ECHO, b"", origin="http://gateway"), "origin")

    def test_noise_is_survived(self):
        randomness = random.Random(1)
        whole = call(ECHO, request(payload=PAYLOAD))
        for _ in range(300):
            data = bytearray(whole)
            for _ in range(randomness.randint(1, 10)):
                data[randomness.randrange(len(data))] = randomness.randrange(256)
            with self.gateway.connect() as connection:
                connection.send(bytes(data[:randomness.randint(0, len(data))]))
        self.echoes(self.gateway.ask(whole))

    def test_instruments(self):
        self.gateway.ask(call(STREAM, request(count=5)))
        self.gateway.ask(head("/", 0))
        seen = self.gateway.instruments()
        self.assertGreaterEqual(seen['headway_rpc_total{code="OK",method="forward",service="gateway"}'], 1)
        self.assertGreaterEqual(seen['headway_gateway_http_answers_total{class="2xx"}'], 1)
        self.assertGreaterEqual(seen['headway_gateway_http_answers_total{class="4xx"}'], 1)
        self.assertGreaterEqual(seen['headway_gateway_messages_total{direction="out"}'], 5)
        self.assertGreater(seen['headway_gateway_message_bytes_total{direction="in"}'], 0)
        self.assertTrue(eventually(lambda: self.gateway.instruments()["headway_gateway_calls_in_flight"] == 0))
        self.assertTrue(eventually(lambda: self.gateway.instruments()["headway_gateway_connections"] == 0))
        self.assertEqual(self.gateway.instruments()["headway_gateway_body_bytes_held"], 0)
        self.assertFalse([name for name in seen if "Echo" in name], "a label names what was called")


class Limits(unittest.TestCase):
    """Times, counts, memory, and the end."""

    def test_slow_headers_slow_bodies_and_idlers_are_closed(self):
        with Gateway(BUILD, "--header-timeout", "0.5", "--body-timeout", "0.5", "--idle-timeout", "0.5") as gateway:
            began = time.monotonic()
            with gateway.connect() as silent, gateway.connect() as header, gateway.connect() as body, gateway.connect() as idle:
                header.send(b"POST / HTTP/1.1\r\n")
                body.send(head(ECHO, 100) + b"\0")
                idle.send(call(ECHO, b"")).answer()
                self.assertEqual(header.answer().status, 408)
                self.assertEqual(body.answer().status, 408)
                self.assertTrue(silent.is_closed() and idle.is_closed())
            self.assertLess(time.monotonic() - began, 3)

    def test_too_many_calls_and_connections_are_told_so(self):
        with Gateway(BUILD, "--max-in-flight", "2", "--max-connections", "6") as gateway:
            with gateway.connect() as first, gateway.connect() as second:
                for connection in (first, second):
                    connection.send(call(ECHO, request(wait_ms=1500)))
                time.sleep(0.3)
                answer = gateway.ask(call(ECHO, b""))
                self.assertEqual((answer.status, answer.headers["retry-after"], answer.headers["grpc-status"]), (503, "1", "14"))
                self.assertEqual([first.answer().outcome()[0], second.answer().outcome()[0]], [0, 0])
            held = [gateway.connect() for _ in range(6)]
            time.sleep(0.3)
            self.assertEqual(gateway.ask(call(ECHO, b"")).status, 503)
            for connection in held:
                connection.socket.close()
            self.assertTrue(eventually(lambda: gateway.get("/healthz") == 200))

    def test_requests_that_never_come_whole_cannot_fill_the_memory(self):
        with Gateway(BUILD, "--max-held-bytes", str(4 << 20)) as gateway:
            data = head(ECHO, (2 << 20) + 5) + frame(bytes(2 << 20))
            held = [gateway.connect().send(data[:-1]) for _ in range(2)]
            time.sleep(0.3)
            self.assertEqual(gateway.ask(data).status, 503)
            for connection in held:
                connection.socket.close()
            self.assertTrue(eventually(lambda: gateway.instruments()["headway_gateway_body_bytes_held"] == 0))
            self.assertEqual(gateway.ask(call(ECHO, b"")).status, 200)

    def test_a_reader_that_takes_nothing_stops_the_backend_and_is_given_up(self):
        with Gateway(BUILD, "--stalled-timeout", "4") as gateway:
            before = gateway.memory_mb()
            with gateway.connect() as connection:
                connection.send(call(STREAM, request(id="stalled", count=2_000_000, answer_bytes=1000)))
                connection.take(1000)
                seen = []  # buffers grow for a while
                self.assertTrue(eventually(lambda: seen.append(gateway.recall("stalled")[3]) or time.sleep(0.1) or (len(seen) > 5 and len(set(seen[-5:])) == 1),
                                           3.5), seen)
                self.assertLess(seen[-1], 100_000)
                self.assertLess(gateway.memory_mb(), before + 16)
                self.assertTrue(eventually(lambda: gateway.recall("stalled")[1], 8), "not given up")

    def test_who_goes_cancels_the_call(self):
        with Gateway(BUILD) as gateway:
            for path, count in ((ECHO, 0), (STREAM, 1), (STREAM, 2_000_000)):
                name = "%s %d" % (path, count)
                with gateway.connect() as connection:
                    connection.send(call(path, request(id=name, count=count, answer_bytes=1000, wait_ms=0 if count > 1 else 60_000)))
                    self.assertTrue(eventually(lambda: gateway.recall(name)[0]), name)
                    time.sleep(0.2)
                self.assertTrue(eventually(lambda: gateway.recall(name)[1] and gateway.recall(name)[2], 2), name)
            self.assertTrue(eventually(lambda: gateway.instruments()["headway_gateway_calls_in_flight"] == 0))
            self.assertEqual(gateway.instruments()["headway_gateway_lost_total"], 3)

    def test_a_backend_that_is_away_is_said_and_found_again(self):
        with Gateway(BUILD) as gateway:
            gateway.stop_backend()
            gateway.wait_ready(503)
            self.assertEqual(gateway.get("/healthz"), 200)
            answer = gateway.ask(call(ECHO, b""))
            self.assertEqual((answer.status, answer.outcome()[0]), (200, 14))
            gateway.start_backend()
            gateway.wait_ready(200)
            self.assertEqual(gateway.ask(call(ECHO, b"")).outcome()[0], 0)

    def test_a_backend_that_dies_in_a_stream_ends_it_as_unavailable(self):
        with Gateway(BUILD) as gateway:
            with gateway.connect() as connection:
                connection.send(call(STREAM, request(count=2_000_000, answer_bytes=1000)))
                connection.take(5000)
                gateway.stop_backend()
                status, body = 200, connection.rest
                while connection.more():
                    if b"grpc-status:14" in connection.rest[-400:]:
                        break
                self.assertIn(b"grpc-status:14", connection.rest[-400:], (status, len(body)))

    def test_stops_in_order(self):
        with Gateway(BUILD) as gateway:
            with gateway.connect() as stream, gateway.connect() as unary, gateway.connect() as idle, gateway.connect() as other:
                stream.send(call(STREAM, request(count=10_000_000, answer_bytes=100)))
                unary.send(call(ECHO, request(payload=b"kept", wait_ms=1000)))
                idle.send(call(ECHO, b"")).answer()
                other.send(head(ECHO, 5))  # its body comes later
                stream.take(1000)
                time.sleep(0.2)
                gateway.terminate()
                while stream.more():
                    stream.rest = stream.rest[-400:]
                self.assertIn(b"grpc-status:14\r\ngrpc-message:the gateway is stopping: retry", stream.rest)
                self.assertTrue(idle.is_closed())
                other.send(frame(b""))
                self.assertEqual(other.answer().headers["connection"], "close")
                answer = unary.answer()
                self.assertEqual((answer.outcome()[0], answer.messages()[0][1], answer.headers["connection"]), (0, b"kept", "close"))
            self.assertEqual(gateway.process.wait(10), 0)

    def test_what_does_not_end_is_ended(self):
        with Gateway(BUILD, "--drain-timeout", "0.5") as gateway:
            with gateway.connect() as connection:
                connection.send(call(ECHO, request(wait_ms=60_000)))
                time.sleep(0.3)
                began = time.monotonic()
                gateway.terminate()
                self.assertEqual(connection.answer().outcome()[0], 14)
                self.assertEqual(gateway.process.wait(10), 0)
                self.assertLess(time.monotonic() - began, 4)


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    unittest.main(verbosity=2)
