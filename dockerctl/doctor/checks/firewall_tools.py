"""Whether the daemon can write the rules of the packet filter at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.firewall import FirewallFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_OFF = (False, "false", "False", "0", "f")
_LOCK = re.compile(r"xtables lock", re.IGNORECASE)


def _tools(facts: Facts) -> Iterator[Finding]:
    units, firewall = facts.of(UnitsFacts), facts.of(FirewallFacts)
    configuration = facts.of(ConfigurationFacts)
    if configuration.value("iptables") in _OFF:
        return
    by_nft = configuration.value("firewall-backend") == "nftables"
    name = "nft" if by_nft else "iptables"
    if not (firewall.nft if by_nft else firewall.iptables):
        yield replace(
            error(
                "firewall-tool-missing",
                f"the daemon needs the program {name}, and there is none in its PATH",
                (
                    f"PATH: {firewall.searched}",
                    *said(facts, r"(?i)iptables.*not found|nft.*not found"),
                ),
                f"apt-get install {'nftables' if by_nft else 'iptables'} && dockerctl start",
            ),
            when=units.when,
        )
    elif not by_nft:
        yield from _refused(facts, firewall)


def _refused(facts: Facts, firewall: FirewallFacts) -> Iterator[Finding]:
    for table, (status, words) in firewall.failed.items():
        line = words.splitlines()[0] if words else f"exit status {status}"
        seen = (f"iptables -t {table} -S: {line}", *said(facts, r"iptables failed|xtables lock"))
        if _LOCK.search(words):
            yield warning(
                "firewall-lock",
                "another program holds the lock of the packet filter",
                seen,
                "fuser -v /run/xtables.lock (says which), and end that program",
            )
        else:
            gone = firewall.has_modules is False
            modules = (f"stat: {firewall.modules} is not there",) if gone else ()
            yield error(
                "firewall-refused",
                "iptables does not work with this kernel: the modules of the kernel that runs are "
                "gone"
                if gone
                else f"iptables does not work with this kernel: {line}",
                (*seen, *modules),
                "reboot into the kernel that is installed"
                if gone
                else "update-alternatives --set iptables /usr/sbin/iptables-nft && dockerctl start",
            )
        return


CHECKS: tuple[Check, ...] = (
    Check(
        "programs of the packet filter",
        (UnitsFacts, FirewallFacts, ConfigurationFacts),
        ("firewall-tool-missing", "firewall-refused", "firewall-lock"),
        _tools,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
