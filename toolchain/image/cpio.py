#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Writes an initramfs (cpio, "newc") from a list of what is in it: no root needed, the same bytes every time.

    cpio.py --out FILE.cpio --list FILE.list [NAME=DIRECTORY...]

The form of a list is told at the top of rootfs-skel/initramfs.list. Several --list are one archive. With --zstd FILE
is compressed. An archive may be appended to another (the kernel unpacks one after the other, later files win);
`cat` does it, each archive is padded for that.
Format: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import argparse
import glob
import os
import re
import stat
import subprocess
import sys
from typing import NamedTuple

KINDS = {"dir": 2, "file": 3, "files": 3, "nod": 5, "slink": 2}    # kind -> words after it
ARCHIVE_ALIGN = 512


class ListError(Exception):
    """A list that cannot be made into an archive."""


class Entry(NamedTuple):
    path: str
    mode: int           # with the type bits
    data: bytes = b""
    device: tuple = (0, 0)
    shared: bool = False    # may be one inode with other shared entries of the same data


def expand(text, names, where):
    def directory(match):
        if match.group(1) not in names:
            raise ListError(f"{where}: {match.group(0)} is not known; cpio.py was given {' '.join(sorted(names))}")
        return names[match.group(1)]
    return re.sub(r"%(\w+)%", directory, text)


def read_file(path, where):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ListError(f"{where}: {path}: {error.strerror}") from None


def entries_of(words, names, where):
    """The entries that one line of a list stands for."""
    kind, path = words[0], words[1].lstrip("/")
    if kind == "slink":
        return [Entry(path, stat.S_IFLNK | 0o777, words[2].encode())]
    mode = int(words[2], 8)
    if kind == "dir":
        return [Entry(path, stat.S_IFDIR | mode)]
    if kind == "nod":
        kind_bits = {"c": stat.S_IFCHR, "b": stat.S_IFBLK}[words[3]]
        return [Entry(path, kind_bits | mode, device=(int(words[4]), int(words[5])))]
    source = expand(words[3], names, where)
    if kind == "file":
        return [Entry(path, stat.S_IFREG | mode, read_file(source, where))]
    found = sorted(glob.glob(source))
    if not found:
        raise ListError(f"{where}: no file matches {source}")
    return [Entry(f"{path}/{os.path.basename(f)}", stat.S_IFREG | mode, read_file(f, where), shared=True)
            for f in found]


def read_list(path, names):
    entries = []
    for number, line in enumerate(read_file(path, "--list").decode().splitlines(), 1):
        words = line.split()
        where = f"{path}:{number}"
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in KINDS or len(words) != KINDS[words[0]] + 1:
            raise ListError(f"{where}: wanted dir, file, files, nod or slink and their words, found `{line}`")
        try:
            entries += entries_of(words, names, where)
        except (ValueError, KeyError):
            raise ListError(f"{where}: a mode is octal, a device is c or b and two numbers; found `{line}`") from None
    return entries


def header(inode, entry, nlink, size, name):
    fields = [inode, entry.mode, 0, 0, nlink, 0, size, 0, 0, *entry.device, len(name) + 1, 0]
    return b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0"


def pad(data, align=4):
    return data + bytes(-len(data) % align)


def archive(entries):
    """The bytes of the archive. Parents come before their children, links to one inode share its number."""
    by_path = {}
    for entry in entries:
        if entry.path in by_path:
            raise ListError(f"/{entry.path} is listed twice")
        by_path[entry.path] = entry
    groups = {}
    for entry in sorted(entries):
        key = (os.path.dirname(entry.path), entry.mode, entry.data) if entry.shared else entry.path
        groups.setdefault(key, []).append(entry)

    inode, out = 0, []
    for group in sorted(groups.values(), key=lambda g: g[0].path):
        inode += 1
        for entry in group:
            # Of several names of one file only the last carries the data.
            data = entry.data if entry is group[-1] else b""
            out.append(pad(header(inode, entry, len(group), len(data), entry.path.encode())) + pad(data))
    trailer = Entry("TRAILER!!!", 0)
    out.append(pad(header(0, trailer, 1, 0, b"TRAILER!!!")))
    return pad(b"".join(out), ARCHIVE_ALIGN)


def write(path, data, compress):
    """Write path whole or not at all."""
    new = path + ".new"
    if compress:
        # One thread: the bytes must not depend on how many processors the build host has.
        done = subprocess.run(["zstd", "-q", "-f", "-19", "--single-thread", "-o", new], input=data, check=False)
        if done.returncode != 0:
            raise ListError(f"{path}: zstd failed")
    else:
        with open(new, "wb") as file:
            file.write(data)
    os.replace(new, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--list", action="append", required=True)
    parser.add_argument("--zstd", action="store_true", help="compress")
    parser.add_argument("directory", nargs="*", help="NAME=DIRECTORY: what %%NAME%% in a list stands for")
    args = parser.parse_args()
    try:
        names = dict(word.split("=", 1) for word in args.directory)
        entries = [entry for path in args.list for entry in read_list(path, names)]
        write(args.out, archive(entries), args.zstd)
    except ListError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
