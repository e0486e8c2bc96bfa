# SPDX-License-Identifier: MIT
"""A cable to a second network interface of the machine, with a neighbour at its other end that speaks multicast DNS.

QEMU sends each Ethernet frame as a UDP packet to a port of 127.0.0.1, and takes what comes back. So multicast reaches
this process and nobody else.
"""

import socket
import struct
import threading
import time

import dns
import qemu

GROUP, PORT = "224.0.0.251", 5353
GROUP_MAC = bytes.fromhex("01005e0000fb")
OWN_MAC = bytes.fromhex("525400770002")
IPV4, UDP = 0x0800, 17


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    return 0xffff - (total % 0xffff or 0xffff)


class Neighbour:
    """A machine with one name and one address. Context manager: it listens until the end."""

    def __init__(self, name, address):
        self.name, self.address = name, address
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
                "-device", "virtio-net-pci,netdev=wire,romfile=,mac=52:54:00:77:00:01"]

    def listen(self):
        self.socket.settimeout(0.2)
        while not self.closing:
            try:
                message = self.take(self.socket.recv(65536))
            except (socket.timeout, ConnectionError):    # a QEMU that is not there yet refuses
                continue
            if message and message.is_response:
                self.records += message.records
            elif message:
                self.asked += [name for name, _ in message.questions]
                if (self.name, dns.A) in message.questions:
                    self.send(dns.answer_a(self.name, self.address))

    @staticmethod
    def take(frame):
        """The multicast DNS message in a frame, or None."""
        if len(frame) < 42 or frame[12:14] != struct.pack("!H", IPV4) or frame[23] != UDP:
            return None
        start = 14 + (frame[14] & 15) * 4
        _, target, length, _ = struct.unpack_from("!4H", frame, start)
        return dns.Message(frame[start + 8:start + length]) if target == PORT else None

    def send(self, message):
        """To the group, as multicast DNS has it: from its port, with a time to live of 255."""
        datagram = struct.pack("!4H", PORT, PORT, 8 + len(message), 0) + message
        addresses = socket.inet_aton(self.address) + socket.inet_aton(GROUP)
        head = struct.pack("!2B3H2B", 0x45, 0, 20 + len(datagram), 0, 0, 255, UDP)
        head += struct.pack("!H", checksum(head + b"\0\0" + addresses)) + addresses
        frame = GROUP_MAC + OWN_MAC + struct.pack("!H", IPV4) + head + datagram
        self.socket.sendto(frame, ("127.0.0.1", self.guest_port))

    def find(self, name, kind, timeout=20):
        """Ask until somebody on the cable answers: the data of all such records."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.send(dns.question(name, kind, 0, 0))
            pause = time.monotonic() + 1
            while time.monotonic() < pause:
                found = [data for owner, of_kind, data in list(self.records) if (owner, of_kind) == (name, kind)]
                if found:
                    return found
                time.sleep(0.05)
        return []
