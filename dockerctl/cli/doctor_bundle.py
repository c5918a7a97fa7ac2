"""doctor --bundle: one tar file to attach to a report."""

from __future__ import annotations

import io
import os
import tarfile
import time

from dockerctl import __version__
from dockerctl.cli.doctor_text import examination_lines, findings_document
from dockerctl.cli.live import TerminalReporter
from dockerctl.cli.session import Session
from dockerctl.cli.style import Style
from dockerctl.doctor.bundle import entry_line, facts_document, hidden, secrets_of, to_json
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.model import Facts
from dockerctl.errors import BundleNotWritten
from dockerctl.result import Level

_FOLDER = "dockerctl-bundle"


def write_bundle(path: str, session: Session, facts: Facts, examination: Examination) -> None:
    """Make ``path``, which must not exist yet, readable by nobody else. Raises
    ``BundleNotWritten``; nothing is left then."""
    data = _tar(_files(facts, examination))
    try:
        # A link that somebody has planted there is not followed, and no file is overwritten.
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BundleNotWritten(f"{path} cannot be made: {error.strerror}.") from error
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
    except OSError as error:
        os.unlink(path)  # noqa: PTH108  (the name just made)
        raise BundleNotWritten(f"{path} cannot be written: {error.strerror}.") from error
    TerminalReporter(session.resolved(), session.messages).say(
        Level.INFO,
        f"{path} has facts, findings and logs. Secrets are masked; look through it before you "
        "pass it on.",
    )


def _files(facts: Facts, examination: Examination) -> dict[str, bytes]:
    plain = Style(color=False, unicode=False)
    files = {
        "version": f"dockerctl {__version__}\n".encode(),
        "findings.txt": ("\n".join(examination_lines(examination, plain)) + "\n").encode(),
        "findings.json": to_json(
            {
                "findings": findings_document(examination.findings),
                "unseen": [{"check": name, "why": why} for name, why in examination.unseen],
            }
        ),
        "facts.json": to_json(facts_document(facts)),
    }
    journal = facts.maybe(JournalFacts)
    if journal is not None:
        entries = [entry for run in journal.runs for entry in run.entries]
        logs = {
            "docker": [*entries, *journal.manager],
            "containerd": journal.containerd,
            "kernel": journal.kernel,
        }
        for name, lines in logs.items():
            ordered = sorted(lines, key=lambda entry: entry.time_usec)
            files[f"logs/{name}.log"] = "".join(f"{entry_line(e)}\n" for e in ordered).encode()
    secrets = secrets_of(facts)
    return {name: hidden(data, secrets) for name, data in files.items()}


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{_FOLDER}/{name}")
            member.size = len(data)
            member.mode = 0o600
            member.mtime = int(time.time())
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
