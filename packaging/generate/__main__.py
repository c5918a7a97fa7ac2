"""``python3 -m generate FOLDER``: write the manual page and the completions into FOLDER."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from typer.main import get_command

from dockerctl import __version__
from dockerctl.cli.app import build_app
from generate.bash import render_bash
from generate.exit_texts import exit_texts
from generate.fish import render_fish
from generate.man import render_man
from generate.reading import read_tree
from generate.zsh import render_zsh

_PROGRAM = "dockerctl"
_FRAME = Path(__file__).parent.parent / "man" / f"{_PROGRAM}.1.in"


def _date() -> str:
    # https://reproducible-builds.org/specs/source-date-epoch/: the same source, the same page.
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def main(folder: Path) -> None:
    """Write the four files, under the names that they are installed as."""
    root = read_tree(get_command(build_app()))
    page = render_man(
        root,
        _FRAME.read_text(encoding="utf-8"),
        program=_PROGRAM,
        exit_texts=exit_texts(),
        words={"VERSION": __version__, "DATE": _date()},
    )
    files = {
        f"man/{_PROGRAM}.1": page,
        f"bash/{_PROGRAM}": render_bash(root, _PROGRAM),
        f"zsh/_{_PROGRAM}": render_zsh(root, _PROGRAM),
        f"fish/{_PROGRAM}.fish": render_fish(root, _PROGRAM),
    }
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 -m generate FOLDER")
    main(Path(sys.argv[1]))
