# SPDX-License-Identifier: MIT
"""The one error of the fetch tools: its text is a whole line that says what to do."""


class FetchError(Exception):
    """Something that cannot be fetched; str() is for the user."""
