# SPDX-License-Identifier: MIT
"""The time source of a QEMU appliance: answers NTP on 127.0.0.1 with this machine's clock (RFC 5905, server mode)."""

import socket
import struct
import threading
import time

UNIX_TO_NTP_S = 2208988800
MODE_SERVER, STRATUM = 4, 2
PRECISION = -20    # log2 seconds


def _stamp(now):
    return struct.pack("!II", (int(now) + UNIX_TO_NTP_S) & 0xffffffff, int(now % 1 * 2**32))


def answer(request, now):
    """The answer to a request of a client that came at now (seconds since 1970), None if it is not one."""
    if len(request) < 48 or request[0] & 7 != 3:
        return None
    return (bytes([request[0] & 0x38 | MODE_SERVER, STRATUM, request[2]]) + struct.pack("!b", PRECISION)
            + struct.pack("!II4s", 0, 0, bytes([127, 0, 0, 1]))
            + _stamp(now) + request[40:48] + _stamp(now) + _stamp(now))


def serve(port, offset_s=0.0):
    """Answer on 127.0.0.1:port in a thread of its own, offset_s beside the right time. Returns the socket, whose
    shutdown() ends it. Raises OSError when the port is taken."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))

    def loop():
        while True:
            try:
                request, client = server.recvfrom(512)
                if client is None:    # shut down: it would say so for ever
                    return
                reply = answer(request, time.time() + offset_s)
                if reply:
                    server.sendto(reply, client)
            except OSError:
                return

    threading.Thread(target=loop, daemon=True).start()
    return server
