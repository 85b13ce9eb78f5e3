"""Between crisol and PostgreSQL: passes on what both say, until a fault of the table below happens to the first COMMIT."""

import select
import socket
import struct
import threading
import time

import servers

# What happens to the first COMMIT, and then. `forward`: the server gets it, at once or after so many seconds; `answer`: the
# client is told; `client`: what becomes of its connection; `server`: the server's side of it, where it is not closed with it;
# `away`: seconds in which no connection is taken after that (None: for good, until `heal`).
FAULTS = {
    "answer lost": {"forward": 0, "client": "closed"},
    "answer lost, away": {"forward": 0, "client": "closed", "away": 2},
    "answer lost, gone": {"forward": 0, "client": "closed", "away": None},
    "answer lost, reset": {"forward": 0, "client": "reset"},
    "answer cut": {"forward": 0, "client": "cut"},
    "COMMIT lost": {"client": "closed"},
    "COMMIT lost, away": {"client": "closed", "away": 2},
    "COMMIT lost, gone": {"client": "closed", "away": None},
    "COMMIT lost, session stays": {"client": "closed", "server": "open"},
    "COMMIT lost, session stays, gone": {"client": "closed", "server": "open", "away": None},
    "COMMIT late": {"forward": 3, "client": "closed", "server": "open"},
    "COMMIT late, gone": {"forward": 3, "client": "closed", "server": "open", "away": None},
    "silence": {"client": "open", "server": "open"},
    "silence, COMMIT done": {"forward": 0, "client": "open", "server": "open"},
    "silence before COMMIT": {"on": b"Q", "where": b"COPY", "client": "open", "server": "open"},
}


class Proxy(servers.Listener):
    def __init__(self, port):
        """`port` is the server's."""
        self.server_port = port
        self.fault = None
        self.is_gone = False
        self.happened = threading.Event()
        self.open = []
        super().__init__()

    def arm(self, name):
        self.fault = FAULTS[name]
        self.happened.clear()

    def heal(self):
        self.is_gone = False

    def close(self):
        self.listener.close()
        for connection in self.open:
            connection.close()

    def serve(self, client):
        """Messages of the client are looked at one by one once it has begun to speak in them."""
        if self.is_gone:
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self.server_port))
        self.open += [client, server]
        held, is_typed = b"", False
        try:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(1 << 16)
                    if not data:
                        raise ConnectionError
                    if ready is server:
                        client.sendall(data)
                        continue
                    held += data
                    while True:
                        head = 5 if is_typed else 4
                        if len(held) < head:
                            break
                        length = struct.unpack("!I", held[head - 4:head])[0] + head - 4
                        if len(held) < length:
                            break
                        message, held = held[:length], held[length:]
                        code = struct.unpack("!I", message[4:8])[0] if not is_typed else 0
                        if not is_typed and code == 80877102:  # a request to cancel: then the server ends the connection
                            is_typed = True
                        elif not is_typed and code >> 16 == 3:
                            is_typed = True
                        if is_typed and self.takes(message):
                            self.happen(client, server, message)
                            return
                        server.sendall(message)
        except OSError:
            client.close()
            server.close()

    def takes(self, message):
        if self.fault is None or self.happened.is_set():
            return False
        return message[:1] == b"Q" and message[5:-1].startswith(self.fault.get("where", b"COMMIT"))

    def happen(self, client, server, message):
        fault = self.fault
        away = fault.get("away", 0)
        self.is_gone = away != 0
        if fault.get("forward") == 0:
            server.sendall(message)
            answer = server.recv(1 << 16)
            if fault["client"] == "cut":
                client.sendall(answer[:3])
        self.happened.set()
        if fault["client"] == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault["client"] != "open":
            client.close()
        if fault.get("server") != "open":
            server.close()
        if away:
            time.sleep(away)
            self.is_gone = False
        if fault.get("forward", 0) > 0:
            time.sleep(fault["forward"])
            try:
                server.sendall(message)
            except OSError:
                pass
