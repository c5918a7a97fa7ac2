"""``python -m tests.bench``: measure on a lab host and print the table."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

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
        document = measure(arguments.suite, find_deb(), Rounds(arguments.looks, arguments.starts))
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    print("\n".join(report_lines(Numbers(document), arguments.suite)))
    return 0


def measure(suite: str, deb: Path, rounds: Rounds) -> dict[str, object]:
    """Boot a host, run ``inside`` there, and give its document with what was asked for."""
    image = images.with_deb(images.image(suite), deb)
    folder = Bind(str(Path(__file__).parent.absolute()), INSIDE)
    with Host.boot(image, docker="stopped", binds=[folder]) as host:
        # How far it is, and what goes wrong, is for our own stderr.
        process = host.popen(
            ["/usr/bin/python3", "-I", "-B", f"{INSIDE}/inside.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        plan = json.dumps(plan_document(rounds)).encode()
        done = process.finish(plan, LONGEST_S).check()
    return {"suite": suite, **json.loads(done.out)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, default="bookworm")
    parser.add_argument(
        "--looks", type=_rounds, default=100, metavar="N", help="rounds of is-active and status"
    )
    parser.add_argument("--starts", type=_rounds, default=20, metavar="N", help="rounds of start")
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
