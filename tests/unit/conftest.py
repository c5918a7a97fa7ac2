"""The command run within the test's own process, as far as it comes without a systemd."""

from __future__ import annotations

import gc
import os
import sys

import pytest

# As the command does before it loads Typer, which looks for Rich once and for all.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from dockerctl.cli.main import run  # noqa: E402
from tests.invocation import Answer, Run  # noqa: E402


@pytest.fixture
def dockerctl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``dockerctl ARGUMENTS`` with ``env`` and no other variable of ours."""

    def run_it(*arguments: str, **env: str) -> Answer:
        for name in list(os.environ):
            if name.startswith("DOCKERCTL_"):
                monkeypatch.delenv(name)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["dockerctl", *arguments])
        thresholds = gc.get_threshold()
        capsys.readouterr()
        try:
            code = run()
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Answer(code, captured.out, captured.err)

    return run_it
