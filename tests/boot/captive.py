# SPDX-License-Identifier: MIT
"""Talks to a service in enemy hands (tests/boot/probe) through the port that it serves."""

import errno
import socket


class Captive:
    """A connection to it; each command is one line, each answer one line."""

    def __init__(self, guest, port):
        self.socket = socket.create_connection(("127.0.0.1", guest.port(port)), timeout=15)
        self.file = self.socket.makefile("rw")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def ask(self, *words):
        """The whole answer: "ok ...", "errno N", "killed N"."""
        self.file.write(" ".join(str(word) for word in words) + "\n")
        self.file.flush()
        answer = self.file.readline()
        assert answer, f"the captive service closed the connection on {words}"
        return answer.rstrip("\n")

    def allowed(self, *words):
        """What follows "ok"; anything else is a failure."""
        answer = self.ask(*words)
        assert answer.startswith("ok"), f"{words}: {answer}"
        return answer[3:]

    def denied(self, *words):
        """The name of the errno; success is a failure of the jail."""
        answer = self.ask(*words)
        assert answer.startswith("errno "), f"{words} should have been refused: {answer}"
        return errno.errorcode[int(answer.split()[1])]
