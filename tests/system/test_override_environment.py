"""Variables that ``override env`` sets, byte by byte in the process that PID 1 starts."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.units import show

pytestmark = pytest.mark.core

# What quoting, escapes, specifiers, comments and continuations could make something else of.
NASTY = (
    "",
    " ",
    " a  b ",
    "100%",
    "%h %n %%",
    "back\\slash \\n \\x41 \\",
    "quo\"te and 'single'",
    "$HOME ${HOME} $$",
    "# no comment",
    "; no comment",
    "a=b=c",
    "tab\tnewline\nend",
    "\x01\x1b[31m\x7f",
    "Grüße, 世界, 🐳",
    "[Service]",
    "ExecStartPre=/bin/false",
    "x" * 4000,
)


def environment(host: Host) -> dict[str, str]:
    """The environment of the daemon's process."""
    raw = host.read_bytes(f"/proc/{show(host, 'MainPID')}/environ")
    pairs = (word.partition(b"=") for word in raw.split(b"\0") if word)
    return {name.decode(): value.decode() for name, _, value in pairs}


def test_every_value_arrives_as_it_was_typed(host: Host, ctl: Dockerctl) -> None:
    assert ctl.json("start").exit_code == 0
    wanted = {f"NASTY_{number}": value for number, value in enumerate(NASTY)}
    words = [f"{name}={value}" for name, value in wanted.items()]
    answer = ctl.json("override", "env", "--stable-for", "0.2", *words)
    assert (answer.exit_code, answer.document["changed"]) == (0, True), answer.document
    found = environment(host)
    assert {name: found.get(name) for name in wanted} == wanted

    answer = ctl.json("override", "env", "--stable-for", "0.2", *wanted)
    assert answer.exit_code == 0
    assert not set(wanted) & set(environment(host))
    assert host.run(["ls", "/etc/systemd/system/docker.service.d"]).out.split() == []
