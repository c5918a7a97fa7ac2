"""The plain explainer: it quotes the decisive lines of the journal."""

from __future__ import annotations

from dockerctl.errors import HostError
from dockerctl.health.decisive import decisive_lines, first_run
from dockerctl.lifecycle.ports import Explanation
from dockerctl.systemd.journal import Journal


class JournalQuoter:
    """``Explainer`` over a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def explain(
        self, service: str, socket: str | None, *, since_s: float, not_run: str, limit_s: float
    ) -> Explanation:
        units = [service] if socket is None else [service, socket]
        try:
            entries = self._journal.entries(units, since_s=since_s, limit_s=limit_s)
        except HostError as error:
            return Explanation((), "", False, f"The journal cannot be read: {error.message}")
        run = first_run(entries, service, not_run)
        lines = decisive_lines(entries, service, socket, run)
        return Explanation(lines, run, False, "" if lines else _nothing(len(entries), service))


def _nothing(count: int, service: str) -> str:
    if count:
        lines = f"{count} line{'s' if count != 1 else ''}"
        return f"The journal has {lines} about this start of {service}, and none tells why."
    return (
        f"The journal shows nothing of this start of {service}; only root and the members of "
        "adm or systemd-journal may read it."
    )
