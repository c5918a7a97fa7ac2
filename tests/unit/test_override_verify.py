"""What systemd says about planned drop-ins, with systemd-analyze played by a function."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import Output
from dockerctl.override.order import Scope
from dockerctl.override.verify import VerifyLine, verify_merged

Judge = Callable[[Path], tuple[int, str]]


class Analyze:
    """systemd-analyze: notes what it finds in the copy and answers what it is told to."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.calls: list[list[str]] = []
        self.seen: list[dict[str, bytes]] = []
        self.folders: list[Path] = []
        self.modes: list[int] = []

    def __call__(self, name: str, arguments: Sequence[str], *, limit_s: float) -> Output:
        assert limit_s == 5.0
        self.calls.append([name, *arguments])
        folder = Path(arguments[-1]).parent
        self.folders.append(folder)
        self.modes.append(stat.S_IMODE(folder.stat().st_mode))
        self.seen.append(
            {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        )
        status, text = self.judge(folder)
        return Output(status, b"", text.encode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    user = tmp_path / ".config/systemd/user"
    (user / "docker.service.d").mkdir(parents=True)
    (user / "docker.service").write_text("[Service]\nExecStart=/bin/true\n")
    (user / "docker.socket").write_text("[Socket]\nListenStream=/x\n")
    (user / "docker.service.d/10-a.conf").write_text("[Service]\nNice=1\n")
    (user / "docker.service.d/20-b.conf").write_text("[Service]\nNice=2\n")
    return tmp_path


def drop_in(home: Path, name: str) -> str:
    return f"{home}/.config/systemd/user/docker.service.d/{name}"


def verify(home: Path, analyze: Analyze, planned: dict[str, bytes | None]) -> list[VerifyLine]:
    report = verify_merged(
        "docker.service",
        planned,
        analyze,
        5.0,
        scope=Scope.USER,
        environment={"HOME": str(home), "SECRET": "x"},
    )
    assert report.ok is (not report.lines)
    assert not any(folder.exists() for folder in analyze.folders)
    return list(report.lines)


def test_the_copy_has_the_unit_its_socket_and_all_drop_ins(home: Path) -> None:
    analyze = Analyze(lambda _: (0, ""))
    planned = {drop_in(home, "10-a.conf"): None, drop_in(home, "90-n.conf"): b"[Service]\nNice=3\n"}
    assert verify(home, analyze, planned) == []
    assert analyze.seen == [
        {
            "docker.service": b"[Service]\nExecStart=/bin/true\n",
            "docker.socket": b"[Socket]\nListenStream=/x\n",
            # systemd also reads the live folders: what is to go is covered by an empty file.
            "docker.service.d/10-a.conf": b"",
            "docker.service.d/20-b.conf": b"[Service]\nNice=2\n",
            "docker.service.d/90-n.conf": b"[Service]\nNice=3\n",
        }
    ]
    assert analyze.modes == [0o700]


def test_the_command(home: Path) -> None:
    analyze = Analyze(lambda _: (0, ""))
    verify(home, analyze, {})
    (call,) = analyze.calls
    assert call[:-1] == [
        "env",
        f"HOME={home}",
        "systemd-analyze",
        "--user",
        "verify",
        "--man=no",
        "--recursive-errors=no",
    ]
    assert call[-1].endswith("/docker.service")


def test_lines_come_back_with_the_live_paths(home: Path) -> None:
    def judge(folder: Path) -> tuple[int, str]:
        return 1, (
            f"{folder}/docker.service.d/90-n.conf:2: Unknown key 'Foo', ignoring.\n"
            f"{folder}/docker.service.d/90-n.conf:2: Unknown key 'Foo', ignoring.\n"
        )

    new = drop_in(home, "90-n.conf")
    lines = verify(home, Analyze(judge), {new: b"[Service]\nFoo=1\n"})
    assert lines == [VerifyLine(new, 2, "Unknown key 'Foo', ignoring.")]


def test_what_is_wrong_without_the_plan_is_left_out(home: Path) -> None:
    def judge(folder: Path) -> tuple[int, str]:
        text = (
            f"{folder}/docker.service.d/20-b.conf:2: Bad.\n"
            "docker.service: Command /gone is not executable: No such file or directory\n"
            "other.service: Broken.\n"
            "Unit docker.service has a bad unit file setting.\n"
        )
        if (folder / "docker.service.d/90-n.conf").exists():
            text += "docker.service: Service has more than one ExecStart= setting. Refusing.\n"
        return 1, text

    analyze = Analyze(judge)
    new = drop_in(home, "90-n.conf")
    assert verify(home, analyze, {new: b"[Service]\nExecStart=/x\n"}) == [
        VerifyLine("", 0, "docker.service: Service has more than one ExecStart= setting. Refusing.")
    ]
    assert len(analyze.calls) == 2


def test_the_plans_own_lines_stay_even_if_they_were_there(home: Path) -> None:
    path = drop_in(home, "20-b.conf")
    analyze = Analyze(lambda folder: (1, f"{folder}/docker.service.d/20-b.conf:2: Bad.\n"))
    assert verify(home, analyze, {path: b"[Service]\nNice=x\n"}) == [VerifyLine(path, 2, "Bad.")]
    assert len(analyze.calls) == 1


def test_a_release_without_the_option(home: Path) -> None:
    answers = [(1, "systemd-analyze: unrecognized option '--recursive-errors=no'\n"), (0, "")]
    analyze = Analyze(lambda _: answers.pop(0))
    assert verify(home, analyze, {}) == []
    assert ["--recursive-errors=no" in call for call in analyze.calls] == [True, False]


def test_silence_is_no_consent(home: Path) -> None:
    analyze = Analyze(lambda _: (1, "Failed to initialize manager: No such device\n"))
    with pytest.raises(ProgramFailed, match=r"could not judge docker\.service: Failed"):
        verify(home, analyze, {})
    assert not analyze.folders[0].exists()


def test_the_copy_is_gone_when_the_program_fails(home: Path) -> None:
    def judge(_: Path) -> tuple[int, str]:
        raise ProgramFailed("It did not end.")

    analyze = Analyze(judge)
    with pytest.raises(ProgramFailed):
        verify(home, analyze, {})
    assert not analyze.folders[0].exists()
