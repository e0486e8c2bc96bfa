# SPDX-License-Identifier: MIT
"""A jail's facts, read from outside through /proc: what the kernel holds, not what the row declares."""

import re

from guest import CGROUPS

NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "cgroup")


class Mount:
    """One line of mountinfo (proc_pid_mountinfo(5))."""

    def __init__(self, line):
        words = line.split(" ")
        dash = words.index("-")
        self.root, self.target = words[3], words[4]
        self.options, self.propagation = set(words[5].split(",")), words[6:dash]
        self.kind, self.source, self.super_options = words[dash + 1], words[dash + 2], set(words[dash + 3].split(","))

    def __repr__(self):
        return f"{self.target} ({self.kind} {','.join(sorted(self.options))})"


class Jail:
    """The process that a service is, seen by the agent."""

    def __init__(self, guest, name):
        self.guest, self.name = guest, name
        self.pid = guest.service(name).pid
        assert self.pid > 0, f"service {name} does not run"

    def read(self, path):
        return self.guest.read(f"/proc/{self.pid}/{path}")

    def status(self):
        return dict(line.split(":\t", 1) for line in self.read("status").splitlines() if ":\t" in line)

    def namespaces(self):
        return namespaces(self.guest, self.pid)

    def mounts(self):
        """target -> Mount, the uppermost where several are stacked."""
        return {mount.target: mount for mount in map(Mount, self.read("mountinfo").splitlines())}

    def limits(self):
        """First word or words of /proc/PID/limits -> soft limit."""
        return {match[1].strip(): match[2] for match in
                re.finditer(r"^(Max [a-z ]+?)\s{2,}(\S+)", self.read("limits"), re.M)}

    def listdir(self, path):
        """Names in a directory of the jail."""
        return sorted(self.guest.run("ls", "-A", f"/proc/{self.pid}/root{path}").out.split())

    def find(self, path, *what):
        """find(1) below a directory of the jail; paths as the jail has them."""
        root = f"/proc/{self.pid}/root"
        found = self.guest.run("find", f"{root}{path}", "-xdev", *what).out.splitlines()
        return sorted(line[len(root):] for line in found)

    def cgroup(self, name):
        return self.guest.read(f"{CGROUPS}/{self.name}/{name}").strip()


def namespaces(guest, pid):
    """kind -> identity."""
    links = guest.sh(f"for kind in {' '.join(NAMESPACES)}; do readlink /proc/{pid}/ns/$kind; done").out.split()
    return dict(zip(NAMESPACES, links))
