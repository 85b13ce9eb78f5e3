"""An object store that misbehaves by table: a proxy before a real one. A fault says which request it meets ("METHOD
/bucket/key?query", by a regular expression), which of these in their order, and what becomes of it."""

import http.client
import http.server
import re
import socket
import threading

import servers


class Fault:
    """`before` the request reaches the store, or when its answer is on the way back:
    "drop"      the connection breaks, before: the store never sees the request; after: the answer is lost
    "500", "503", "429", "403"   the answer is that error
    "error200"  the answer is 200 with an error in its body
    "empty200"  the answer is 200 without body and headers
    "cut"       half of the answer's body comes, then the connection breaks
    "other"     the answer is that of another request, as the last one that matched `other`
    "hold"      waits for release()"""

    def __init__(self, pattern, what, nth=1, times=1, is_before=False, other=None):
        self.pattern = re.compile(pattern)
        self.what, self.nth, self.times, self.is_before = what, nth, times, is_before
        self.other = re.compile(other) if other else None
        self.n_seen = self.n_done = 0
        self.met, self.released = threading.Event(), threading.Event()

    def meets(self, request):
        if not self.pattern.search(request):
            return False
        self.n_seen += 1
        if self.n_seen < self.nth or self.n_done >= self.times:
            return False
        self.n_done += 1
        self.met.set()
        return True

    def release(self):
        self.released.set()


class Lost(Exception):
    pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=120)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, [(n, v) for n, v in answer.getheaders()
                                   if n.lower() not in ("connection", "transfer-encoding", "content-length")], \
                answer.read(), answer.getheader("Content-Length")
        finally:
            connection.close()

    def send(self, status, headers, body, length, is_cut=False):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:len(body) // 2] if is_cut else body)
        if is_cut:
            raise Lost

    def error(self, status, code):
        body = f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>made by the test</Message></Error>".encode()
        return status, [("Content-Type", "application/xml")], body, None

    def apply(self, fault, answer):
        if fault.what == "drop":
            raise Lost
        if fault.what == "hold":
            fault.released.wait(120)
        elif fault.what == "error200":
            return self.error(200, "InternalError")
        elif fault.what == "empty200":
            return 200, [], b"", None
        elif fault.what == "other":
            return self.server.kept.get(fault, answer)
        elif fault.what.isdigit():
            return self.error(int(fault.what), {"403": "AccessDenied", "429": "SlowDown"}.get(fault.what, "InternalError"))
        return answer

    def serve(self):
        request = f"{self.command} {self.path}"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            met = [fault for fault in self.server.faults if fault.meets(request)]
            self.server.requests.append(request)
        answer = None
        try:
            for fault in met:
                if fault.is_before:
                    answer = self.apply(fault, answer)
            if answer is None:
                answer = self.forward(body)
            for fault in self.server.faults:
                if fault.other is not None and fault.other.search(request):
                    self.server.kept[fault] = answer
            for fault in met:
                if not fault.is_before:
                    answer = self.apply(fault, answer)
            self.send(*answer, is_cut=any(fault.what == "cut" for fault in met))
        except (Lost, OSError, http.client.HTTPException):
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve


class Proxy(http.server.ThreadingHTTPServer):
    """`with Proxy(store.port) as proxy:`; faults may be added at any time."""

    daemon_threads = True

    def __init__(self, target, *faults):
        super().__init__(("127.0.0.1", servers.free_port()), Handler)
        self.target = target
        self.faults, self.requests, self.kept = list(faults), [], {}
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, *arguments, **options):
        fault = Fault(*arguments, **options)
        with self.lock:
            self.faults.append(fault)
        return fault

    def handle_error(self, request, client_address):
        pass

    def __exit__(self, *_):
        for fault in self.faults:
            fault.release()
        self.shutdown()
        self.server_close()
        self.thread.join()
