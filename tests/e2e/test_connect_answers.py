"""What a server may answer that is no Spark, an old one, or one that breaks the protocol: each is an error of the environment with
a message, in bounded time, and never a crash. The server is a few lines of HTTP/2, and Spark itself is not needed."""

import base64
import struct
import unittest

import servers
import spark

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
ACK, END_STREAM, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def text(value):
    """A string of HPACK: its length in a prefix of seven bits, and its bytes."""
    value, out = value.encode(), b""
    if len(value) < 127:
        return bytes((len(value),)) + value
    rest = len(value) - 127
    while rest >= 128:
        out += bytes((rest & 127 | 128,))
        rest >>= 7
    return b"\x7f" + out + bytes((rest,)) + value


def block(*pairs):
    return b"".join(b"\0" + text(name) + text(value) for name, value in pairs)


def field(number, value):
    value = value.encode() if isinstance(value, str) else value
    assert len(value) < 128
    return bytes((number << 3 | 2, len(value))) + value


def message(payload, flag=0):
    return bytes((flag,)) + struct.pack(">I", len(payload)) + payload


GRPC = (("content-type", "application/grpc"),)


def answer(stream, *bodies, status=200, headers=GRPC, trailers=(("grpc-status", "0"),)):
    out = frame(HEADERS, END_HEADERS, stream, block((":status", str(status)), *headers))
    out += b"".join(frame(DATA, 0, stream, body) for body in bodies)
    return out + frame(HEADERS, END_HEADERS | END_STREAM, stream, block(*trailers))


def version(number):
    """An AnalyzePlanResponse."""
    return message(field(8, field(1, number)))


def fails(status, words="", *more):
    return lambda stream: answer(stream, trailers=(("grpc-status", str(status)), ("grpc-message", words), *more))


class Server(servers.Listener):
    """Answers every call by the same bytes."""

    def __init__(self, reply):
        self.reply, self.n_calls = reply, 0
        super().__init__()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                stream.read(24)  # the preface
                connection.sendall(frame(SETTINGS, 0, 0))
                while head := stream.read(9):
                    stream.read(int.from_bytes(head[:3], "big"))
                    if head[3] == SETTINGS and not head[4] & ACK:
                        connection.sendall(frame(SETTINGS, ACK, 0))
                    if head[3] in (DATA, HEADERS) and head[4] & END_STREAM:
                        self.n_calls += 1
                        reply = self.reply(int.from_bytes(head[5:], "big"))
                        if reply is None:
                            return
                        connection.sendall(reply)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class Answers(unittest.TestCase):
    def said_to(self, reply, **env):
        server = Server(reply)
        self.addCleanup(server.close)
        client = spark.Client(f"sc://127.0.0.1:{server.port}", env=env)
        self.addCleanup(client.close)
        self.assertFalse(client.opened.is_done)
        self.assertEqual(client.opened.error["kind"], "environment")
        self.assertGreater(server.n_calls, 0)
        self.n_calls = server.n_calls
        return client.opened.error["message"]

    def test_a_version_before_4_is_refused_by_name(self):
        for number in ("3.5.6", "2.4.8", "", "three"):
            with self.subTest(version=number):
                self.assertIn(f'is version "{number}", 4.0 or later was expected', self.said_to(lambda s, n=number: answer(s, version(n))))

    def test_statuses_say_what_they_mean(self):
        for reply, expected in (
                (fails(12, "unknown service spark.connect.SparkConnectService"), "does not speak Spark Connect 4: unknown service"),
                (fails(16, "no%20%C3%A1 token"), "refuses a client without a token: no á token"),
                (fails(7, "not yours"), "refuses a client without a token: not yours"),
                (fails(13, "[A_CLASS.OF_ITS] What it is. SQLSTATE: 12345%0Amore"), "could not tell its version: What it is (A_CLASS.OF_ITS)"),
                (fails(2), "could not tell its version: it does not say why (UNKNOWN)"),
                (fails(99, "x"), "could not tell its version: x (an unknown status)"),
                (fails(13, "x", ("grpc-status-details-bin", "no base64 at all!")), "could not tell its version: x (INTERNAL)"),
                (fails(13, "x", ("grpc-status-details-bin", base64.b64encode(b"\xff" * 90).decode())), "could not tell its version: x (INTERNAL)"),
                (fails(13, "x" * 9000), "xxxxxxxx")):
            with self.subTest(expected=expected):
                self.assertIn(expected, self.said_to(reply))

    def test_details_that_lead_nowhere_do_not_hide_the_error(self):
        """The server that says it has more to tell fails again when it is asked."""
        info = field(1, "a.b.C") + field(3, field(1, "errorId") + field(2, "17")) + field(3, field(1, "sqlState") + field(2, "42000"))
        any_of_it = field(1, "t/google.rpc.ErrorInfo") + field(2, info)
        self.assertLess(len(any_of_it), 128)
        detail = base64.b64encode(field(2, "x") + field(3, any_of_it)).decode().rstrip("=")
        said = self.said_to(fails(13, "[X] It broke.", ("grpc-status-details-bin", detail)))
        self.assertIn("could not tell its version: It broke (X, SQLSTATE 42000)", said)
        self.assertEqual(self.n_calls, 2)

    def test_what_is_no_answer_is_told_as_such(self):
        for reply, expected in (
                (lambda s: answer(s, b"<html>", status=404, headers=(("content-type", "text/html"),), trailers=(("x", "y"),)), "HTTP status 404"),
                (lambda s: answer(s, b"hello", headers=(("content-type", "text/plain"),), trailers=(("x", "y"),)), "is not Spark Connect"),
                (lambda s: answer(s, version("4.0.0"), trailers=(("x", "y"),)), "its answer has no status"),
                (lambda s: answer(s, message(b"zipped", flag=1)), "compresses its messages"),
                (lambda s: answer(s, b"\0\xff\xff\xff\xff"), "a message of more than 1 GiB"),
                (lambda s: answer(s, message(b"\xff\xff\xff")), "gives an answer to AnalyzePlan that is none"),
                (lambda s: answer(s), "gives an answer to AnalyzePlan that is none"),
                (lambda s: frame(RESET, 0, s, struct.pack(">I", 2)), "could not reach Spark"),
                (lambda s: frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)), "could not reach Spark"),
                (lambda s: b"no frame of HTTP/2, but some text that goes on and on", "could not reach Spark"),
                (lambda s: None, "could not reach Spark")):
            with self.subTest(expected=expected):
                self.assertIn(expected, self.said_to(reply))

    def test_a_server_that_is_not_ready_is_asked_again(self):
        calls = []

        def reply(stream):
            calls.append(stream)
            return fails(14, "starting")(stream) if len(calls) < 4 else fails(12, "enough")(stream)

        self.assertIn("enough", self.said_to(reply))
        self.assertEqual(len(calls), 4)


if __name__ == "__main__":
    unittest.main()
