"""Gathering facts: all kinds at once, each with its own deadline, none of them trusted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from dockerctl.deadline import Deadline
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Facts, Part
from dockerctl.errors import DockerctlError
from dockerctl.presentable import presentable


@dataclass
class _Task:
    """One kind being gathered in a thread of its own."""

    kind: type[Part]
    deadline: Deadline
    value: object = None
    problem: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def run(self, ground: Ground) -> None:
        try:
            self.value = self.kind.gather(ground)
        except DockerctlError as error:
            self.problem = error.sentence
        except OSError as error:
            self.problem = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
        except Exception as error:  # noqa: BLE001  (a crash must cost one kind of facts, not all)
            self.problem = (
                f"a defect of dockerctl: {type(error).__name__}: {presentable(str(error))}"
            )
        finally:
            self.done.set()


def gather(kinds: Iterable[type[Part]], ground: Ground, *given: object) -> Facts:
    """The facts of ``kinds``, and those ``given`` that were gathered before.

    A thread that hangs, on a dead network mount say, is left behind: it is a daemon thread, and
    its kind is missing from the facts.
    """
    wanted = dict.fromkeys(kind for kind in kinds if kind not in {type(part) for part in given})
    tasks = [_Task(kind, ground.deadline.at_most(kind.LIMIT_S)) for kind in wanted]
    for task in tasks:
        threading.Thread(target=task.run, args=(ground,), daemon=True).start()
    facts = Facts({type(part): part for part in given})
    parts, missing = dict(facts.parts), dict(facts.missing)
    for task in tasks:
        if not task.done.wait(task.deadline.remaining()):
            missing[task.kind] = f"it took longer than {task.deadline.total_s:.1f} s to look"
        elif task.problem:
            missing[task.kind] = task.problem
        else:
            parts[task.kind] = task.value
    return Facts(parts, missing)
