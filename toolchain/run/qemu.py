# SPDX-License-Identifier: MIT
"""The QEMU command of a board, for `make run` and for the boot tests, and what QEMU needs to be run well."""

import ctypes
import hashlib
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
PROBE_S = 8    # the longest a kernel under KVM may take to its first line


class Forward(NamedTuple):
    """A port of the guest, reachable at this port of the host's 127.0.0.1."""
    proto: str     # tcp or udp
    host: int
    guest: int


def command(board, *, kernel, initramfs, firmware, data=None, accel="tcg", ram_mb=256, append="", forwards=(),
            serial="stdio", extra=()):
    """The argument vector for the board's directory. data: the image of /data, None for a machine without.
    serial: what -serial is given. extra: further arguments, as for a virtio-serial channel."""
    forward = "".join(f",hostfwd={f.proto}:127.0.0.1:{f.host}-:{f.guest}" for f in forwards)
    values = {"ACCEL": accel, "RAM": str(ram_mb), "KERNEL": kernel, "INITRAMFS": initramfs, "FIRMWARE": firmware,
              "APPEND": append, "FORWARD": forward}
    if data is not None:
        values["DATA"] = data
    argv = []
    with open(f"{board}/qemu.args", encoding="utf-8") as file:
        for line in file:
            names = set(re.findall(r"%(\w+)%", line))
            if line.startswith("#") or not names <= values.keys():
                continue
            argv += [re.sub(r"%(\w+)%", lambda m: values[m.group(1)], word) for word in shlex.split(line)]
    return argv + ["-serial", serial, *extra]


def free_port(proto, wanted=0):
    """wanted if it is free on 127.0.0.1, else one that is."""
    kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, kind) as probe:
            # A TCP port in TIME_WAIT is free; for UDP the same option would also accept a port that is in use.
            if proto == "tcp":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError(f"no free {proto} port on 127.0.0.1")


def _die_with_parent():
    # A QEMU must not outlive whoever started it, however that ends.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(argv, **popen):
    """Start QEMU so that it ends with this process."""
    # pylint: disable=subprocess-popen-preexec-fn
    return subprocess.Popen(argv, preexec_fn=_die_with_parent, **popen)


def stop(process, patience_s=5):
    """End a QEMU that start() made; returns its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def _probe_kvm(board, kernel):
    """Does this kernel really say something under KVM? Returns "" or why not."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "there is no usable /dev/kvm"
    argv = command(board, kernel=kernel, initramfs="/dev/null", firmware="/dev/null", accel="kvm",
                   append="panic=-1 earlyprintk=ttyS0", extra=["-no-reboot"])
    process = start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.set_blocking(process.stdout.fileno(), False)
    seen, end = b"", time.monotonic() + PROBE_S
    try:
        while time.monotonic() < end:
            seen += process.stdout.read() or b""
            if b"Linux version" in seen:
                return ""
            if process.poll() is not None:
                break
            time.sleep(0.05)
    finally:
        stop(process, patience_s=1)
        process.stdout.close()
    last = seen.decode(errors="replace").strip().splitlines()
    return last[-1] if last else f"a kernel started under it says nothing for {PROBE_S} s"


def choose_accel(board, kernel, cache):
    """("kvm" or "tcg", why not kvm). KVM only where a kernel was seen to boot under it; remembered in the file cache,
    for this kernel image until the machine's next boot."""
    with open(kernel, "rb") as file:
        digest = hashlib.sha256(file.read())
    with open("/proc/sys/kernel/random/boot_id", "rb") as file:
        digest.update(file.read())
    key = digest.hexdigest()
    try:
        with open(cache, encoding="utf-8") as file:
            known, _, reason = file.read().strip().partition(" ")
    except FileNotFoundError:
        known, reason = "", ""
    if known != key:
        reason = _probe_kvm(board, kernel)
        with open(cache, "w", encoding="utf-8") as file:
            file.write(f"{key} {reason}\n")
    return ("tcg", reason) if reason else ("kvm", "")
