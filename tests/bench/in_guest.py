#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""The guest's part of the benchmark: the product's images under QEMU, counting instructions.

in_guest.py O [ROUNDS]: O is the build directory, with the images and bench/agent.cpio. Prints the time from PID 1's exec
to all services exec'd, launch times with real limits, and what PID 1 and its helpers take of memory. QEMU's clock is
the number of executed instructions, one per nanosecond, while the guest is busy: other work on the host makes the run
longer, not the figures larger.
"""
import os
import re
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for _part in ("toolchain/run", "tests/boot"):
    sys.path.insert(0, f"{TREE}/{_part}")

# pylint: disable=wrong-import-position
import data as data_image  # noqa: E402
from guest import ROOT, Guest  # noqa: E402
from images import Images  # noqa: E402

COUNT = ["-icount", "shift=0"]
CGROUP = f"{ROOT}/sys/fs/cgroup/services/bench"
WORK = "/tmp/bench"
VIEW = ("etc", "usr", "dev", "proc", "tmp", "run", "var")
LIMITS = {"memory.max": "16777216", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "8",
          "cgroup.max.descendants": "0"}
STATUS = ("VmRSS", "RssAnon", "RssFile", "RssShmem", "VmPTE")
STAT = ("anon", "kernel", "kernel_stack", "pagetables", "slab")


def seconds(pattern, text):
    found = re.search(pattern, text)
    return float(found[1]) if found else None


def boot_times(guest):
    """(PID 1's exec, its report's beginning, service -> exec'd, all services up), in seconds after power on."""
    def report():
        with open(guest.log, encoding="utf-8", errors="replace") as file:
            text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", file.read())
        return text if re.search(r"services are (not )?up", text) else ""
    # Nobody asks PID 1 anything meanwhile.
    text = guest.wait_for(report, "the boot report", 300, 0.5)
    ups = {name: float(since) for name, since in
           re.findall(r"([a-z][\w-]*) +(?:running|done) +(?:\d+|-) +([\d.]+) s ", text)}
    return (int(guest.read("/tmp/exec-clock")) / 1e9, seconds(r"PID 1 began ([\d.]+) s", text), ups,
            seconds(r"services are(?: not)? up, ([\d.]+) s", text))


def print_boot(guest):
    start, began, ups, last = boot_times(guest)
    print(f"{'boot':<44} {'ms':>9}")
    print(f"{'PID 1: exec to its loop':<44} {1000 * (began - start):>9.0f}")
    before_data = [up for name, up in ups.items() if up < ups.get("data-check", last)]
    print(f"{f'to the {len(before_data)}th service exec, before /data is checked':<44} "
          f"{1000 * (max(before_data) - start):>9.0f}")
    print(f"{f'to the last of {len(ups)} services exec, first boot':<44} {1000 * (last - start):>9.0f}")
    return 1000 * (last - start) / len(ups)


def prepare(guest):
    """A tree as run.py lays it out on the host, and a cgroup with limits as PID 1 sets them."""
    views = " ".join(f"{WORK}/firmware/views/bench/{name}" for name in VIEW)
    guest.sh(f"mkdir -p {views} {WORK}/firmware/usr/bin {WORK}/data {WORK}/run {WORK}/staging {CGROUP} && "
             f"cp /bin/bench-payload {WORK}/firmware/usr/bin/payload")
    for name, value in LIMITS.items():
        if guest.exists(f"{CGROUP}/{name}"):
            guest.write(f"{CGROUP}/{name}", value)


def print_launch(guest, rounds):
    prepare(guest)
    result = guest.run("/bin/bench", "-l", f"{ROOT}/lib/jailinit/jail-launch", "-w", WORK, "-F",
                       f"{ROOT}/etc/jailinit/seccomp/jail-logd.bpf", "-c", CGROUP, "-n", str(rounds), timeout=600)
    print(result.out)
    return float(re.search(r"bare posix_spawn +([\d.]+)", result.out)[1]) / 1000


def memory(guest, pid):
    """What a process has, and its files. The product's kernel has no /proc/PID/smaps: no Pss, and RssAnon for what is
    its alone. Its program is part of the memory file system that the initramfs became, whether it runs or not."""
    text = guest.read(f"/proc/{pid}/status")
    return [int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M)[1]) for key in STATUS] + \
        [len(guest.run("ls", f"/proc/{pid}/fd").out.split())]


def print_table(title, heads, rows):
    print(f"{title:<24}" + "".join(f"{head:>13}" for head in heads))
    for name, numbers in rows:
        print(f"{name:<24}" + "".join(f"{number:>13.0f}" if number is not None else f"{'-':>13}" for number in numbers))
    print()


def print_memory(guest):
    services = {name: s for name, s in guest.services().items() if s.pid}
    launchers = [memory(guest, s.launcher) for s in services.values()]
    print_table("memory, kB", STATUS + ("files",), [
        ("PID 1", memory(guest, 1)),
        (f"launcher, mean of {len(launchers)}", [sum(column) / len(launchers) for column in zip(*launchers)]),
        ("jail-logd", memory(guest, services["jail-logd"].pid))])
    rows = []
    for name in ("init", *(f"services/{name}" for name in sorted(services))):
        stat = dict(line.split() for line in guest.read(f"{ROOT}/sys/fs/cgroup/{name}/memory.stat").splitlines())
        rows.append((name, [int(stat[key]) / 1024 if key in stat else None for key in STAT]))
    print_table("cgroup memory.stat, kB", STAT, rows)


def main(argv):
    if not 1 <= len(argv) <= 2:
        sys.exit("usage: in_guest.py O [ROUNDS]")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    images = Images(os.path.abspath(argv[0]))
    rounds = int(argv[1]) if len(argv) > 1 else 20
    with tempfile.TemporaryDirectory(prefix="jailinit-bench-") as work:
        disk = f"{work}/data.img"
        data_image.make(disk, 64, {})
        with Guest(images, "bench", data=disk, devices=COUNT, appended=[f"{argv[0]}/bench/agent.cpio"],
                   lifetime=900) as guest:
            print(f"\nIn the guest: Linux {guest.run('uname', '-r').out.strip()}, {images.ram_mb} MB, one processor; "
                  "QEMU without KVM,\na nanosecond is an instruction\n")
            per_service = print_boot(guest)
            print()
            bare = print_launch(guest, rounds)
            print(f"boot, per service: {per_service / bare:.0f} x bare posix_spawn, the services' own work included\n")
            print_memory(guest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
