"""The daemon's own last words in its first failed run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.change.hidden import mask_text
from dockerctl.config.finding import Severity as ConfigSeverity
from dockerctl.doctor.codes import code_table, codes_of
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.signatures import signature_of, signatures


def _last_words(facts: Facts) -> Iterator[Finding]:
    journal, units = facts.of(JournalFacts), facts.of(UnitsFacts)
    if journal.failed is None or not journal.words or _is_repaired(facts, journal):
        return
    if journal.failed.asked_to_stop:
        # Its end was wanted; how it came about has a check of its own.
        return
    words = journal.words
    # The most telling one is the last; where nothing is known of it, one before it may tell.
    for line in reversed(words):
        found = signature_of(line)
        if found is not None:
            yield replace(
                error(
                    found.code,
                    f"{units.service.name} did not start: {code_table()[found.code].title}",
                    (f"journal: {mask_text(line)}",),
                    found.fix,
                ),
                general=True,
            )
            break
    yield error(
        "daemon-refused",
        f"{units.service.name} ended by itself: {mask_text(words[-1])}",
        tuple(f"journal: {mask_text(line)}" for line in words),
        "dockerctl logs --run failed",
    )


def _is_repaired(facts: Facts, journal: JournalFacts) -> bool:
    """Whether the words are about a daemon.json that was put in order since."""
    configuration = facts.maybe(ConfigurationFacts)
    found = signature_of(journal.words[-1])
    if configuration is None or found is None or journal.failed is None:
        return False
    of_file = found.code in codes_of("keys") or found.code in codes_of("texts")
    if not (of_file or found.code in ("config-refused", "log-level")):
        return False
    wrong = configuration.problem_code or any(
        f.severity is ConfigSeverity.ERROR for f in configuration.findings
    )
    ended_s = max((e.time_usec for e in journal.failed.entries), default=0) / 1e6
    newer = configuration.kind == "absent" or configuration.changed_s > ended_s
    return not wrong and newer and configuration.kind in ("absent", "file")


CHECKS: tuple[Check, ...] = (
    Check(
        "last words of the daemon",
        (JournalFacts, UnitsFacts),
        (*dict.fromkeys(s.code for s in signatures()), "daemon-refused"),
        _last_words,
        also=(ConfigurationFacts,),
        explains_start=True,
    ),
)
