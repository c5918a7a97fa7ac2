"""The completion files, in the real shells.

A small sample program has one of everything that can be completed. The same questions are put to
bash, zsh and fish; then each shell loads the files of dockerctl itself.
"""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from typer.main import get_command

from dockerctl.cli.app import build_app
from generate.bash import render_bash
from generate.fish import render_fish
from generate.reading import read_tree
from generate.tree import Command
from generate.zsh import render_zsh
from tests.fixtures import sample_cli

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}

# What a shell offers for the words typed, the last of which is being completed.
Complete = Callable[[list[str]], set[str]]


def run(argv: list[str], folder: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    # A missing shell fails here: the files must not go untested.
    return subprocess.run(
        argv,
        cwd=folder,
        env=ENVIRONMENT | {"HOME": str(folder)},
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write(root: Command, program: str, folder: Path) -> Path:
    (folder / program).write_text(render_bash(root, program))
    (folder / f"_{program}").write_text(render_zsh(root, program))
    (folder / f"{program}.fish").write_text(render_fish(root, program))
    return folder


@pytest.fixture(scope="module")
def dockerctl() -> Command:
    return read_tree(get_command(build_app()))


@pytest.fixture(scope="module")
def real(dockerctl: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(dockerctl, "dockerctl", tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = read_tree(get_command(sample_cli.build_app()))
    folder = write(root, "sample", tmp_path_factory.mktemp("sample"))
    (folder / "here").mkdir()
    (folder / "here/a file.json").touch()
    (folder / "here/folder").mkdir()
    return folder


# --- the three shells ------------------------------------------------------------------------


def bash_words(line: list[str]) -> list[str]:
    """Words as bash cuts them: an "=" is a word of its own (COMP_WORDBREAKS)."""
    words = []
    for word in line:
        name, equals, value = word.partition("=")
        words += [name, equals, *([value] if value else [])] if equals else [word]
    return words


def complete_in_bash(folder: Path, program: str, line: list[str]) -> set[str]:
    words = bash_words([program, *line])
    script = f"""
        source {folder}/{program}
        COMP_WORDS=({shlex.join(words)})
        COMP_CWORD={len(words) - 1}
        _{program} || exit
        ((${{#COMPREPLY[@]}} == 0)) || printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = run(["/bin/bash", "--norc", "--noprofile", "-c", script], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.splitlines())


def complete_in_fish(folder: Path, program: str, line: list[str]) -> set[str]:
    typed = shlex.join([program, *line[:-1]]) + " " + line[-1]
    script = f"source {folder}/{program}.fish; complete -C {shlex.quote(typed)}"
    done = run(["/usr/bin/fish", "--no-config", "-c", script], folder)
    assert (done.returncode, done.stderr) == (0, "")
    # A description follows after a tab.
    return {offer.split("\t")[0] for offer in done.stdout.splitlines()}


# Lets the completion system work as always, and writes down every match that it would show.
ZSH_CAPTURE = r"""
autoload -U compinit
compinit -u -D
zstyle ':completion:*' verbose no
compadd() {
    # Calls that only fill arrays (-O, -A, -D) add nothing to the list.
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a matches
    builtin compadd -A matches "$@"
    (( $#matches )) && print -rl -- $matches >>$CAPTURED
    builtin compadd "$@"
}
PS1='ready>'
"""


def complete_in_zsh(folder: Path, program: str, line: list[str]) -> set[str]:
    captured = folder / "captured"
    captured.write_text("")
    (folder / ".zshrc").write_text(f"fpath=({folder} $fpath)\n{ZSH_CAPTURE}")
    child = pexpect.spawn(
        "/usr/bin/zsh",
        ["-d", "-i"],
        env=ENVIRONMENT | {"HOME": str(folder), "ZDOTDIR": str(folder), "CAPTURED": str(captured)},
        cwd=str(folder),
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
    )
    try:
        child.expect_exact("ready>")
        typed = shlex.join([program, *line[:-1]]) + " " + line[-1]
        # Control-D after a word lists what is possible; Control-U clears the line again.
        child.send(typed + "\x04\x15print fin''ished\r")
        child.expect_exact("finished")
        child.send("exit\r")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    return set(captured.read_text().splitlines())


@pytest.fixture(params=["bash", "fish", "zsh"])
def complete(request: pytest.FixtureRequest, sample: Path) -> Complete:
    shells = {"bash": complete_in_bash, "fish": complete_in_fish, "zsh": complete_in_zsh}
    shell = shells[request.param]
    return lambda line: shell(sample, "sample", line)


# --- the same questions to each --------------------------------------------------------------

# What is typed, and all that is offered.
CANDIDATES: list[tuple[list[str], set[str]]] = [
    ([""], {"start", "try-stop", "status", "wait", "config"}),
    (["st"], {"start", "status"}),
    (["x"], set()),
    (["-o", "json", "try"], {"try-stop"}),
    (["--output=json", "try"], {"try-stop"}),
    (["--output", ""], {"text", "json"}),
    (["-o", "j"], {"json"}),
    (["status", "--output", "t"], {"text"}),
    (["wait", ""], {"healthy", "stopped"}),
    (["wait", "--help", "h"], {"healthy"}),
    (["wait", "healthy", "s"], set()),
    (["config", ""], {"set", "load"}),
    (["--timeout", "3", "config", "--help", "l"], {"load"}),
    (["config", "load", "--again", ""], {"text", "json"}),
    (["--timeout", ""], set()),
    (["config", "set", "start", "s"], set()),
    (["config", "load", "--base", "here/"], {"folder"}),
    (["config", "load", "--like", "here/a"], {"a file.json"}),
    (["config", "load", "here/a", "here/f"], {"folder"}),
    (["status", "here/"], set()),
]

# What is typed, and some of the options that must be offered, and that must not.
OPTIONS: list[tuple[list[str], set[str], set[str]]] = [
    (["--"], {"--output", "--verbose", "--timeout", "--help"}, {"--again", "--wait"}),
    (
        ["start", "--"],
        {"--timeout", "--wait", "--no-wait", "--again", "--help"},
        {"--base", "--output"},
    ),
    (["try-stop", "--"], {"--again", "--help"}, {"--wait", "--timeout"}),
    (["start", "--again", "--no"], {"--no-wait"}, {"--again"}),
    (["config", "load", "--"], {"--base", "--like", "--label", "--level"}, {"--inner"}),
    (["config", "load", "--label", "x", "--la"], {"--label"}, {"--like"}),
]


@pytest.mark.parametrize(
    ("line", "expected"), [pytest.param(*case, id=" ".join(case[0])) for case in CANDIDATES]
)
def test_candidates(complete: Complete, line: list[str], expected: set[str]) -> None:
    offers = complete(line)
    # For paths some shells offer the whole, some the last part, and folders with a slash.
    names = {offer.removesuffix("/").removeprefix("here/").replace("\\", "") for offer in offers}
    names = {name.removeprefix("--output=") for name in names}
    assert names == expected


@pytest.mark.parametrize(
    ("line", "expected", "unexpected"),
    [pytest.param(*case, id=" ".join(case[0])) for case in OPTIONS],
)
def test_options(
    complete: Complete, line: list[str], expected: set[str], unexpected: set[str]
) -> None:
    offers = {offer.removesuffix("=") for offer in complete(line)}
    assert expected <= offers
    assert not unexpected & offers


def test_bash_offers_options_where_there_is_nothing_else(sample: Path) -> None:
    assert "--again" in complete_in_bash(sample, "sample", ["start", ""])


def test_bash_completes_a_value_after_an_equals_sign_that_it_does_not_cut(sample: Path) -> None:
    script = f"""
        source {sample}/sample
        COMP_WORDS=(sample --output=j) COMP_CWORD=1
        _sample; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = run(["/bin/bash", "--norc", "--noprofile", "-c", script], sample)
    assert done.stdout == "--output=json\n"


def test_bash_in_a_terminal(sample: Path) -> None:
    child = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        env=ENVIRONMENT | {"HOME": str(sample), "PS1": "ready>"},
        cwd=str(sample),
        encoding="utf-8",
        timeout=30,
    )
    try:
        child.expect_exact("ready>")
        child.send("sample() { printf '<%s>' \"$@\"; }; source ./sample; echo lo''aded\r")
        child.expect_exact("loaded\r\n")
        child.send("sample --output=j\tconf\tload here/a\t\r")
        child.expect_exact("<--output=json><config><load><here/a file.json>")
    finally:
        child.close(force=True)


# --- the files of dockerctl itself -----------------------------------------------------------


@pytest.mark.parametrize(
    "check",
    [
        ["/bin/bash", "-n", "dockerctl"],
        ["/usr/bin/shellcheck", "--shell=bash", "dockerctl"],
        ["/usr/bin/zsh", "-n", "_dockerctl"],
        ["/usr/bin/fish", "--no-execute", "dockerctl.fish"],
    ],
    ids=lambda check: Path(check[0]).name,
)
def test_no_shell_complains(real: Path, check: list[str]) -> None:
    done = run(check, real)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", [complete_in_bash, complete_in_fish, complete_in_zsh])
def test_verbs_of_dockerctl(
    real: Path, dockerctl: Command, shell: Callable[[Path, str, list[str]], set[str]]
) -> None:
    verbs = {command.path[0] for command in dockerctl.commands}
    assert {"start", "stop", "status"} <= verbs
    assert shell(real, "dockerctl", [""]) == verbs
    assert shell(real, "dockerctl", ["sto"]) == {"stop"}
    assert shell(real, "dockerctl", ["logs", "-o", ""]) == {"text", "json", "cat"}
    assert shell(real, "dockerctl", ["config", "s"]) == {"set", "show", "schema"}
    assert shell(real, "dockerctl", ["override", "re"]) == {
        *("restart-policy", "requires-mount", "revert")
    }


def test_bash_answers_at_once(real: Path) -> None:
    """A hundred completions in well under the time of a hundred starts of Python."""
    script = f"""
        source {real}/dockerctl
        COMP_WORDS=(dockerctl --output json sta) COMP_CWORD=3
        for i in {{1..100}}; do _dockerctl; done
        PATH=/nonexistent; _dockerctl; echo "$SECONDS"
    """
    done = run(["/bin/bash", "--norc", "--noprofile", "-c", script], real)
    assert done.stderr == ""
    assert int(done.stdout) < 3
