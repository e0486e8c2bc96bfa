# SPDX-License-Identifier: MIT
"""The guest's serial console as a person at a terminal uses it: type, and read what comes."""

import re
import socket
import time


class SerialConsole:
    """A connected serial line; QEMU itself keeps the log file of all that was printed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.text = ""

    def close(self):
        self.socket.close()

    def poll(self):
        """Take in what was printed; False once the line is closed."""
        while True:
            try:
                part = self.socket.recv(65536)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not part:
                return False
            self.text += part.decode(errors="replace")

    def expect(self, pattern, timeout=15, since=0):
        """Wait until pattern (a regular expression) was printed after position since; returns the match."""
        deadline = time.monotonic() + timeout
        while True:
            is_open = self.poll()
            match = re.compile(pattern, re.M | re.S).search(self.text, since)
            if match:
                return match
            assert is_open and time.monotonic() < deadline, \
                f"the console did not print {pattern!r} in {timeout} s; since then it printed:\n{self.text[since:][-3000:]}"
            time.sleep(0.02)

    def type(self, line):
        """Type a line; returns the position from which on its output stands."""
        self.poll()
        at = len(self.text)
        self.socket.setblocking(True)
        self.socket.sendall(line.encode() + b"\r")
        self.socket.setblocking(False)
        return at

    def command(self, line, timeout=20):
        """Type a shell command; returns (output, exit status)."""
        at = self.type(f"{line}; echo \"status=$?.\"")
        match = self.expect(r"\r?\n(?P<out>.*?)status=(?P<status>\d+)\.\r?\n", timeout, at)
        return match["out"].replace("\r\n", "\n"), int(match["status"])
