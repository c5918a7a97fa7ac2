"""What the tests of the meaning of daemon.json share: short words for findings, and releases."""

from __future__ import annotations

from collections.abc import Mapping

from dockerctl.config.facts import Facts, NoFlags
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.look import BlindLook, Look
from dockerctl.config.meaning import check_meaning
from dockerctl.config.path import format_path
from dockerctl.config.release import Release, parse_release

V20, V23, V24, V25, V26, V27, V28, V29 = (
    Release(20, 10, 24), Release(23, 0, 18), Release(24, 0, 9), Release(25, 0, 17),
    Release(26, 1, 5), Release(27, 5, 1), Release(28, 5, 2), Release(29, 7, 2),
)  # fmt: skip
RELEASES = (V20, V23, V24, V25, V26, V27, V28, V29)


def facts(
    release: Release | str | None = V28,
    *,
    flags: Mapping[str, tuple[str, ...]] | None = None,
    look: Look | None = None,
    **more: object,
) -> Facts:
    """Facts of a host about which nothing is known but what is said."""
    if isinstance(release, str):
        release = parse_release(release)
    return Facts(
        release=release,
        flags=NoFlags(flags or {}),
        look=look or BlindLook(),
        **more,  # type: ignore[arg-type]
    )


def found(values: Mapping[str, object], known: Facts) -> list[Finding]:
    """The findings, each of which says something and has a hint."""
    findings = check_meaning(values, known)
    for finding in findings:
        assert finding.message.endswith("."), finding
        assert finding.message[0].isupper(), finding
        assert finding.hint.endswith((".", "?")), finding
        assert finding.path, finding
    return findings


def verdicts(values: Mapping[str, object], known: Facts) -> set[str]:
    """Each finding in a word: severity, key, and "@host" where the host is the cause.

    ``{"E bip"}`` is an error of bip, ``{"W group@host"}`` a warning because of the host.
    """
    return {
        f"{'E' if finding.severity is Severity.ERROR else 'W'} {format_path(finding.path)}"
        f"{'@host' if finding.from_host else ''}"
        for finding in found(values, known)
    }
