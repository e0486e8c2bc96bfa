# SPDX-License-Identifier: MIT
"""The few facts of an ELF file that decide which other files it needs (System V ABI, chapter 5)."""

import struct
from typing import NamedTuple

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 0, 1, 5, 15, 29


class Elf(NamedTuple):
    machine: int
    interp: str        # "" for a library or a static program
    needed: list       # sonames
    search: list       # RUNPATH, or RPATH where there is no RUNPATH; $ORIGIN not yet replaced


class NotElf(Exception):
    """The file is not ELF at all."""


class BadElf(Exception):
    """The file says that it is ELF but cannot be read."""


def _read(data):
    if len(data) < 64:
        raise BadElf("shorter than an ELF header")
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    machine, = struct.unpack_from(order + "H", data, 18)
    phoff, = struct.unpack_from(order + ("Q" if wide else "I"), data, 32 if wide else 28)
    phentsize, phnum = struct.unpack_from(order + "HH", data, 54 if wide else 42)

    interp, loads, dynamic = "", [], None
    for i in range(phnum):
        at = phoff + i * phentsize
        if wide:
            kind, _, offset, vaddr, _, filesz = struct.unpack_from(order + "IIQQQQ", data, at)
        else:
            kind, offset, vaddr, _, filesz = struct.unpack_from(order + "IIIII", data, at)
        if kind == PT_LOAD:
            loads.append((vaddr, offset, filesz))
        elif kind == PT_DYNAMIC:
            dynamic = (offset, filesz)
        elif kind == PT_INTERP:
            interp = data[offset:offset + filesz].rstrip(b"\0").decode()
    if dynamic is None:
        return Elf(machine, interp, [], [])

    entry = order + ("qQ" if wide else "iI")
    size = struct.calcsize(entry)
    tags = []
    for at in range(dynamic[0], dynamic[0] + dynamic[1] - size + 1, size):
        tag, value = struct.unpack_from(entry, data, at)
        if tag == DT_NULL:
            break
        tags.append((tag, value))
    table = dict(tags).get(DT_STRTAB)
    strings = next((table - vaddr + offset for vaddr, offset, filesz in loads
                    if table is not None and vaddr <= table < vaddr + filesz), None)
    if strings is None:
        raise BadElf("no string table in its dynamic section")

    def text(offset):
        start = strings + offset
        return data[start:data.index(b"\0", start)].decode()

    def texts(wanted):
        return [text(value) for tag, value in tags if tag == wanted]

    search = texts(DT_RUNPATH) or texts(DT_RPATH)
    return Elf(machine, interp, texts(DT_NEEDED), [d for line in search for d in line.split(":") if d])


def read(path):
    """Read the ELF file at path. Raises NotElf, BadElf or OSError."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            raise NotElf(path)
        file.seek(0)
        data = file.read()
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError) as error:
        raise BadElf(f"{path}: damaged ELF file: {error}") from None
    except BadElf as error:
        raise BadElf(f"{path}: damaged ELF file: {error}") from None
