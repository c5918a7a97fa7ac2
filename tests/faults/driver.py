"""One fault on a lab host: make it, ask the doctor, repair it, prove that all is well again."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.recipe import Fault, Variant
from tests.lab.commands import Completed
from tests.lab.errors import HostError
from tests.lab.host import Host

WRONG = 158
_HERE = Path(__file__).parent
# What only a hang exceeds.
_LONG_S = 60.0
_PROOF = """
for unit in docker.service docker.socket containerd.service; do
    shown=$(systemctl show -p ActiveState,Result,NeedDaemonReload,Job $unit | sort | tr '\\n' ' ')
    [ "$shown" = "ActiveState=active Job= NeedDaemonReload=no Result=success " ] ||
        { echo "$unit: $shown"; exit 1; }
done
timeout 10 docker version --format '{{.Server.Version}}'
"""


def script(text: str, *, folder: Path = _HERE) -> str:
    """A script of this folder, or ``text``, behind the words that recipes use."""
    name = folder / text
    body = name.read_text(encoding="utf-8") if text.endswith(".sh") else text
    return (folder / "prelude.sh").read_text(encoding="utf-8") + body


def sh(host: Host, text: str, *, timeout: float = _LONG_S) -> Completed:
    """Run a script in the host as root."""
    return host.run(["bash", "-euc", script(text), "recipe"], timeout=timeout)


@dataclass(frozen=True)
class Report:
    """What the doctor said in one run."""

    exit_code: int
    document: dict[str, Any]
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """The codes of all findings, in the order of the report."""
        return [str(found["code"]) for found in self.findings]

    @property
    def alarms(self) -> list[dict[str, Any]]:
        """What stands above "info"."""
        return [found for found in self.findings if found["severity"] != "info"]

    def lines(self) -> str:
        """The findings for whoever reads a failed test."""
        shown = [
            f"{f['severity']} {f['code']} ({f['when']}): {f['title']}"
            f"{' <- ' + f['because_of'] if f['because_of'] else ''}\n"
            f"    {str(f['evidence'])[:600]}\n    fix: {f['fix']}"
            for f in self.findings
        ]
        error = self.document.get("error")
        if self.exit_code != WRONG and error:
            shown.insert(0, f"doctor failed: {error}")
        return "\n".join(shown) or "no findings"


def doctor(host: Host, *, user: str = "", env: Mapping[str, str] | None = None) -> Report:
    """Run the doctor; its answer must be a document."""
    done = host.run(
        ["dockerctl", "doctor", "-o", "json"], user=user or None, env=env, timeout=_LONG_S
    )
    assert "Traceback" not in done.err, done.err
    document = json.loads(done.out)
    return Report(done.returncode, document, document.get("findings") or [])


def prepare(host: Host) -> None:
    """Once for a host, before its first fault."""
    sh(host, "prepare.sh").check()


def make(host: Host, fault: Fault | Variant) -> Completed:
    """Break the host and wait until the fault shows."""
    settle = _text("settle.sh")
    if fault.until:
        settle = f"for _ in $(seq 300); do if {fault.until}; then break; fi; sleep 0.1; done\n"
    elif "--no-block" in fault.trigger:
        # The job stays, or the unit is started again and again: the trigger waits itself.
        settle = ""
    text = f"{fault.do}\nset +eu\n{fault.trigger}\n{settle}"
    return sh(host, text)


def restore(host: Host, fault: Fault | Variant) -> str:
    """Take the fault back; returns what is not well afterwards, empty when all is."""
    done = sh(host, f"set +eu\n{fault.undo}\n{_text('restore.sh')}")
    if done.returncode:
        return f"restoring ended with {done.returncode}: {done.out}{done.err}"
    return unwell(host)


def unwell(host: Host) -> str:
    """What is not well with the daemon; empty when it answers and systemd has no complaint."""
    proof = sh(host, _PROOF)
    return "" if proof.returncode == 0 else f"{proof.out}{proof.err}".strip() or "no answer"


def judge(fault: Fault, report: Report) -> str:
    """What the doctor has not got right; empty when it was."""
    own = [found for found in report.findings if not found["because_of"]]
    if fault.severity == "info":
        # Of a host that is well otherwise, in no order.
        own = [found for found in own if found["code"] in fault.expect]
    top = [str(found["code"]) for found in own[: len(fault.expect)]]
    if tuple(top) != fault.expect:
        return f"expected {', '.join(fault.expect)} first"
    first = own[0]
    if first["severity"] != fault.severity:
        return f"{first['code']} is {first['severity']}, expected {fault.severity}"
    said = f"{first['title']}\n{first['evidence']}"
    if not re.search(fault.evidence, said):
        return f"no {fault.evidence!r} in the evidence of {first['code']}"
    if report.exit_code != WRONG and fault.severity == "error":
        return f"exit code {report.exit_code}, expected {WRONG}"
    return ""


def repair(host: Host, fault: Fault, fix: str) -> str:
    """Type what the finding says, then start the daemon as a person would; returns what is wrong
    afterwards."""
    done = host.run(["bash", "-c", fix.replace(", then: ", " && ")], timeout=_LONG_S)
    said = f"{shlex.quote(fix)} ended with {done.returncode}: {done.out}{done.err}".strip()
    if done.returncode:
        return said
    started = host.run(["dockerctl", "start"], timeout=_LONG_S)
    if started.returncode:
        return f"after {fix!r} dockerctl start ended with {started.returncode}: {started.err}"
    if (ill := unwell(host)) != "":
        return f"after {fix!r}: {ill}"
    report = doctor(host, user=fault.user)
    loud = [f for f in report.alarms if f["code"] not in fault.left]
    return f"after {fix!r} the doctor still says\n{report.lines()}" if loud else ""


def silent(host: Host) -> str:
    """What the doctor still says of a host that is well; empty when nothing above "info"."""
    report = doctor(host)
    return report.lines() if report.alarms or report.exit_code else ""


def run(host: Host, fault: Fault, *, quietness: bool = True) -> str:
    """All of it; returns what was not right, empty when everything was."""
    problem = ""
    try:
        make(host, fault)
        report = doctor(host, user=fault.user, env=fault.env)
        if (problem := judge(fault, report)) != "":
            problem += f"\n{report.lines()}"
        elif fault.repair:
            fix = next(str(f["fix"]) for f in report.findings if f["code"] == fault.expect[0])
            problem = repair(host, fault, fix)
    except HostError as error:
        problem = str(error)
    ill = restore(host, fault)
    if ill:
        raise NotRestored(f"{problem}\nnot taken back: {ill}".strip())
    if quietness and not problem and (said := silent(host)) != "":
        problem = f"after it was taken back the doctor still says\n{said}"
    return problem


def quiet_about(host: Host, variant: Variant) -> str:
    """What the doctor says of an ordinary host; empty when nothing above "info"."""
    said = ""
    try:
        made = make(host, variant)
        report = doctor(host, user=variant.user, env=variant.env)
        if report.alarms or report.exit_code:
            said = f"false alarm\n{report.lines()}\n{made.err}"
    except HostError as error:
        said = str(error)
    if (ill := restore(host, variant)) != "":
        raise NotRestored(f"{said}\nnot taken back: {ill}".strip())
    return said


class NotRestored(Exception):
    """The host is of no use for other faults."""


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
