"""The explainer of failed starts: the doctor's knowledge beside the quoted journal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockerctl.cli.compose import Wiring
from dockerctl.deadline import Deadline
from dockerctl.errors import DockerctlError
from dockerctl.host.programs import run_program
from dockerctl.lifecycle.ports import Explanation
from dockerctl.lifecycle.quoter import JournalQuoter
from dockerctl.presentable import presentable
from dockerctl.result import Level
from dockerctl.systemd.journalctl import JournalctlJournal

if TYPE_CHECKING:
    from dockerctl.doctor.finding import Finding


class DoctorExplainer:
    """``Explainer``: the first cause that the doctor finds, with the lines that decide it."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._quoter = JournalQuoter(JournalctlJournal(run_program))
        # By the failed run: a start asks after its first one, and again at its end.
        self._known: dict[str, Explanation] = {}

    def explain(
        self, service: str, socket: str | None, *, since_s: float, not_run: str, limit_s: float
    ) -> Explanation:
        quoted = self._quoter.explain(
            service, socket, since_s=since_s, not_run=not_run, limit_s=limit_s
        )
        run = quoted.invocation_id
        if run not in self._known:
            try:
                explained = self._with_cause(quoted, limit_s)
            except DockerctlError:
                # What the journal says is still true.
                return quoted
            except Exception as error:  # noqa: BLE001  (a defect of ours must not hide the journal)
                self._wiring.reporter.say(
                    Level.WARNING,
                    "The doctor could not look for the cause, by a defect of dockerctl: "
                    f"{type(error).__name__}: {presentable(str(error))}.",
                )
                return quoted
            if not run:
                return explained
            self._known[run] = explained
        # The journal may have more lines of the run by now.
        return replace(self._known[run], lines=quoted.lines, problem=quoted.problem)

    def _with_cause(self, quoted: Explanation, limit_s: float) -> Explanation:
        # Only a start that failed pays for the checks.
        from dockerctl.doctor.codes import code_table  # noqa: PLC0415

        deadline = Deadline.after(limit_s, self._wiring.deadline.clock)
        cause = cause_of(replace(self._wiring, deadline=deadline))
        if cause is None:
            return quoted
        code = code_table()[cause.code]
        return replace(quoted, permanent=code.permanent, finding=cause.document(code.why))


def cause_of(wiring: Wiring) -> Finding | None:
    """The first cause that the doctor finds without asking the daemon; raises what looking at
    the units raises."""
    from dockerctl.cli.doctor_compose import look  # noqa: PLC0415
    from dockerctl.doctor.cause import first_cause  # noqa: PLC0415
    from dockerctl.doctor.registry import start_checks  # noqa: PLC0415

    _, examination = look(start_checks, wiring, ask=False)
    return first_cause(examination.findings)
