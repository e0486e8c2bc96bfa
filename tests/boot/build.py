#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Makes what a test boot needs beside the product's images.

    build.py agent --agent PROGRAM --unpacked FILE --out FILE.cpio
    build.py config --config .config --out FILE SVC...
    build.py rows --table services.tab --filters DIRECTORY --product services.tab [--without NAME] --out FILE.cpio

`config` is the product's configuration with other services: exactly those of the given files, as these say.
The other two are archives to be appended to the product's initramfs. `agent` holds the test agent and a busybox with its
libraries; --unpacked is the file that names the tree of all pinned packages. `rows` holds another service table, and
the filters of the rows that the product does not have (those it has must not be written again: equal filters are one
inode in the initramfs, and the kernel would write through it), but for --without.
"""

import argparse
import os
import stat
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for part in ("toolchain/image", "toolchain/payload"):
    sys.path.insert(0, f"{os.path.dirname(os.path.dirname(HERE))}/{part}")

# pylint: disable=wrong-import-position
import cpio  # noqa: E402
import elf  # noqa: E402
import table  # noqa: E402

BUSYBOX = "/usr/bin/busybox"


def fail(text):
    sys.exit(f"error: {text}")


def content(path):
    with open(path, "rb") as file:
        return file.read()


def program(path, data):
    return cpio.Entry(path, stat.S_IFREG | 0o755, data)


def directory(path):
    return cpio.Entry(path, stat.S_IFDIR | 0o755)


def find_library(root, name):
    """The file of the unpacked packages that a soname stands for."""
    found = [f"{top}/{name}" for top, _, names in os.walk(f"{root}/usr/lib") if name in names]
    if not found:
        fail(f"{BUSYBOX} needs {name}, and no pinned package has it")
    return found[0]


def busybox_entries(root):
    """busybox, its ELF interpreter where it wants it, its libraries where the interpreter looks."""
    found = elf.read(root + BUSYBOX)
    entries = [program("test/bin/busybox", content(root + BUSYBOX))]
    directories = {"test/lib"}
    todo, done = list(found.needed), set()
    if found.interp:
        name = os.path.basename(found.interp)
        path = "test" + found.interp
        directories.add(os.path.dirname(path))
        entries.append(program(path, content(find_library(root, name))))
        done.add(name)
    while todo:
        name = todo.pop()
        if name not in done:
            done.add(name)
            path = find_library(root, name)
            entries.append(program(f"test/lib/{name}", content(path)))
            todo += elf.read(path).needed
    return entries + [directory(path) for path in sorted(directories)]


def make_config(args):
    """The product's .config with exactly these services enabled, all their knobs as the files have them."""
    lines = [line for line in content(args.config).decode().splitlines() if "CONFIG_SVC_" not in line]
    names = [os.path.basename(path).removesuffix(".svc") for path in args.service]
    lines += [f"CONFIG_SVC_{name.upper().replace('-', '_')}=y" for name in names]
    with open(args.out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def make_agent(args):
    agent = content(args.agent)
    root = content(args.unpacked).decode().strip() + "/root"
    return [directory("test"), directory("test/bin"), program("test-init", agent), program("test/bin/agent", agent),
            *busybox_entries(root), *[program(f"test/bin/{os.path.basename(path)}", content(path)) for path in args.tool]]


def make_rows(args):
    new = set(table.parse(content(args.table))) - set(table.parse(content(args.product))) - {"system"}
    entries = [cpio.Entry("etc/jailinit/services.tab", stat.S_IFREG | 0o644, content(args.table))]
    for name in sorted(new - set(args.without)):
        entries.append(cpio.Entry(f"etc/jailinit/seccomp/{name}.bpf", stat.S_IFREG | 0o644,
                                  content(f"{args.filters}/{name}.bpf"), shared=True))
    return entries


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    agent = commands.add_parser("agent")
    agent.set_defaults(make=make_agent)
    agent.add_argument("--agent", required=True)
    agent.add_argument("--unpacked", required=True)
    agent.add_argument("--tool", action="append", default=[], help="a further program for the agent")
    rows = commands.add_parser("rows")
    rows.set_defaults(make=make_rows)
    rows.add_argument("--table", required=True)
    rows.add_argument("--filters", required=True)
    rows.add_argument("--product", required=True)
    rows.add_argument("--without", action="append", default=[], help="a row whose filter is left out")
    config = commands.add_parser("config")
    config.set_defaults(make=make_config)
    config.add_argument("--config", required=True)
    config.add_argument("service", nargs="+")
    for command in (agent, rows, config):
        command.add_argument("--out", required=True)
    args = parser.parse_args()
    try:
        entries = args.make(args)
        if entries:
            cpio.write(args.out, cpio.archive(entries), False)
    except (cpio.ListError, elf.NotElf, elf.BadElf) as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
