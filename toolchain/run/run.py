#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Boots the appliance in QEMU for a person (or a script): console in the terminal, ports on 127.0.0.1.

On a terminal QEMU owns it: Ctrl-A X ends the machine. Without one the console is passed through and the machine
stays up until it powers off, or SIGTERM or SIGINT ends this program.
"""

import argparse
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

import data
import ntp
import qemu

# What can be tried: service, protocol, guest port, preferred host port, how.
# {port}: the host port; {ssh}: options that name the key.
TRY = (
    ("lighttpd", "tcp", 80, 8080, "curl http://127.0.0.1:{port}/"),
    ("rtc-web", "tcp", 8080, 8081, "curl http://127.0.0.1:{port}/     # the hardware clock, read two jails away"),
    ("dropbear", "tcp", 2222, 2222, "ssh {ssh}-p {port} dropbear@127.0.0.1"),
    ("mosquitto", "tcp", 1883, 1883, "mosquitto_sub -p {port} -t '#' -v & mosquitto_pub -p {port} -t hello -m world"),
    ("dnsmasq", "udp", 53, 5300, "dig -p {port} @127.0.0.1 gateway.lan"),
    ("redis", "tcp", 6379, 6379, "redis-cli -p {port} set greeting hello"),
)
NTP_PORT = 10123    # board/qemu-x86_64/rootfs/etc/chrony/sources.conf
DATA_MB = 64
KEY_FILE = "id_ed25519"


def service_names(table):
    """The rows of the service table."""
    with open(table, encoding="utf-8") as file:
        return re.findall(r"^\[service (\S+)\]$", file.read(), re.M)


def ssh_keys(directory):
    """(public keys that may log in, options of ssh): the user's own, else a pair made here."""
    own = sorted(glob.glob(os.path.expanduser("~/.ssh/*.pub")))
    options = f"-o UserKnownHostsFile={directory}/known_hosts -o StrictHostKeyChecking=accept-new "
    if not own:
        key = f"{directory}/{KEY_FILE}"
        if not os.path.exists(key + ".pub"):
            if not shutil.which("ssh-keygen"):
                return b"", ""
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "make run", "-f", key], check=True)
        own, options = [key + ".pub"], f"-i {key} {options}"
    keys = b""
    for name in own:
        with open(name, "rb") as file:
            keys += file.read().rstrip(b"\n") + b"\n"
    return keys, options


def forwards(services):
    """{service: (Forward, how to try it)} for the services that are in the image."""
    found = {}
    for service, proto, guest, wanted, how in TRY:
        if service in services:
            found[service] = (qemu.Forward(proto, qemu.free_port(proto, wanted), guest), how)
    return found


def say_what_to_try(found, options, on_terminal):
    print()
    if on_terminal:
        print("  The console is this terminal. To leave: Ctrl-A, then X.")
    else:
        print("  To stop the machine: end this program (SIGTERM, Ctrl-C).")
    print("  To try, from another terminal of this computer, once it is up:")
    for forward, how in found.values():
        print("    " + how.format(port=forward.host, ssh=options))
    print(flush=True)


def start_time_source():
    try:
        ntp.serve(NTP_PORT)
    except OSError as error:
        print(f"note: chrony will find no time source: port {NTP_PORT} of 127.0.0.1: {error.strerror}")


def run_machine(argv, on_terminal):
    """QEMU to its end, or to ours. Returns its exit status."""
    if on_terminal:
        signal.signal(signal.SIGINT, signal.SIG_IGN)    # the console's, QEMU passes it on
        process = qemu.start(argv)
    else:
        process = qemu.start(argv, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        return qemu.stop(process)
    finally:
        qemu.stop(process)
        if on_terminal:
            subprocess.run(["stty", "sane"], check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", required=True, help="the board's directory")
    parser.add_argument("--images", required=True, help="where bzImage, cmdline and the others are")
    parser.add_argument("--table", required=True, help="services.tab")
    parser.add_argument("--data", required=True, help="the disk of /data; made if it is not there")
    parser.add_argument("--work", required=True, help="a directory for keys and what was found out")
    parser.add_argument("--ram-mb", type=int, default=256)
    args = parser.parse_args()
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    os.makedirs(args.work, exist_ok=True)

    keys, options = ssh_keys(args.work)
    if not os.path.exists(args.data):
        # A machine with a new disk makes itself a new host key.
        if os.path.exists(f"{args.work}/known_hosts"):
            os.unlink(f"{args.work}/known_hosts")
        data.make(args.data, DATA_MB, {"/services/dropbear/authorized_keys": keys} if keys else {})
    kernel = f"{args.images}/bzImage"
    accel, reason = qemu.choose_accel(args.board, kernel, f"{args.work}/kvm-probe")
    if reason:
        print(f"  QEMU    emulating the processor (TCG), not KVM: {reason}")
    with open(f"{args.images}/cmdline", encoding="utf-8") as file:
        append = file.read().strip()
    # The guest's console always looks like a terminal to it; only we know where it ends.
    if not sys.stdout.isatty():
        append += " jailinit.color=no"
    found = forwards(service_names(args.table))
    if not keys and "dropbear" in found:
        found["dropbear"] = (found["dropbear"][0], "(no SSH login: there is no key in ~/.ssh, and no ssh-keygen to make one)")
    argv = qemu.command(args.board, kernel=kernel, initramfs=f"{args.images}/initramfs.cpio.zst",
                        firmware=f"{args.images}/firmware.squashfs", data=args.data, accel=accel,
                        ram_mb=args.ram_mb, append=append, forwards=[f for f, _ in found.values()],
                        serial="mon:stdio" if on_terminal else "stdio")
    start_time_source()
    say_what_to_try(found, options, on_terminal)
    status = run_machine(argv, on_terminal)
    # A machine that was ended from outside ended as it should.
    return 0 if status in (0, -signal.SIGTERM, -signal.SIGINT) else status


if __name__ == "__main__":
    sys.exit(main())
