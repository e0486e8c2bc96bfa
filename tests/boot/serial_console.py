# SPDX-License-Identifier: MIT
"""The guest's serial console as a person at a terminal uses it: type, and read what comes."""

import codecs
import re
import socket
import threading
import time


class SerialConsole:
    """A connected serial line, read all the time: a line that nobody reads would hold the guest's console up. QEMU
    itself keeps the log file of all that was printed."""

    def __init__(self, connection):
        self.socket = connection
        self.raw, self.is_open = "", True
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                part = self.socket.recv(65536)
            except OSError:
                part = b""
            if not part:
                self.is_open = False
                return
            self.raw += decoder.decode(part)

    @property
    def text(self):
        """All that was printed so far, without colours and the like."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.reader.join()
        self.socket.close()

    def expect(self, pattern, timeout=15, since=0):
        """Wait until pattern (a regular expression) was printed after position since; returns the match."""
        deadline = time.monotonic() + timeout
        while True:
            is_open = self.is_open
            match = re.compile(pattern, re.M | re.S).search(self.text, since)
            if match:
                return match
            assert is_open and time.monotonic() < deadline, \
                f"the console did not print {pattern!r} in {timeout} s; since then it printed:\n{self.text[since:][-3000:]}"
            time.sleep(0.02)

    def type(self, line):
        """Type a line; returns the position from which on its output stands."""
        at = len(self.text)
        self.socket.sendall(line.encode() + b"\r")
        return at

    def command(self, line, timeout=20):
        """Type a shell command; returns (output, exit status)."""
        at = self.type(f"{line}; echo \"status=$?.\"")
        match = self.expect(r"\r?\n(?P<out>.*?)status=(?P<status>\d+)\.\r?\n", timeout, at)
        return match["out"].replace("\r\n", "\n"), int(match["status"])
