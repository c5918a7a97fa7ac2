"""The manual page: what is generated, and what the frame must hold."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from dockerctl import __version__
from dockerctl.cli.app import build_app
from dockerctl.exits import ExitCode
from generate.__main__ import main as generate_files
from generate.exit_texts import exit_texts
from generate.man import prose, render_man
from generate.reading import read_tree
from generate.tree import Command, Option, Value
from tests.fixtures import sample_cli

DOCKERCTL_FRAME = Path(__file__).parents[2] / "packaging/man/dockerctl.1.in"
FRAME = """\
.TH SAMPLE 1 "@DATE@" "sample @VERSION@" "User Commands"
.SH NAME
sample \\- a sample
.SH SYNOPSIS
@SYNOPSIS@
.SH COMMANDS
@COMMANDS@
.SH OPTIONS
@OPTIONS@
.SH EXIT STATUS
@EXIT_STATUS@
.SH ENVIRONMENT
@ENVIRONMENT@
"""
WORDS = {"DATE": "2026-01-02", "VERSION": "1.2.3"}


@pytest.fixture(scope="module")
def page() -> str:
    return render(FRAME)


def render(frame: str) -> str:
    root = read_tree(get_command(sample_cli.build_app()))
    return render_man(
        root, frame, program="sample", exit_texts={0: "Fine.", 150: "Not."}, words=WORDS
    )


def plain(page: str) -> str:
    """The page as a reader sees it, with single spaces."""
    done = subprocess.run(
        ["/usr/bin/mandoc", "-Tutf8", "-Owidth=400"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    )
    # Bold and italic are overstrikes: the character, a backspace, the character.
    text = "".join(c for i, c in enumerate(done.stdout) if done.stdout[i + 1 : i + 2] != "\b")
    return " ".join(text.replace("\b", "").split())


def lint(page: str) -> str:
    done = subprocess.run(
        ["/usr/bin/mandoc", "-Tlint", "-Wall"],
        input=page,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of dockerctl itself, made as the package build makes them."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    generate_files(tmp_path)
    return tmp_path


def test_generated_files_have_the_names_that_are_installed(generated: Path) -> None:
    files = {str(p.relative_to(generated)) for p in generated.rglob("*") if p.is_file()}
    assert files == {"man/dockerctl.1", "bash/dockerctl", "zsh/_dockerctl", "fish/dockerctl.fish"}


def test_page_of_dockerctl(generated: Path) -> None:
    page = (generated / "man/dockerctl.1").read_text()
    assert page.splitlines()[1] == (
        f'.TH DOCKERCTL 1 "1970-01-02" "dockerctl {__version__}" "User Commands"'
    )
    assert lint(page) == ""
    names = [line[4:] for line in page.splitlines() if line.startswith(".SH ")]
    assert names == [
        *("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS"),
        *("ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"),
    ]


def test_mandoc_finds_nothing(page: str) -> None:
    assert lint(page) == ""


def test_groff_warns_of_nothing(page: str, tmp_path: Path) -> None:
    file = tmp_path / "sample.1"
    file.write_text(page)
    done = subprocess.run(
        ["/usr/bin/groff", "-man", "-ww", "-z", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_words_are_filled_in(page: str) -> None:
    assert page.startswith('.TH SAMPLE 1 "2026-01-02" "sample 1.2.3" "User Commands"\n')


def test_commands(page: str) -> None:
    text = plain(page)
    assert "try-stop Stop it. --again Again." in text
    assert "wait healthy|stopped Wait for a state. healthy|stopped For what." in text
    assert "config set KEY [VALUE] Set a key. VALUE The value; none unsets." in text
    assert "config load FILES... Load files." in text
    assert "--label TEXT A label. May be given more than once." in text
    assert "secret" not in text
    assert "--inner" not in text


def test_paragraphs_backslashes_and_dots(page: str) -> None:
    text = plain(page)
    assert "Start it; it's quick. The second sentence." in text
    assert "with --again and a back\\slash. .starts with a dot." in text


def test_global_options_are_listed_once(page: str) -> None:
    assert plain(page).count("--timeout SECONDS How long.") == 1


def test_options_that_only_the_program_takes_are_marked(page: str) -> None:
    text = plain(page)
    assert "--verbose, -v Say more. May be given more than once. Only before the command." in text
    assert "--help, -h Show this help and exit. EXIT" in text


def test_exit_status(page: str) -> None:
    assert "EXIT STATUS 0 Fine. 150 Not. ENVIRONMENT" in plain(page)


def test_environment(page: str) -> None:
    text = plain(page)
    assert "SAMPLE_AGAIN The default of --again (start, try-stop)." in text
    assert "SAMPLE_OUTPUT The default of --output." in text
    assert "SAMPLE_VALUE The default of VALUE (config set)." in text


def test_a_missing_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="@OPTIONS@"):
        render(FRAME.replace("@OPTIONS@\n", ""))


def test_a_missing_word_is_an_error() -> None:
    with pytest.raises(ValueError, match="@DATE@"):
        render(FRAME.replace("@DATE@", ""))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("socket-activated", ["socket-activated"]),
        ("give --no-wait or -q", [r"give \-\-no\-wait or \-q"]),
        (".so x", [r"\&.so x"]),
        ("'quoted'", [r"\&'quoted'"]),
        (r"\n", [r"\en"]),
        ("", []),
    ],
)
def test_prose(text: str, lines: list[str]) -> None:
    assert prose(text) == lines


def test_every_exit_code_has_a_text() -> None:
    assert exit_texts().keys() == {int(code) for code in ExitCode}


def test_options_that_many_commands_have_are_listed_once() -> None:
    shared = (Option(("--why",), "Why.", Value("TEXT")), Option(("--now",), "At once."))
    few = Command(("few",), "Few.", (shared[0],))
    many = tuple(Command((f"v{n}",), "Do.", shared) for n in range(5))
    root = Command((), "All.", commands=(*many, few))
    page = render_man(root, FRAME, program="sample", exit_texts={}, words=WORDS)
    assert lint(page) == ""
    text = plain(page)
    assert "v4 Do. It takes the options of every change as well. few Few. --why TEXT Why." in text
    assert "Options of every change --why TEXT Why. --now At once. EXIT" in text
    assert text.count("At once.") == 1


def test_an_empty_tree_still_makes_a_page() -> None:
    root = Command((), "Nothing.")
    page = render_man(root, FRAME, program="sample", exit_texts={}, words=WORDS)
    assert "SH COMMANDS" in page


def test_examples_of_the_frame_are_valid_commands() -> None:
    root = read_tree(get_command(build_app()))
    verbs = {command.path: command for command in root.walk()}
    examples = re.findall(
        r"^\.EX\n(.*?)^\.EE$", DOCKERCTL_FRAME.read_text(), re.DOTALL | re.MULTILINE
    )
    assert examples
    for line in "".join(examples).replace("\\-", "-").splitlines():
        words = shlex.split(re.split(r" (?:\||&&) ", line)[0])
        assert words.pop(0) == "dockerctl"
        command = root
        while words:
            word = words.pop(0)
            if not word.startswith("-"):
                # What follows a verb are its arguments.
                command = verbs[(*command.path, word)] if command.commands else command
                assert command.commands or command.path[-1] == word or command.arguments
                continue
            (option,) = (o for o in command.options if word in o.all_names)
            if option.value is not None:
                words.pop(0)
