"""What the servers of the tests share: a free port, and one server for all tests of a program."""

import functools
import socket
import unittest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def shared(start):
    """Calls `start` once, and closes what it started when the module's tests have ended."""

    @functools.cache
    def once():
        server = start()
        unittest.addModuleCleanup(once.cache_clear)
        unittest.addModuleCleanup(server.close)
        return server

    return once
