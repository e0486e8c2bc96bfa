# SPDX-License-Identifier: MIT
"""A root file system seen as a stack of directories, looked into as the device would, not as this host would."""

import fnmatch
import os
import posixpath

LINKS_MAX = 40    # as the kernel's MAXSYMLINKS

# Merged /usr: these names at the top are links into /usr on the device.
MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class Roots:
    """Several directories laid over each other; the first that has a path wins. Directories are merged."""

    def __init__(self, directories):
        self.directories = directories

    def find(self, path):
        """The file of this host that is path (absolute, no links in its directories) of the root, or None."""
        for directory in self.directories:
            real = directory + path
            if os.path.lexists(real):
                return real
        return None

    def walk(self, path):
        """Follow path as the device's kernel would. Returns (links, final): every symbolic link on the way, as
        paths of the root, and the path of what they lead to; final is None when there is nothing."""
        links = []
        todo = [part for part in path.split("/") if part]
        done = ""
        while todo:
            part = todo.pop(0)
            if part == ".":
                continue
            if part == "..":
                done = posixpath.dirname(done) if done else ""
                done = "" if done == "/" else done
                continue
            if not done and part in MERGED:
                done = "/usr"
            here = f"{done}/{part}"
            real = self.find(here)
            if real is None:
                return links, None
            if os.path.islink(real):
                if len(links) >= LINKS_MAX:
                    return links, None
                links.append(here)
                target = os.readlink(real)
                if target.startswith("/"):
                    done = ""
                todo = [p for p in target.split("/") if p] + todo
            else:
                done = here
        return links, done or "/"

    def names(self, path):
        """The sorted names in the directory path, of all layers."""
        found = set()
        for directory in self.directories:
            try:
                found.update(os.listdir(directory + path))
            except (FileNotFoundError, NotADirectoryError):
                pass
        return sorted(found)

    def glob(self, pattern):
        """Paths of the root that match pattern: fnmatch in each component, ** for any depth. Sorted."""
        return sorted(set(self._glob("", [part for part in pattern.split("/") if part])))

    def _glob(self, path, parts):
        if not parts:
            yield path
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            yield from self._glob(path, rest)
        if not any(c in part for c in "*?["):
            if self.walk(f"{path}/{part}")[0] or self.walk(f"{path}/{part}")[1]:
                yield from self._glob(f"{path}/{part}", rest)
            return
        for name in self.names(self.walk(path)[1] or path):
            here = f"{path}/{name}"
            if part == "**":
                if os.path.isdir(self.find(here) or "") and not os.path.islink(self.find(here)):
                    yield from self._glob(here, parts)
            elif fnmatch.fnmatchcase(name, part):
                yield from self._glob(here, rest)

    def files_below(self, path):
        """path itself if it is no directory, else every file and link below it. Sorted."""
        real = self.find(path)
        if real is None or os.path.islink(real) or not os.path.isdir(real):
            return [path]
        found = []
        for name in self.names(path):
            found += self.files_below(f"{path}/{name}")
        return found
