# SPDX-License-Identifier: MIT
"""A firmware of one program, and jail-launch started on it by jailrun, which stands where PID 1 does."""

import itertools
import os
import shutil
import subprocess
import time

OUT = os.path.abspath(os.environ.get("O", "build"))
LAUNCHER = f"{OUT}/target/jail-launch"
JAILRUN = f"{OUT}/host/jailrun"
PROBE = f"{OUT}/host/launch-probe"

UID = 61200
LAUNCHER_UID = 61183
VIEW = ("etc", "usr", "dev", "proc", "tmp", "run", "var", "opt")
CGROUP_TOPS = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
TIMEOUT_SEC = 30
NUMBERS = itertools.count()

# LimitNPROC: a build host's root may not raise its hard limit to infinity, the default.
# As at boot, where PID 1 has made all of them private.
OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private", "--")

COMMON = f"User={UID}\nGroup={UID}\nLimitNPROC=1000\n"


class Result:
    """What jailrun printed: lines "KEY REST"; the service's own are "out KEY REST"."""

    def __init__(self, text):
        self.text = text
        self.lines = [line.split(" ", 1) + [""] for line in text.splitlines()]
        self.out = [line[4:] for line in text.splitlines() if line.startswith("out ")]

    def get(self, key):
        """REST of the first line KEY, None if there is none."""
        return next((line[1] for line in self.lines if line[0] == key), None)

    def said(self, key):
        """All REST of the service's lines KEY."""
        return [line[len(key) + 1:] for line in self.out if line.startswith(key + " ")]

    def status(self, name):
        """Field NAME of the service's /proc/self/status."""
        return next(line.split(":", 1)[1].strip() for line in self.said("status") if line.startswith(name + ":"))

    @property
    def started(self):
        """Did PID 1 see a start?"""
        return self.get("started") is not None

    @property
    def error(self):
        """(errno name, step, text) of a start that failed."""
        return (self.get("err") or "").split(" ")[0], self.get("step"), self.get("text") or ""


class Site:
    """Directories as PID 1 lays them out, and a cgroup; everything made for one test."""

    def __init__(self, top):
        self.top = str(top)
        os.chmod(self.top, 0o755)
        self.firmware, self.data, self.run_dir = (f"{self.top}/{name}" for name in ("firmware", "data", "run"))
        self.view = f"{self.firmware}/views/demo"
        for name in VIEW:
            os.makedirs(f"{self.view}/{name}")
        os.makedirs(f"{self.firmware}/usr/bin")
        shutil.copy(PROBE, f"{self.firmware}/usr/bin/probe")
        for name in ("data", "run", "staging"):
            os.mkdir(f"{self.top}/{name}")
        shutil.copy(PROBE, f"{self.top}/jailctl")
        self.cgroup = self._make_cgroup()

    def _make_cgroup(self):
        for top in CGROUP_TOPS:
            if os.path.exists(f"{top}/cgroup.procs"):
                path = f"{top}/jailinit-test-{os.getpid()}-{next(NUMBERS)}"
                os.mkdir(path)
                return path
        return ""

    def left_over(self):
        """Processes in the cgroup and mounts of the caller that a start left behind."""
        left = []
        if self.cgroup:
            with open(f"{self.cgroup}/cgroup.procs", encoding="ascii") as procs:
                left += [f"process {line.strip()}" for line in procs]
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            left += [line for line in mounts if self.top in line]
        if os.path.isdir(f"{self.top}/staging"):
            left += os.listdir(f"{self.top}/staging")
        return left

    def close(self):
        """End what a failed test left, and remove the cgroup."""
        if not self.cgroup:
            return
        with open(f"{self.cgroup}/cgroup.kill", "w", encoding="ascii") as kill:
            kill.write("1")
        for _ in range(100):
            try:
                os.rmdir(self.cgroup)
                return
            except OSError:
                time.sleep(0.02)

    def command(self, row, *options, name="demo", common=COMMON):
        """The words that start jailrun."""
        path = f"{self.top}/row"
        with open(path, "w", encoding="utf-8") as out:
            out.write(common + row + "\n")
        words = [JAILRUN, "-l", LAUNCHER, "-f", self.firmware, "-d", self.data, "-r", self.run_dir,
                 "-s", f"{self.top}/staging", "-j", f"{self.top}/jailctl"]
        if self.cgroup:
            words += ["-c", self.cgroup]
        return words + list(options) + [name, path]

    def start(self, row, *options, name="demo", prefix=(), common=COMMON):
        """Start the jail of ROW, wait for its end."""
        words = [*OWN_MOUNTS, *prefix, *self.command(row, *options, name=name, common=common)]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=TIMEOUT_SEC, check=False)
        return Result(done.stdout)

    def probe(self, *words, row="", options=(), **more):
        """Start the probe with WORDS."""
        return self.start(f"ExecStart=/usr/bin/probe {' '.join(words)}\n{row}", *options, **more)
