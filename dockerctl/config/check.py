"""All the checks of a document together: what to refuse, what to warn of, and where it stands."""

from __future__ import annotations

from dataclasses import replace

from dockerctl.config.document import Document, Place
from dockerctl.config.facts import Facts
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.meaning import check_meaning
from dockerctl.config.path import KeyPath
from dockerctl.config.shape import check_shape

# After all places: findings about the file as a whole, or about a flag.
_NOWHERE = Place(1 << 30, 0)


def check(document: Document, facts: Facts) -> tuple[Finding, ...]:
    """What names, types, flags and values are wrong; errors first, then by place.

    What is found of the meaning of a key is left out where its name or type is wrong already. With
    ``facts.strict`` what has no effect is refused, which ``check_shape`` sees to.
    """
    shape = check_shape(document, facts)
    refused = {finding.path for finding in shape if finding.severity is Severity.ERROR}
    named = {finding.path for finding in shape}
    found = list(shape)
    for finding in check_meaning(document.values, facts):
        within = (finding.path[:end] for end in range(1, len(finding.path) + 1))
        doubled = finding.severity is Severity.WARNING and finding.path in named
        if not doubled and not any(path in refused for path in within):
            found.append(replace(finding, place=_place(document, finding.path)))
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _place(document: Document, path: KeyPath) -> Place | None:
    """The place of the key, else of the innermost one around it."""
    ends = range(len(path), 0, -1)
    return next((place for end in ends if (place := document.place(path[:end]))), None)


def _order(finding: Finding) -> tuple[bool, Place, KeyPath, str]:
    is_warning = finding.severity is not Severity.ERROR
    return is_warning, finding.place or _NOWHERE, finding.path, finding.code
