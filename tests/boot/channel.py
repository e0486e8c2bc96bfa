# SPDX-License-Identifier: MIT
"""The harness's end of the agent's port: one request, one answer (tests/boot/agent/channel.c has the form)."""

import os
import socket
import struct
import time

RUN, READ, WRITE = 1, 2, 3


class ChannelError(Exception):
    """The agent did not answer: the machine hangs, crashed or went down."""


class Result:
    """How a command in the guest ended."""

    def __init__(self, argv, wait_status, timed_out, out, err):
        self.argv, self.timed_out = argv, bool(timed_out)
        self.raw_out, self.raw_err = out, err
        self.out, self.err = out.decode(errors="replace"), err.decode(errors="replace")
        self.status = os.waitstatus_to_exitcode(wait_status)

    def __repr__(self):
        return (f"{self.argv}: {'timed out' if self.timed_out else f'status {self.status}'}\n"
                f"--- stdout\n{self.out}\n--- stderr\n{self.err}")


class Channel:
    """A connected port."""

    def __init__(self, connection):
        self.socket = connection

    def close(self):
        self.socket.close()

    def receive(self, length, deadline):
        data = bytearray()
        while len(data) < length:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ChannelError(f"no answer of the agent in time ({len(data)} of {length} bytes came)")
            self.socket.settimeout(left)
            try:
                part = self.socket.recv(min(length - len(data), 1 << 20))
            except socket.timeout:
                continue
            except OSError as error:
                raise ChannelError(f"the agent's port: {error}") from error
            if not part:
                raise ChannelError("the agent's port was closed: the machine is down")
            data += part
        return bytes(data)

    def answer(self, timeout):
        """(errno, content) of the next answer."""
        deadline = time.monotonic() + timeout
        length, = struct.unpack("<I", self.receive(4, deadline))
        data = self.receive(length, deadline)
        return struct.unpack_from("<i", data)[0], data[4:]

    def ask(self, request, timeout):
        try:
            self.socket.settimeout(timeout)
            self.socket.sendall(struct.pack("<I", len(request)) + request)
        except OSError as error:
            raise ChannelError(f"the agent's port: {error}") from error
        return self.answer(timeout)

    def run(self, argv, stdin, timeout, pid):
        """Run argv, in all namespaces of process pid unless that is 0."""
        request = struct.pack("<IIiII", RUN, int(timeout * 1000), pid, len(argv), len(stdin))
        request += b"".join(os.fsencode(word) + b"\0" for word in argv) + stdin
        number, data = self.ask(request, timeout + 20)
        if number:
            raise OSError(number, os.strerror(number), argv[0])
        status, timed_out, out_length = struct.unpack_from("<iII", data)
        return Result(argv, status, timed_out, data[12:12 + out_length], data[12 + out_length:])

    def read(self, path):
        number, data = self.ask(struct.pack("<I", READ) + os.fsencode(path) + b"\0", 20)
        if number:
            raise OSError(number, os.strerror(number), path)
        return data

    def write(self, path, content):
        number, _ = self.ask(struct.pack("<I", WRITE) + os.fsencode(path) + b"\0" + content, 20)
        if number:
            raise OSError(number, os.strerror(number), path)
