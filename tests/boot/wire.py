# SPDX-License-Identifier: MIT
"""A cable to a second network interface of the machine, with a neighbour at its other end: it speaks multicast DNS, and
whoever takes it for the way into the Internet finds it in the place of every name server.

QEMU sends each Ethernet frame as a UDP packet to a port of 127.0.0.1, and takes what comes back. So all of this
reaches this process and nobody else.
"""

import socket
import struct
import threading
import time

import dns
import qemu

GROUP, MDNS, SERVER = "224.0.0.251", 5353, 53
GROUP_MAC, GUEST_MAC, OWN_MAC = "01:00:5e:00:00:fb", "52:54:00:77:00:01", "52:54:00:77:00:02"
IPV4, UDP = 0x0800, 17


class Datagram:
    """The UDP packet in an Ethernet frame; port is None in any other frame."""

    def __init__(self, frame):
        self.port = None
        if len(frame) >= 42 and frame[12:14] == struct.pack("!H", IPV4) and frame[23] == UDP:
            self.source, self.target = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
            start = 14 + (frame[14] & 15) * 4
            self.source_port, self.port, length, _ = struct.unpack_from("!4H", frame, start)
            self.data = frame[start + 8:start + length]


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    return 0xffff - (total % 0xffff or 0xffff)


class Neighbour:
    """A machine with one name and one address. Context manager: it listens until the end.

    forged: the address that it gives, as a name server, for every name; None: it is silent."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.forged = None
        self.asked = []        # names that were asked for
        self.records = []      # what was answered to anybody
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.guest_port = qemu.free_port("udp")
        self.closing = False
        self.thread = threading.Thread(target=self.listen, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        self.thread.join(5)
        self.socket.close()

    def devices(self):
        """QEMU's arguments: the interface and its cable."""
        here = self.socket.getsockname()[1]
        return ["-netdev", f"socket,id=wire,udp=127.0.0.1:{here},localaddr=127.0.0.1:{self.guest_port}",
                "-device", f"virtio-net-pci,netdev=wire,romfile=,mac={GUEST_MAC}"]

    def listen(self):
        self.socket.settimeout(0.2)
        while not self.closing:
            try:
                got = Datagram(self.socket.recv(65536))
            except (socket.timeout, ConnectionError):    # a QEMU that is not there yet refuses
                continue
            if got.port == MDNS:
                self.hear(dns.Message(got.data))
            elif got.port == SERVER and self.forged:
                self.asked += [name for name, _ in dns.Message(got.data).questions]
                self.send(dns.forged(got.data, self.forged), GUEST_MAC, (got.target, got.port),
                          (got.source, got.source_port))

    def hear(self, message):
        """What somebody says to the group."""
        if message.is_response:
            self.records += message.records
        else:
            self.asked += [name for name, _ in message.questions]
            if (self.name, dns.A) in message.questions:
                self.say(dns.answer_a(self.name, self.address))

    def say(self, message):
        """To the group, as multicast DNS has it, from its port."""
        self.send(message, GROUP_MAC, (self.address, MDNS), (GROUP, MDNS))

    def send(self, message, to_mac, source, target):
        """A frame with one UDP packet; source and target are (address, port).
        Multicast DNS wants a time to live of 255."""
        datagram = struct.pack("!4H", source[1], target[1], 8 + len(message), 0) + message
        addresses = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
        head = struct.pack("!2B3H2B", 0x45, 0, 20 + len(datagram), 0, 0, 255, UDP)
        head += struct.pack("!H", checksum(head + b"\0\0" + addresses)) + addresses
        frame = mac(to_mac) + mac(OWN_MAC) + struct.pack("!H", IPV4) + head + datagram
        self.socket.sendto(frame, ("127.0.0.1", self.guest_port))

    def find(self, name, kind, timeout=20):
        """Ask until somebody on the cable answers: the data of all such records."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.say(dns.question(name, kind, 0, 0))
            pause = time.monotonic() + 1
            while time.monotonic() < pause:
                found = [data for owner, of_kind, data in list(self.records) if (owner, of_kind) == (name, kind)]
                if found:
                    return found
                time.sleep(0.05)
        return []
