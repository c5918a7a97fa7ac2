"""Whether the values of a file mean something, and whether dockerd starts with them. Pure.

A finding is an error only where dockerd of that release certainly does not start (or reload) with
the value. All that it starts with is a warning at most, however useless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dockerctl.config.facts import Facts
from dockerctl.config.finding import Finding
from dockerctl.config.meaning_addresses import check_addresses
from dockerctl.config.meaning_choices import check_choices
from dockerctl.config.meaning_host import check_host
from dockerctl.config.meaning_listen import check_listen
from dockerctl.config.meaning_logs import check_logs
from dockerctl.config.meaning_network import check_network
from dockerctl.config.meaning_pools import check_pools
from dockerctl.config.meaning_registry import check_registry
from dockerctl.config.meaning_runtime import check_runtime
from dockerctl.config.meaning_storage import check_storage
from dockerctl.config.meaning_values import Findings, Values

_CHECKS: tuple[Callable[[Values], Findings], ...] = (
    check_choices,
    check_listen,
    check_addresses,
    check_network,
    check_pools,
    check_registry,
    check_logs,
    check_runtime,
    check_storage,
    check_host,
)


def check_meaning(values: Mapping[str, object], facts: Facts) -> list[Finding]:
    """What is wrong with the values of a file whose types are right.

    A value of a wrong type is passed over: that is for ``config/shape.py`` to say.
    """
    read = Values(values, facts)
    return [finding for check in _CHECKS for finding in check(read)]
