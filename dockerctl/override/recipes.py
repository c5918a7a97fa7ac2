"""All recipes: each makes a draft of the drop-in that it owns.

A recipe merges with the text that its drop-in has (``before``), never with anybody else's.
"""

from dockerctl.override.recipe_command import change_flags, hosts
from dockerctl.override.recipe_directive import set_directive, unset_directive
from dockerctl.override.recipe_env import set_env
from dockerctl.override.recipe_limits import limits, restart_policy
from dockerctl.override.recipe_proxy import proxy
from dockerctl.override.recipe_socket import requires_mount, socket

# What each recipe's drop-in holds, for lists.
RECIPES = {
    "command": "the daemon's command line: its addresses and flags",
    "env": "variables of the daemon's environment",
    "limits": "limits of memory, processors, tasks and files, and the OOM score",
    "proxy": "the HTTP proxy",
    "requires-mount": "file systems that have to be mounted first",
    "restart-policy": "when systemd starts the daemon again",
    "settings": "single settings",
    "socket": "the API's socket: group, mode and addresses",
}

__all__ = [
    "RECIPES",
    "change_flags",
    "hosts",
    "limits",
    "proxy",
    "requires_mount",
    "restart_policy",
    "set_directive",
    "set_env",
    "socket",
    "unset_directive",
]
