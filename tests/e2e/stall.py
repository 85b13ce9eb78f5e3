"""A TCP proxy that passes on what both sides say, until one of them says what it waits for: from then on nothing."""

import select
import socket
import threading

import servers


class Proxy(servers.Listener):
    def __init__(self, port, asked=None, answered=None):
        """Stalls once the client has sent the bytes `asked`, or the server that many bytes at once; with neither the
        connection is taken and never answered."""
        self.server_port, self.asked, self.answered = port, asked, answered
        self.stalled = threading.Event()
        self.open = []
        super().__init__()

    def close(self):
        self.listener.close()
        for connection in self.open:
            connection.close()

    def serve(self, client):
        self.open.append(client)
        if self.stalled.is_set() or (self.asked is None and self.answered is None):
            self.stalled.set()
            return
        server = socket.create_connection(("127.0.0.1", self.server_port))
        self.open.append(server)
        try:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(1 << 16)
                    if not data:
                        raise ConnectionError
                    if ready is client and self.asked is not None and self.asked in data:
                        self.stalled.set()
                    if ready is server and self.answered is not None and len(data) >= self.answered:
                        client.sendall(data[:len(data) // 2])
                        self.stalled.set()
                    if self.stalled.is_set():
                        return  # both stay open
                    (server if ready is client else client).sendall(data)
        except OSError:
            client.close()
            server.close()
