#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lay out what the launch benchmark needs and run it, as root.

run.py BENCH LAUNCHER PAYLOAD FILTER [ROUNDS]: prints medians and ratios; never fails because of a time. Of the other
launchers those are measured that are installed (bubblewrap, crun, minijail0). All run at a real-time priority, so that
other work on the machine disturbs less. In the environment: OTHER=FILE is another build of jail-launch to compare with,
BENCH_STDERR=1 shows what the other launchers complain about.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

VIEW = ("etc", "usr", "dev", "proc", "tmp", "run", "var")
CALLS = ["read", "write", "exit_group", "clock_gettime", "pause", "execve", "brk", "mmap", "futex", "close"]
UNIFIED = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")

# Other launchers, and why one may be missing.
PEERS = {"bwrap": "it is not installed (Debian: bubblewrap)", "crun": "it is not installed (Debian: crun)",
         "minijail0": "Debian 12 and 13 have no package of it (sid has: minijail); if one is in PATH, it is"}


def lay_out(work, payload):
    view = os.path.join(work, "firmware/views/bench")
    for name in VIEW:
        os.makedirs(os.path.join(view, name))
    os.makedirs(os.path.join(work, "firmware/usr/bin"))
    shutil.copy(payload, os.path.join(work, "firmware/usr/bin/payload"))
    for name in ("data", "run", "staging"):
        os.mkdir(os.path.join(work, name))


def make_cgroup():
    """A cgroup of our own in the v2 hierarchy, "" if there is none to write to."""
    for top in UNIFIED:
        if os.path.exists(os.path.join(top, "cgroup.procs")):
            path = os.path.join(top, f"jailinit-bench-{os.getpid()}")
            os.mkdir(path)
            return path
    return ""


def bubblewrap(work):
    fw = os.path.join(work, "firmware")
    args = ["bwrap", "--unshare-all", "--uid", "1000", "--ro-bind", f"{fw}/usr", "/usr", "--proc", "/proc",
            "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var", "--die-with-parent"]
    return args + ["/usr/bin/payload"]


def minijail(work):
    fw = os.path.join(work, "firmware/views/bench")
    return ["minijail0", "-v", "-p", "-e", "-l", "-N", "--uts", "-r", "-n", "-c", "0", "-u", "1000", "-g", "1000",
            "-P", fw, "-b", f"{work}/firmware/usr,/usr", "-k", "tmpfs,/tmp,tmpfs,0xe", "-d", "/usr/bin/payload"]


def crun(work, docker):
    """A bundle without capabilities: lean, with the mounts that a jail has; or with those, the hidden paths and a system
    call filter (ten calls; Docker's own has some 350) as Docker would write it. --cgroup-manager=disabled: it neither makes a cgroup nor sets limits, as
    little as the jail's launcher does, whose cgroup is PID 1's work. And no cgroup file system is mounted in it: that
    alone takes a host with both kinds of cgroups 4 to 8 ms, and nobody else here has one."""
    bundle = os.path.join(work, "bundle-docker" if docker else "bundle-lean")
    os.mkdir(bundle)
    spec = json.loads(subprocess.run(["crun", "spec"], cwd=bundle, check=False, capture_output=True, text=True).stdout
                      or open(os.path.join(bundle, "config.json"), encoding="utf-8").read())
    spec["process"].update(terminal=False, args=["/usr/bin/payload"], user={"uid": 1000, "gid": 1000},
                           noNewPrivileges=True)
    for name in spec["process"].get("capabilities", {}):
        spec["process"]["capabilities"][name] = []
    spec["root"] = {"path": os.path.join(work, "firmware"), "readonly": True}
    kept = [m for m in spec["mounts"] if m["type"] != "cgroup"]
    if docker:
        spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
                                    "syscalls": [{"names": CALLS, "action": "SCMP_ACT_ALLOW"}]}
    else:
        kept = [m for m in kept if m["destination"] in ("/proc", "/dev")]
        kept += [{"destination": path, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec"]}
                 for path in ("/tmp", "/run", "/var")]
        for name in ("maskedPaths", "readonlyPaths"):
            spec["linux"].pop(name, None)
    spec["mounts"] = kept
    with open(os.path.join(bundle, "config.json"), "w", encoding="utf-8") as out:
        json.dump(spec, out)
    return ["crun", "--root", os.path.join(work, "crun"), "--cgroup-manager=disabled", "run", "--bundle", bundle,
            "bench"]


def peers(work):
    """NAME=FILE arguments of the bench, one line of FILE per argument."""
    found = []
    if shutil.which("bwrap"):
        found.append(("bubblewrap", bubblewrap(work)))
    if shutil.which("minijail0"):
        found.append(("minijail0", minijail(work)))
    if shutil.which("crun"):
        for place in ("dev", "proc", "sys", "tmp", "run", "var"):
            os.makedirs(os.path.join(work, "firmware", place), exist_ok=True)
        found.append(("crun, lean", crun(work, False)))
        found.append(("crun, as Docker", crun(work, True)))
    args = []
    for name, argv in found:
        path = os.path.join(work, "args-" + name.replace(", ", "-").replace(" ", "-"))
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join([shutil.which(argv[0])] + argv[1:]) + "\n")
        args.append(f"{name}={path}")
    return args


def versions():
    """Which machine and which launchers this was."""
    with open("/proc/loadavg", encoding="ascii") as load:
        print(f"Linux {os.uname().release}, {os.cpu_count()} processors, load {load.read().split()[0]}")
    for words in (["bwrap", "--version"], ["crun", "--version"]):
        if shutil.which(words[0]):
            print(subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()[0])
    for program, why in PEERS.items():
        if not shutil.which(program):
            print(f"{program} is not measured: {why}")
    print()


def prefer():
    """A real-time priority, where it may be had."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        print("no real-time priority here: other work on the machine disturbs more", file=sys.stderr)


def main(argv):
    if len(argv) < 4 or os.geteuid() != 0:
        sys.exit("usage (as root): run.py BENCH LAUNCHER PAYLOAD FILTER [ROUNDS]")
    bench, launcher, payload, filter_file = argv[:4]
    cgroup = make_cgroup()
    with tempfile.TemporaryDirectory(prefix="jailinit-bench-") as work:
        os.chmod(work, 0o755)
        lay_out(work, payload)
        command = [bench, "-l", launcher, "-w", work, "-n", argv[4] if len(argv) > 4 else "100"]
        if os.environ.get("OTHER"):
            command += ["-L", os.environ["OTHER"]]
        if filter_file:
            command += ["-F", filter_file]
        if cgroup:
            command += ["-c", cgroup]
        versions()
        sys.stdout.flush()
        status = subprocess.run(command + peers(work), check=False, preexec_fn=prefer).returncode
    if cgroup:
        os.rmdir(cgroup)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
