"""What the servers of the tests share: a free port, one server for all tests of a program, and that none outlives it."""

import ctypes
import functools
import os
import signal
import socket
import threading
import unittest

PR_SET_PDEATHSIG = 1  # of linux/prctl.h
LIBC = ctypes.CDLL(None, use_errno=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def dying_with(parent, death=signal.SIGKILL):
    """A preexec_fn: the system sends `death` to the server when the test program that started it ends in any way, a
    kill by a time limit too. The parent may have died before it was asked for: then nothing is started."""

    def prepare():
        if LIBC.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(1)

    return prepare


class Listener:
    """Takes connections on a free port of the loopback, and hands each to `serve` in a thread of its own."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        raise NotImplementedError


def shared(start):
    """Calls `start` once, and closes what it started when the module's tests have ended."""

    @functools.cache
    def once():
        server = start()
        unittest.addModuleCleanup(once.cache_clear)
        unittest.addModuleCleanup(server.close)
        return server

    return once
