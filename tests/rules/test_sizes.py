# SPDX-License-Identifier: MIT
"""A function fits a screen, a file has one noun."""

import ast
import re

import tree

FUNCTION_MAX, C_MAX, H_MAX, WIDTH_MAX = 70, 600, 200, 120


def c_functions(path):
    """(name, first line, length) of each function: in kernel style its braces stand in the first column."""
    found, start, name = [], None, None
    for number, line in enumerate(tree.lines(path), 1):
        if re.match(r"[A-Za-z_].*\(", line) and not line.rstrip().endswith(";"):
            called = re.search(r"(\w+)\(", line)
            start, name = number, called[1] if called else line
        elif line.startswith("}"):
            if start and name:
                found.append((name, start, number - start + 1))
            start = name = None
        elif re.match(r"\S.*;\s*$", line):
            start = name = None
    return found


def test_c_functions():
    long = [f"{path}:{line}: {name}() has {length} lines" for path in tree.files(".c")
            for name, line, length in c_functions(path) if length > FUNCTION_MAX]
    assert not long, "\n".join(long)


def test_c_functions_are_seen():
    """The rule above sees functions at all."""
    assert sum(len(c_functions(path)) for path in tree.files(".c")) > 20


def test_python_functions():
    long = []
    for path in tree.files(".py"):
        for node in ast.walk(ast.parse(tree.text(path))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_MAX:
                    long.append(f"{path}:{node.lineno}: {node.name}() has {length} lines")
    assert not long, "\n".join(long)


def test_files():
    limits = {".c": C_MAX, ".h": H_MAX, ".def": H_MAX, ".py": C_MAX, ".sh": C_MAX, ".mk": C_MAX}
    long = [f"{path} has {len(tree.lines(path))} lines, at most {limit} are wanted"
            for suffix, limit in limits.items() for path in tree.files(suffix) if len(tree.lines(path)) > limit]
    assert not long, "\n".join(long)


def test_width():
    """Lines of C fit the screen (100 is wanted, WIDTH_MAX is the end), tab stops at 8; tables (.def) are free."""
    wide = [f"{path}:{number}" for path in tree.files(".c", ".h")
            for number, line in enumerate(tree.lines(path), 1) if len(line.expandtabs(8)) > WIDTH_MAX]
    assert not wide, f"wider than {WIDTH_MAX} columns: " + " ".join(wide)
