# SPDX-License-Identifier: MIT
"""The diagram of the supervisor's states is that of its table."""

import subprocess

import tree


def test_diagram():
    made = subprocess.run([f"{tree.ROOT}/src/super/diagram.py"], capture_output=True, text=True, check=True).stdout
    assert made == tree.text("src/super/states.md"), "src/super/diagram.py > src/super/states.md was not run"
    assert made.count("-->") > 15
