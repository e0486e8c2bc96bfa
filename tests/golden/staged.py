# SPDX-License-Identifier: MIT
"""Makes a small staged root of a description in words, one thing a line:

    dir PATH [mode=0755]
    file PATH [mode=0644] [TEXT]       \\n in TEXT is a newline
    sparse PATH [mode=0644] SIZE                   a file of so many zeros
    link PATH TARGET
    fifo PATH
    elf PATH [mode=0755] [machine=62] [bits=64] [interp=PATH] [needed=A,B] [runpath=X] [rpath=X] [break=WHAT]
                                       break: class, order, short, phdr, dynamic, strtab, needed, runpath, interp, many
"""

import os
import shlex
import struct

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29
FAR = 0x7fffffff


def header(bits, machine, count):
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1, 1]) + bytes(9)
    if bits == 64:
        return ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    return ident + struct.pack("<HHIIIIIHHHHHH", 3, machine, 1, 0, 52, 0, 0, 52, 32, count, 0, 0, 0)


def segment(bits, kind, offset, size):
    """A program header: what is at offset in the file is at the same address in memory."""
    if bits == 64:
        return struct.pack("<IIQQQQQQ", kind, 5, offset, offset, offset, size, size, 8)
    return struct.pack("<IIIIIIII", kind, offset, offset, offset, size, size, 5, 8)


class Texts:
    """A table of NUL-terminated texts."""

    def __init__(self):
        self.data = b"\0"

    def add(self, text):
        self.data += text.encode() + b"\0"
        return len(self.data) - len(text) - 1


def make_elf(bits=64, machine=62, interp=None, needed="", runpath=None, rpath=None, damage=None):
    """The bytes of an ELF file that has headers, an interpreter and a dynamic section, and no code."""
    names = [name for name in needed.split(",") if name]
    texts = Texts()
    entries = [(DT_NEEDED, texts.add(name)) for name in names]
    if damage == "many":
        entries = [(DT_NEEDED, 0)] * 100
    if damage == "needed":
        entries = [(DT_NEEDED, FAR)]
    if runpath is not None or damage == "runpath":
        entries.append((DT_RUNPATH, FAR if damage == "runpath" else texts.add(runpath)))
    if rpath is not None:
        entries.append((DT_RPATH, texts.add(rpath)))
    interp_at = texts.add(interp or "")
    dynamic = bool(entries) or damage in ("dynamic", "strtab")
    count = 1 + bool(interp or damage == "interp") + dynamic
    start = (64 + 56 * count) if bits == 64 else (52 + 32 * count)
    dynamic_at = start + len(texts.data)
    word = "<QQ" if bits == 64 else "<II"
    entries = [(DT_STRTAB, FAR if damage == "strtab" else start)] + entries + [(0, 0)]
    table = b"".join(struct.pack(word, *entry) for entry in entries)
    headers = segment(bits, PT_LOAD, 0, dynamic_at + len(table))
    if count - dynamic == 2:
        headers += segment(bits, PT_INTERP, FAR if damage == "interp" else start + interp_at, len(interp or "") + 1)
    if dynamic:
        headers += segment(bits, PT_DYNAMIC, FAR if damage == "dynamic" else dynamic_at, len(table))
    data = header(bits, machine, 5000 if damage == "phdr" else count) + headers + texts.data + table
    if damage == "class":
        data = data[:4] + b"\x07" + data[5:]
    if damage == "order":
        data = data[:5] + b"\x02" + data[6:]
    return data[:30] if damage == "short" else data


def options(words):
    """({name: value}, the words that are no options)"""
    pairs = [word.split("=", 1) for word in words if word.split("=", 1)[0] in
             ("mode", "machine", "bits", "interp", "needed", "runpath", "rpath", "break") and "=" in word]
    return dict(pairs), [word for word in words if word.split("=", 1)[0] not in dict(pairs)]


def make_one(root, kind, path, words):
    chosen, rest = options(words)
    whole = root + path
    os.makedirs(os.path.dirname(whole), exist_ok=True)
    if kind == "dir":
        os.makedirs(whole, exist_ok=True)
    elif kind == "link":
        os.symlink(rest[0], whole)
        return
    elif kind == "fifo":
        os.mkfifo(whole)
    elif kind == "sparse":
        with open(whole, "wb") as file:
            file.truncate(int(rest[0]))
    else:
        data = " ".join(rest).replace("\\n", "\n").encode()
        if kind == "elf":
            data = make_elf(int(chosen.get("bits", 64)), int(chosen.get("machine", 62)), chosen.get("interp"),
                            chosen.get("needed", ""), chosen.get("runpath"), chosen.get("rpath"), chosen.get("break"))
        with open(whole, "wb") as file:
            file.write(data)
    os.chmod(whole, int(chosen.get("mode", "0755" if kind in ("elf", "dir") else "0644"), 8))


def make(description, root):
    """Make what the file description says below the new directory root."""
    os.makedirs(root)
    with open(description, encoding="utf-8") as file:
        for line in file:
            words = shlex.split(line.replace("\\n", "\\\\n"), comments=True)
            if words:
                make_one(root, words[0], words[1], words[2:])
