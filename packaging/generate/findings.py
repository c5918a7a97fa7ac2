"""``python3 -m generate.findings FOLDER``: the pages of the doctor's findings, from its table.

One page for each area, a section for each code: what ``dockerctl doctor explain CODE`` prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from dockerctl.cli.doctor_text import sentence
from dockerctl.doctor.codes import LAYERS, Code, code_table

TITLES = {
    "boot": "The start at boot",
    "caller": "The caller: permissions, contexts, variables",
    "containerd": "containerd",
    "containers": "Containers and their logs",
    "doctor": "The doctor itself",
    "effect": "Whether the daemon has what is configured",
    "kernel": "The kernel",
    "keys": "Keys of daemon.json",
    "kubernetes": "Kubernetes beside Docker",
    "network": "Network and firewall",
    "overrides": "Drop-ins and unit files",
    "processes": "Processes of the daemon",
    "registry": "Registries and proxies",
    "runs": "Runs that failed",
    "security": "Security",
    "sockets": "Sockets and addresses",
    "storage": "Storage",
    "texts": "daemon.json as a text",
    "tls": "TLS",
    "units": "Units",
    "words": "What dockerd says when it refuses",
}


def pages() -> dict[str, str]:
    """Name of the file to its text, with the index as README.md."""
    areas: dict[str, list[Code]] = {}
    for code in code_table().values():
        areas.setdefault(code.area, []).append(code)
    found = {f"{area}.md": _page(area, codes) for area, codes in sorted(areas.items())}
    found["README.md"] = _index(areas)
    return found


def _page(area: str, codes: Iterable[Code]) -> str:
    lines = [f"# {TITLES[area]}", "", f"Findings of `dockerctl doctor`. {_MADE}", ""]
    for code in sorted(codes, key=lambda c: c.code):
        lines += [
            f"## `{code.code}`", "", sentence(code.title), "",
            code.why, "", code.meaning, "", "Repair:", "", code.repair, "",
        ]  # fmt: skip
    return "\n".join(lines)


def _index(areas: dict[str, list[Code]]) -> str:
    lines = [
        "# Findings of the doctor", "",
        f"Act on the code; texts may become better with any version. {_MADE}", "",
        "Findings are told in the order in which things must be repaired: "
        f"{', '.join(LAYERS)}.", "",
        "| code | page | what was found |", "|---|---|---|",
    ]  # fmt: skip
    for code in sorted((c for codes in areas.values() for c in codes), key=lambda c: c.code):
        lines.append(
            f"| [`{code.code}`]({code.area}.md#{code.code}) | {code.area} | {code.title} |"
        )
    return "\n".join([*lines, ""])


_MADE = "`make docs` makes this page from the table that `dockerctl doctor explain` prints."


def main(folder: Path) -> None:
    """Write all pages into ``folder`` and remove those that are no more."""
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
