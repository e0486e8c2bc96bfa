# SPDX-License-Identifier: MIT
"""Each step that fails is named, with errno and path; the program does not run and nothing is left behind."""

import os
import re
import shutil
import subprocess

import pytest

import jail

STEPS_C = os.path.join(os.path.dirname(__file__), "../../src/launch/steps.c")


def remove_view(site):
    shutil.rmtree(site.view)


def file_as_view(site):
    shutil.rmtree(site.view)
    with open(site.view, "w", encoding="ascii"):
        pass


def link_as_view(site):
    os.rename(site.view, site.view + ".real")
    os.symlink("demo.real", site.view)


def remove(path):
    def change(site):
        full = f"{site.top}/{path}"
        shutil.rmtree(full) if os.path.isdir(full) else os.unlink(full)
    return change


def rename(old, new):
    def change(site):
        os.rename(f"{site.top}/{old}", f"{site.top}/{new}")
    return change


def link(path, target):
    def change(site):
        os.symlink(target, f"{site.top}/{path}")
    return change


def link_for(path, target):
    def change(site):
        shutil.rmtree(f"{site.top}/{path}")
        os.symlink(target, f"{site.top}/{path}")
    return change


def plain_file(path, mode=0o644):
    def change(site):
        with open(f"{site.top}/{path}", "w", encoding="ascii") as out:
            out.write("not a program")
        os.chmod(f"{site.top}/{path}", mode)
    return change


def hard_link(site):
    os.mkdir(f"{site.data}/st")
    with open(f"{site.top}/secret", "w", encoding="ascii"):
        pass
    os.link(f"{site.top}/secret", f"{site.data}/st/mine")


def deep_tree(site):
    os.makedirs(f"{site.data}/st/" + "d/" * 30)


PROBE = "ExecStart=/usr/bin/probe"
STATE = PROBE + "\nStateDirectory=st"
RUNTIME = PROBE + "\nRuntimeDirectory=rt"

# (what is wrong with the world, the row, options of jailrun) -> (errno, step, part of the text)
CASES = {
    "magic": ((None, PROBE, "-b", "magic"), ("EPROTO", "record", "magic")),
    "size": ((None, PROBE, "-b", "size"), ("EPROTO", "record", "size")),
    "checksum": ((None, PROBE, "-b", "crc"), ("EBADMSG", "record", "checksum")),
    "no filter": ((None, PROBE, "-b", "filter"), ("EPROTO", "record", "filter of 0")),
    "sockets do not fit the row": ((None, PROBE, "-b", "listen"), ("EPROTO", "record", "sockets")),
    "row not sound": ((None, PROBE, "-b", "row"), ("EPROTO", "record", "row of the service")),
    "text not ended": ((None, PROBE, "-b", "text"), ("EPROTO", "record", "path")),
    "name leads out": ((None, PROBE, "-b", "name"), ("EPROTO", "record", "row of the service")),
    "record too short": ((None, PROBE, "-b", "file"), ("EPROTO", "record", "100 bytes")),
    "terminal missing": ((None, PROBE + "\nTTYPath=/dev/nothere"), ("ENOENT", "terminal", "/dev/nothere")),
    "terminal is none": ((None, PROBE + "\nTTYPath=/dev/null"), ("ENOTTY", "terminal", "/dev/null")),
    "no firmware": ((rename("firmware", "gone"), PROBE), ("ENOENT", "firmware", "/firmware")),
    "firmware a link": ((link("fw", "firmware"), PROBE, "-f", "{top}/fw"), ("ENOTDIR", "firmware", "/fw")),
    "no staging": ((remove("staging"), PROBE), ("ENOENT", "memory", "/staging")),
    "no view": ((remove_view, PROBE), ("ENOENT", "view", "/firmware/views/demo")),
    "view a file": ((file_as_view, PROBE), ("ENOTDIR", "view", "/firmware/views/demo")),
    "view a link": ((link_as_view, PROBE), ("ENOTDIR", "view", "/firmware/views/demo")),
    "no usr": ((remove("firmware/usr"), PROBE), ("ENOENT", "usr", "/firmware/usr")),
    "no place for usr": ((remove("firmware/views/demo/usr"), PROBE), ("ENOENT", "usr", "/usr of the jail")),
    "no place for tmp": ((remove("firmware/views/demo/tmp"), PROBE), ("ENOENT", "writable", "/tmp of the jail")),
    "place for var a link": ((link_for("firmware/views/demo/var", "/tmp"), PROBE),
                             (None, "writable", "/var of the jail")),
    "no place for dev": ((remove("firmware/views/demo/dev"), PROBE), ("ENOENT", "dev", "/dev of the jail")),
    "no place for proc": ((remove("firmware/views/demo/proc"), PROBE), ("ENOENT", "proc", "/proc of the jail")),
    "device missing": ((None, PROBE + "\nDeviceAllow=/dev/nothere rw"), ("ENOENT", "dev", "/dev/nothere")),
    "device is none": ((None, PROBE + "\nDeviceAllow=/dev/pts r"), ("ENODEV", "dev", "/dev/pts")),
    "no data": ((None, STATE, "-d", ""), ("ENODEV", "state directory", "StateDirectory=st")),
    "data missing": ((remove("data"), STATE), ("ENOENT", "state directory", "/data")),
    "state a link": ((link("data/st", "/etc"), STATE), ("ELOOP", "state directory", "/data/st")),
    "state a file": ((plain_file("data/st"), STATE), ("ENOTDIR", "state directory", "/data/st")),
    "state with a hard link": ((hard_link, STATE), ("EMLINK", "state directory", "mine")),
    "state too deep": ((deep_tree, STATE), ("E2BIG", "state directory", "/data/st")),
    "run missing": ((remove("run"), RUNTIME), ("ENOENT", "runtime directory", "/run")),
    "runtime a link": ((link("run/rt", "/etc"), RUNTIME), ("ELOOP", "runtime directory", "/run/rt")),
    "peer a link": ((link("run/peer", "/etc"), PROBE + "\nSocketFrom=peer", "-P", "peer:1"),
                    ("ELOOP", "socket from", "/run/peer")),
    "bind source missing": ((None, PROBE + "\nBindReadOnlyPaths=/srv/nothere:/opt"),
                            ("ENOENT", "bind paths", "/srv/nothere")),
    "bind target missing": ((None, PROBE + "\nBindReadOnlyPaths=/usr/bin:/srv"), ("ENOENT", "bind paths", "/srv")),
    "bind target a link": ((link("firmware/views/demo/srv", "/tmp"), PROBE + "\nBindReadOnlyPaths=/usr/bin:/srv"),
                           ("ELOOP", "bind paths", "/srv")),
    "no jailctl": ((remove("jailctl"), PROBE + "\nControlSocket=yes"), ("ENOENT", "control", "/jailctl")),
    "limit beyond ours": ((None, PROBE + "\nLimitNOFILE=1048576"), ("EPERM", "limits", "LimitNOFILE=1048576")),
    "ambient not in the bounding set": ((None, PROBE + "\nAmbientCapabilities=CAP_CHOWN"),
                                        ("EPERM", "capabilities", "AmbientCapabilities")),
    "working directory missing": ((None, PROBE + "\nWorkingDirectory=/opt/x"),
                                  ("ENOENT", "working directory", "/opt/x")),
    "working directory closed": ((None, STATE + "\nStateDirectoryMode=0000\nWorkingDirectory=/var/lib/st"),
                                 ("EACCES", "working directory", "/var/lib/st")),
    "filter refused": ((None, PROBE, "-b", "program"), ("EINVAL", "filter", "1 instructions")),
    "no program": ((remove("firmware/usr/bin/probe"), PROBE), ("ENOENT", "exec", "/usr/bin/probe")),
    "program not executable": ((plain_file("firmware/usr/bin/data"), "ExecStart=/usr/bin/data"),
                               ("EACCES", "exec", "/usr/bin/data")),
    "program no program": ((plain_file("firmware/usr/bin/data", 0o755), "ExecStart=/usr/bin/data"),
                           ("ENOEXEC", "exec", "/usr/bin/data")),
    "program of ours not passed": ((None, "ExecStart=jailinit:logd", "-p", "/dev/null"), ("EACCES", "exec", "logd")),
    "command before fails": ((None, PROBE + "\nExecStartPre=/usr/bin/probe exit=3"),
                             ("ECANCELED", "start pre", "status 3")),
    "command before is killed": ((None, PROBE + "\nExecStartPre=/usr/bin/probe kill=9"),
                                 ("ECANCELED", "start pre", "signal 9")),
    "command before missing": ((None, PROBE + "\nExecStartPre=/usr/bin/nothere"),
                               ("ENOENT", "exec", "ExecStartPre=/usr/bin/nothere")),
}


@pytest.mark.parametrize("case", CASES)
def test_failure(site, case):
    (change, row, *options), (number, step, text) = CASES[case]
    if change:
        change(site)
    result = site.start(row, *(option.format(top=site.top) for option in options))
    got = result.error
    assert not result.started and not result.out or "ExecStartPre" in row, result.text
    assert got[1] == step and number in (None, got[0]) and text in got[2], result.text
    assert result.get("launched") == "exit 1" and result.get("ended") is None
    assert not site.left_over()


def test_hard_linked_file_keeps_its_owner(site):
    hard_link(site)
    site.start(STATE)
    assert os.stat(f"{site.top}/secret").st_uid == 0


# Steps that nothing but the kernel can make fail: the n-th such call of each process fails, by strace. jailrun is
# traced, too, and must not make the call as often itself.
INJECTED = {
    "shield": ("close_range", 2, "ENOSYS"),
    "namespaces": ("unshare", 1, "ENOSPC"),
    "network": ("ioctl", 1, "EPERM"),
    "propagation": ("mount_setattr", 1, "ENOSYS"),
    "hostname": ("sethostname", 1, "EPERM"),
    "oom score": ("open", 1, "ENOENT"),
    "memory": ("fsopen", 1, "ENODEV"),
    "dev": ("mknodat", 1, "EPERM"),
    "proc": ("fsopen", 3, "ENODEV"),
    "write execute": ("prctl", 3, "EPERM"),
    "keyring": ("keyctl", 1, "EDQUOT"),
    "bounding set": ("prctl", 60, "EPERM"),
    "landlock": ("landlock_restrict_self", 1, "EPERM"),
    "pivot": ("pivot_root", 1, "EINVAL"),
    "verify root": ("getcwd", 1, "EXDEV"),
    "start": ("clone", 1, "EAGAIN"),
    "announce": ("pidfd_open", 1, "EMFILE"),
    "session": ("setsid", 1, "EPERM"),
    "files": ("dup2", 1, "EBADF"),
    "limits": ("setpriority", 1, "EACCES"),
    "groups": ("setgroups", 1, "EPERM"),
    "user": ("setresuid", 1, "EAGAIN"),
    "filter": ("seccomp", 1, "ENOMEM"),
    "settle": ("close_range", 3, "EINVAL"),
}
INJECTED_ROWS = {"oom score": "OOMScoreAdjust=1", "files": "ListenStream=1", "landlock": "ListenStream=1",
                 "write execute": "MemoryDenyWriteExecute=yes"}
# Not made to fail alone: a prctl among many (the sweep below has it), and one that makes no system call.
ELSEWHERE = {"no new privileges", "environment"}

TRACE = ("strace", "-f", "-qq")
FACTS = "ExecStart=/usr/bin/probe facts"
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def inject(call, count, error):
    """Words before jailrun that make the COUNT-th CALL of each process fail."""
    return TRACE + ("-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={count}")


# The rows with a socket have Landlock's walls, too.
NEEDS_LANDLOCK = {"files", "landlock"}


@needs_strace
@pytest.mark.parametrize("step", [pytest.param(step, marks=pytest.mark.landlock(4)) if step in NEEDS_LANDLOCK else step
                                  for step in INJECTED])
def test_failure_of_a_call(site, step):
    call, count, error = INJECTED[step]
    result = site.start(f"{PROBE}\n{INJECTED_ROWS.get(step, '')}", prefix=inject(call, count, error))
    assert not result.started, result.text
    assert result.error[:2] == (error, step), result.text
    assert result.get("launched") == "exit 1"
    assert not result.out or step == "settle", result.text
    assert not site.left_over()


def test_each_step_is_made_to_fail():
    with open(STEPS_C, encoding="utf-8") as source:
        steps = re.findall(r'\{ "([a-z ]+)", STEP_', source.read())
    made = {expected[1] for _, expected in CASES.values()} | set(INJECTED) | ELSEWHERE
    assert len(steps) > 30 and len(steps) == len(set(steps))
    assert set(steps) <= made, set(steps) - made


# The sweep: every system call of the launcher and of the program's process fails once.

FIELDS = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
          "Seccomp_filters", "SigBlk", "SigIgn")


def walls(result):
    """What has to be the same however the start went. The program's own calls may fail, too: then a line is missing."""
    status = {f"status {line}" for line in result.said("status") if line.split(":")[0] in FIELDS}
    mounts = {"mount " + re.sub(r"^\d+ \d+ \S+ ", "", line).split(" - ")[0] for line in result.said("mount")}
    return status | mounts | {f"fd {line.split(' ')[0]}" for line in result.said("fd")}


def calls_made(trace):
    """{call: (times in jailrun, most times in one process after it)} from an strace -f log."""
    counts, first = {}, None
    with open(trace, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = re.match(r"(\d+) +([a-z0-9_]+)\(", line)
            if not found:
                continue
            pid, call = found.groups()
            first = first or pid
            counts.setdefault(call, {}).setdefault(pid, 0)
            counts[call][pid] += 1
    return {call: (by.get(first, 0), max([n for pid, n in by.items() if pid != first], default=0))
            for call, by in counts.items()}


# Made by the dozen, one like the other: each tenth is enough.
MANY = ("prctl", "rt_sigaction")


@needs_strace
@pytest.mark.parametrize("error", ("ENOMEM", "EIO", "EMFILE", "EINTR", "EPERM", "ENOSPC"))
def test_sweep(site, error):
    """Fully jailed, or not at all. A program that was started is ended when its launcher cannot settle: "settle"."""
    trace = f"{site.top}/trace"
    whole = walls(site.start(FACTS, prefix=TRACE + ("-o", trace)))
    own = {os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "pid", "net", "ipc", "uts", "cgroup")}
    tried = complete = 0
    for call, (ours, theirs) in calls_made(trace).items():
        if call in ("exit_group", "wait4"):
            continue
        for count in range(ours + 1, theirs + 1, 10 if call in MANY else 1):
            result = site.start(FACTS, prefix=inject(call, count, error))
            told = f"{call} {count}: {result.text}"
            tried += 1
            complete += walls(result) == whole
            assert walls(result) <= whole, told
            assert not own & {line.split(" ")[1] for line in result.said("ns")}, told
            assert result.started or not result.said("argv0") or result.error[1] == "settle", told
            assert result.started or result.get("launched") != "exit 0", told
            assert not site.left_over(), told
    assert tried > 100 and complete > 10, (tried, complete)
