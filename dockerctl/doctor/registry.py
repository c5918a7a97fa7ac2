"""All checks, by the modules below ``checks`` that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from dockerctl.doctor import checks as folder
from dockerctl.doctor.model import Check

# Modules none of whose checks can say why a start failed: one that has failed does not pay for
# importing them and the facts that they need.
_NOT_OF_A_START = frozenset(
    {
        "caller_endpoint",
        "caller_rights",
        "config_effect",
        "container_logs",
        "container_state",
        "engine_answer",
        "engine_packages",
        "firewall_rules",
        "kubernetes_kubelet",
        "network_addresses",
        "network_outside",
        "network_ports",
        "proxy_reach",
        "run_state",
        "security_files",
        "tls_dates",
        "tls_names",
        "tls_registries",
        "unit_changed",
    }
)


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, in the order of the modules' names."""
    return _checks(_names())


@cache
def start_checks() -> tuple[Check, ...]:
    """The checks that can say why a start failed."""
    found = _checks(name for name in _names() if name not in _NOT_OF_A_START)
    return tuple(check for check in found if check.explains_start)


def _names() -> tuple[str, ...]:
    return tuple(entry.name for entry in iter_modules(folder.__path__))


def _checks(names: Iterable[str]) -> tuple[Check, ...]:
    found: list[Check] = []
    for name in names:
        found += import_module(f"{folder.__name__}.{name}").CHECKS
    return tuple(found)
