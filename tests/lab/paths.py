"""Where the lab keeps its things, and the names it gives them.

Two places: the cache (images, layers, folders of running hosts), which may be deleted whenever no
host runs, and the registry under /run, which lists the hosts of this machine whatever cache they
came from.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

RUN_ROOT = Path("/run/dockerctl-lab")
PROJECT_ROOT = Path(__file__).resolve().parents[2]
CGROUP_PREFIX = "dockerctl-lab-"

# A host's name becomes its hostname, a cgroup and a folder: a DNS label is safe as all three.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?")


def cache_root(environ: Mapping[str, str] | None = None) -> Path:
    """The cache folder: $DOCKERCTL_LAB_CACHE, else dockerctl-lab below the user's cache folder."""
    env = os.environ if environ is None else environ
    if own := env.get("DOCKERCTL_LAB_CACHE"):
        return Path(own).absolute()
    if xdg := env.get("XDG_CACHE_HOME"):
        return Path(xdg).absolute() / "dockerctl-lab"
    return Path(env.get("HOME") or "/root") / ".cache" / "dockerctl-lab"


def is_host_name(name: str) -> bool:
    """Whether ``name`` may name a host."""
    return _NAME.fullmatch(name) is not None


def new_host_name(suite: str) -> str:
    """A name that no other host has: the suite and 32 random bits."""
    return f"{suite}-{secrets.token_hex(4)}"
