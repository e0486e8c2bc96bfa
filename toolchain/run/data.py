# SPDX-License-Identifier: MIT
"""Makes an image of /data, empty or with files put in before the first boot. Needs no root."""

import os
import subprocess
import tempfile


def make_blank(path, size_mb):
    """A disk of zeros: PID 1 has it formatted at its first boot."""
    with open(path + ".new", "wb") as file:
        file.truncate(size_mb << 20)
    os.replace(path + ".new", path)


def make(path, size_mb, files):
    """An ext4 with these {path: bytes} in it, all root's and mode 0644, directories 0755."""
    new = path + ".new"
    make_blank(new, size_mb)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-L", "data", "-E", "root_owner=0:0", new], check=True,
                   env=_env())
    with tempfile.TemporaryDirectory() as work:
        commands, made = [], set()
        for number, (name, content) in enumerate(sorted(files.items())):
            parts = name.strip("/").split("/")
            for depth in range(1, len(parts)):
                directory = "/" + "/".join(parts[:depth])
                if directory not in made:
                    made.add(directory)
                    commands += [f"mkdir {directory}", *_root_owned(directory, "040755")]
            with open(f"{work}/{number}", "wb") as file:
                file.write(content)
            commands += [f"write {work}/{number} {name}", *_root_owned(name, "0100644")]
        with open(f"{work}/commands", "w", encoding="utf-8") as file:
            file.write("\n".join(commands) + "\n")
        subprocess.run(["debugfs", "-w", "-f", f"{work}/commands", new], check=True, env=_env(),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.replace(new, path)


def _root_owned(name, mode):
    return [f"sif {name} uid 0", f"sif {name} gid 0", f"sif {name} mode {mode}"]


def _env():
    return dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
