# SPDX-License-Identifier: MIT
"""What the fuzzers start from: the rows of the boards and of the golden tests, and small sound examples of each form."""

import glob
import os
import struct
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SYSTEM = "[system]\nFirmwareDevice=/dev/vda\n"
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_RUNPATH = 0, 1, 5, 10, 29


def section(text, name):
    """A section of a table with its sum."""
    return f"{text}End={name} {zlib.crc32(text.encode()):08x}\n"


def elf():
    """A little-endian ELF64 file with an interpreter, a search path and two libraries."""
    strings = b"\0libc.so.6\0libm.so.6\0/usr/lib/private\0"
    interpreter = b"/lib64/ld-linux-x86-64.so.2\0"
    at_interpreter = 64 + 3 * 56
    at_strings = at_interpreter + len(interpreter)
    at_dynamic = (at_strings + len(strings) + 7) & ~7
    dynamic = b"".join(struct.pack("<QQ", *pair) for pair in (
        (DT_NEEDED, 1), (DT_NEEDED, 11), (DT_RUNPATH, 21), (DT_STRTAB, at_strings), (DT_STRSZ, len(strings)),
        (DT_NULL, 0)))
    end = at_dynamic + len(dynamic)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 3, 64, 0, 0)
    segments = b"".join(struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 8) for kind, at, size in (
        (PT_LOAD, 0, end), (PT_INTERP, at_interpreter, len(interpreter)), (PT_DYNAMIC, at_dynamic, len(dynamic))))
    return (header + segments + interpreter + strings).ljust(at_dynamic, b"\0") + dynamic


def filters():
    """struct seccomp_data, then a program of each kind of instruction."""
    data = struct.pack("<iIQ6Q", 1, 0xC000003E, 0, 1, 2, 3, 4, 5, 6)
    insns = [(0x20, 0, 0, 4), (0x15, 0, 1, 0xC000003E), (0x20, 0, 0, 0), (0x35, 1, 0, 400), (0x05, 0, 0, 0),
             (0x02, 0, 0, 3), (0x61, 0, 0, 3), (0x0C, 0, 0, 0), (0x54, 0, 0, 0xFF), (0x45, 0, 1, 1),
             (0x06, 0, 0, 0x7FFF0000), (0x16, 0, 0, 0)]
    return data + b"".join(struct.pack("<HBBI", *insn) for insn in insns)


def ring():
    """Header from head on: one chunk of five bytes, one of lost bytes; then the data."""
    chunks = struct.pack("<IIQQ", 5, 0, 1, 2) + b"hello\0\0\0" + struct.pack("<IIQQQ", 8, 1, 1, 2, 99)
    return struct.pack("<QQQQ", len(chunks), 0, 2, 99), chunks


def mountinfo():
    """A jail's mounts, and others with all that a line can have."""
    jail = "".join(f"3{n} 36 0:2{n} {root} {target} {flags},relatime - {kind} none {options}\n"
                   for n, (root, target, flags, kind, options) in enumerate((
                       ("/views/web", "/", "ro,nosuid,nodev", "squashfs", "ro,errors=continue"),
                       ("/usr", "/usr", "ro,nosuid,nodev", "squashfs", "ro"),
                       ("/tmp", "/tmp", "rw,nosuid,nodev,noexec", "tmpfs", "rw,size=4096k"),
                       ("/", "/proc", "ro,nosuid,nodev,noexec", "proc", "rw,hidepid=invisible,subset=pid"))))
    other = "42 21 0:38 / /a\\040b\\134\\011 rw shared:2 master:1 propagate_from:7 - fuse.x user@host:/y rw\n"
    return jail.encode(), other.encode()


def texts():
    """Rows and tables as the boards and the golden tests have them."""
    found = {"svc": [], "table": [], "profile": []}
    for path in sorted(glob.glob(f"{ROOT}/tests/golden/cases/*/*.json")):
        with open(path, "rb") as file:
            found["profile"].append(file.read())
    for path in sorted(glob.glob(f"{ROOT}/board/*/services/*.svc") + glob.glob(f"{ROOT}/tests/golden/cases/*/*.svc")):
        with open(path, "rb") as file:
            found["svc"].append(file.read())
    for path in sorted(glob.glob(f"{ROOT}/tests/golden/cases/*/*.tab")):
        with open(path, "rb") as file:
            found["table"].append(file.read())
    rows = "".join(section(f"[service s{n}]\nExecStart=/usr/bin/x {n}\nUser={n + 1000}\n{more}", f"s{n}")
                   for n, more in enumerate(("After=data\n", "Requires=s0\nListenStream=[::1]:80\n", "CPUQuota=20%\n")))
    found["table"].append((section(SYSTEM, "system") + rows).encode())
    return found


def all_seeds():
    """Fuzzer -> inputs."""
    header, chunks = ring()
    seeds = texts()
    name = b"web".ljust(32, b"\0")
    seeds.update({
        "cmdline": [b"console=ttyS0 jailinit.rescue jailinit.skip=web,db jailinit.data=none \"jailinit.x y\" quiet\n"],
        "control": [bytes(1) + struct.pack("<II", verb, 7) + (name if verb in (2, 3, 4, 5, 6, 7, 10) else bytes(32))
                    for verb in range(1, 11)] + [bytes([kind]) + struct.pack("<II", kind, 7) + name for kind in (2, 3, 4)],
        "elf": [elf()],
        "filter": [filters()],
        "groups": [b"[@a]\nread write # x\n@b link|linkat\n[@b]\nopen\n"],
        "mountinfo": list(mountinfo()),
        "record": [b"\x00\x20\x01\x00\x21\xff"],
        "ring": [header + bytes(96) + chunks, header],
        "status": [b"\x01" + struct.pack("<IiiI", 1, 5, 0, 0), b"\x00" + struct.pack("<IiiI", 2, 5, 256, 0)],
    })
    return seeds


def write(directory, fuzzer):
    """Writes the seeds of a fuzzer to files in a directory."""
    os.makedirs(directory, exist_ok=True)
    for number, data in enumerate(all_seeds()[fuzzer]):
        with open(f"{directory}/{number}", "wb") as file:
            file.write(data)
