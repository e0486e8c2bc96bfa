# SPDX-License-Identifier: MIT
"""DNS messages, as far as the tests ask and answer (RFC 1035; multicast: RFC 6762)."""

import socket
import struct

A, NS, PTR, SRV = 1, 2, 12, 33
IN, CACHE_FLUSH = 1, 0x8000
RESPONSE, RECURSE, UNCHECKED = 0x8400, 0x0100, 0x0010
SERVFAIL, NXDOMAIN = 2, 3


def pack_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def question(name, kind, ident=0x1234, flags=RECURSE):
    """A message that asks for one name."""
    return struct.pack("!6H", ident, flags, 1, 0, 0, 0) + pack_name(name) + struct.pack("!2H", kind, IN)


def answer_a(name, address):
    """The multicast answer of the machine that has this name and address."""
    return (struct.pack("!6H", 0, RESPONSE, 0, 1, 0, 0) + pack_name(name) +
            struct.pack("!2HIH", A, IN | CACHE_FLUSH, 120, 4) + socket.inet_aton(address))


def forged(data, address):
    """A name server's answer to a question, without a signature: any name has this address, and no record of a kind
    other than that and a name server."""
    message = Message(data)
    (name, kind), = message.questions
    content = {A: socket.inet_aton(address), NS: pack_name("a.root-servers.net")}.get(kind, b"")
    record = pack_name(name) + struct.pack("!2HIH", kind, IN, 120, len(content)) + content if content else b""
    asked = pack_name(name) + struct.pack("!2H", kind, IN)
    return struct.pack("!6H", message.ident, RESPONSE, 1, bool(record), 0, 0) + asked + record


class Message:
    """What a message says: code, questions as (name, kind), records as (name, kind, data)."""

    def __init__(self, data):
        self.data, self.at = data, 12
        self.ident, self.flags, asked, *counts = struct.unpack_from("!6H", data)
        self.code = self.flags & 15
        self.is_response = bool(self.flags & 0x8000)
        self.questions = []
        for _ in range(asked):
            name = self.take_name()
            self.questions.append((name, self.take("!2H")[0]))
        self.records = [self.take_record() for _ in range(sum(counts))]

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def take_name(self):
        """A name; its end may be a pointer to where the same was said before."""
        parts, after = [], None
        while True:
            length = self.data[self.at]
            if length >= 0xc0:
                pointer, = self.take("!H")
                after, self.at = after or self.at, pointer & 0x3fff
                continue
            self.at += 1
            if not length:
                break
            parts.append(self.data[self.at:self.at + length].decode())
            self.at += length
        self.at = after or self.at
        return ".".join(parts)

    def take_record(self):
        """data: an address, a name, or (port, name); else the bytes."""
        name = self.take_name()
        kind, _, _, length = self.take("!2HIH")
        end = self.at + length
        if kind == A:
            data = socket.inet_ntoa(self.data[self.at:end])
        elif kind == PTR:
            data = self.take_name()
        elif kind == SRV:
            _, _, port = self.take("!3H")
            data = port, self.take_name()
        else:
            data = self.data[self.at:end]
        self.at = end
        return name, kind, data


def ask_tcp(port, name, kind=A, flags=RECURSE):
    """What the server behind this port of 127.0.0.1 says; TCP is answered like UDP, with the length in front."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        sent = question(name, kind, flags=flags)
        client.sendall(struct.pack("!H", len(sent)) + sent)
        file = client.makefile("rb")
        head = file.read(2)
        if len(head) < 2:
            raise ConnectionError("the server closed the connection")
        message = Message(file.read(struct.unpack("!H", head)[0]))
    assert message.ident == 0x1234, "the answer is not to this question"
    return message
