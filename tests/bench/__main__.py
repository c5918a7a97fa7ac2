"""``python -m tests.bench``: measure on a lab host and print the table."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.changes import change_lines, changes_document
from tests.bench.diagnosis import diagnosis_document, diagnosis_lines
from tests.bench.package import find_deb
from tests.bench.plan import INSIDE, Rounds, plan_document
from tests.bench.report import Numbers, report_lines
from tests.lab import images
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.init import Bind
from tests.lab.recipe import SUITES

LONGEST_S = 1800


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 whatever the numbers are; 1 when something could not be measured."""
    arguments = _parser().parse_args(argv)
    try:
        rounds = Rounds(arguments.looks, arguments.starts)
        document = measure(
            arguments.suite, find_deb(), rounds, arguments.changes, arguments.diagnoses
        )
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    print("\n".join(report_lines(Numbers(document), arguments.suite)))
    print("\n".join(["", *change_lines(document["changes"])]))
    print("\n".join(["", *diagnosis_lines(document["diagnosis"])]))
    return 0


def measure(suite: str, deb: Path, rounds: Rounds, changes: int, diagnoses: int) -> dict[str, Any]:
    """Boot a host, run the measuring programs there, and give their documents."""
    image = images.with_deb(images.image(suite), deb)
    folder = Bind(str(Path(__file__).parent.absolute()), INSIDE)
    with Host.boot(image, docker="stopped", binds=[folder]) as host:
        looked = _inside(host, "inside.py", plan_document(rounds))
        changed = _inside(host, "outage.py", changes_document(changes))
        diagnosed = _inside(host, "diagnose.py", diagnosis_document(diagnoses))
    return {"suite": suite, **looked, "changes": changed, "diagnosis": diagnosed}


def _inside(host: Host, program: str, plan: dict[str, object]) -> dict[str, Any]:
    # How far it is, and what goes wrong, is for our own stderr.
    process = host.popen(
        ["/usr/bin/python3", "-I", "-B", f"{INSIDE}/{program}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    done = process.finish(json.dumps(plan).encode(), LONGEST_S).check()
    document: dict[str, Any] = json.loads(done.out)
    return document


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, default="bookworm")
    parser.add_argument(
        "--looks", type=_rounds, default=100, metavar="N", help="rounds of is-active and status"
    )
    parser.add_argument("--starts", type=_rounds, default=20, metavar="N", help="rounds of start")
    parser.add_argument(
        "--changes", type=_rounds, default=10, metavar="N", help="rounds of each kind of change"
    )
    parser.add_argument(
        "--diagnoses", type=_rounds, default=10, metavar="N", help="rounds of the doctor"
    )
    parser.add_argument(
        "--json", type=_new_file, metavar="FILE", help="write the raw numbers there"
    )
    return parser


def _rounds(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 2):
        raise argparse.ArgumentTypeError("a number of at least 2, or there is no spread")
    return int(text)


def _new_file(text: str) -> Path:
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


if __name__ == "__main__":
    sys.exit(main())
