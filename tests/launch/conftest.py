# SPDX-License-Identifier: MIT
"""Fixtures of the launcher's tests."""

import os

import pytest

import jail


def pytest_collection_modifyitems(items):
    """Mounting is root's."""
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="starting jails on the build host needs root"))


@pytest.fixture
def site(tmp_path):
    """A firmware and a cgroup; afterwards nothing may be left in them."""
    made = jail.Site(tmp_path)
    yield made
    try:
        left = made.left_over()
    finally:
        made.close()
    assert not left, "left behind: " + " ".join(left)
