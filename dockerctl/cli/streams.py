"""Streams that can no longer be written to."""

from __future__ import annotations

import os
from typing import TextIO


def discard(stream: TextIO) -> None:
    """Let what is left in the buffer of a broken stream go nowhere.

    The interpreter would otherwise try once more to write it at exit, complain, and exit with 120.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, stream.fileno())
    except (OSError, ValueError):
        return
    finally:
        os.close(null)
