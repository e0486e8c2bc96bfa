# SPDX-License-Identifier: MIT
"""Reads a services.tab: what the rows say, to be held against what a boot shows."""

import re
import stat
import zlib

import cpio


class Row(dict):
    """Key -> list of values as written; use get_one() for keys that are given once."""

    def get_one(self, key, default=""):
        return self[key][-1] if key in self else default


def sections(data):
    """(name, body, end line) of each section of the table's bytes; body begins at "[" and ends before "End="."""
    return [(match["name"].decode(), match["body"], match["end"]) for match in
            re.finditer(rb"^(?P<body>\[(?:service )?(?P<name>[^]\n]+)\]\n.*?)(?P<end>^End=[^\n]*\n)", data, re.M | re.S)]


def parse(data):
    """name -> Row for every section."""
    rows = {}
    for name, body, _ in sections(data):
        row = Row()
        for line in body.decode().splitlines()[1:]:
            if line and not line.startswith("#"):
                key, _, value = line.partition("=")
                row.setdefault(key, []).append(value)
        rows[name] = row
    return rows


def with_system_line(data, line):
    """The table with one more line in [system], and that section's checksum made anew."""
    name, body, end = sections(data)[0]
    assert name == "system"
    changed = body + line + b"\n"
    return data.replace(body + end, changed + end_line(name, changed))


def as_archive(data, path):
    """An archive that puts these bytes into the initramfs as services.tab; returns its path."""
    cpio.write(path, cpio.archive([cpio.Entry("etc/jailinit/services.tab", stat.S_IFREG | 0o644, data)]), False)
    return path


def end_line(name, body):
    return b"End=%s %08x\n" % (name.encode(), zlib.crc32(body))


def size(text):
    """Bytes of a SIZE value."""
    if text == "infinity":
        return None
    unit = {"K": 10, "M": 20, "G": 30}.get(text[-1], 0)
    return int(text.rstrip("KMG")) << unit
