"""A bundle has facts, findings and logs, and no secret."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dockerctl.cli.doctor_bundle import write_bundle
from dockerctl.cli.session import Session
from dockerctl.config.document import Document
from dockerctl.doctor.bundle import facts_document, hidden, secrets_of
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.units import UnitFacts
from dockerctl.doctor.model import Facts
from dockerctl.errors import BundleNotWritten
from dockerctl.settings import Typed, resolve_settings
from dockerctl.systemd.journal import JournalEntry

SECRET = "hunter2"


@dataclass(frozen=True)
class Odd:
    environment: dict[str, str] = field(default_factory=lambda: {"TOKEN": SECRET, "A": "b"})
    data: bytes = b'{"http-proxy": "http://me:hunter2@proxy"}'
    token: str = SECRET
    nested: tuple[object, ...] = (frozenset({"b", "a"}), {"splunk-token": SECRET}, None, object())


def entry(message: str) -> JournalEntry:
    return JournalEntry(1_000_000, message, 6, "a" * 32, False, "docker.service")


def facts() -> Facts:
    journal = JournalFacts(
        runs=(Run("a" * 32, (entry(f"proxy http://me:{SECRET}@proxy \x1b[31m"),)),),
        containerd=(entry("up"),),
    )
    unit = UnitFacts("docker.service", {"Environment": [f"HTTP_PROXY=http://u:{SECRET}@x"]})
    return Facts(
        {Odd: Odd(), JournalFacts: journal, UnitFacts: unit}, {int: "it could not be seen"}
    )


def test_no_secret_is_in_the_facts() -> None:
    document = facts_document(facts())
    text = json.dumps(document)
    assert SECRET not in text
    known = document["known"]
    assert isinstance(known, dict)
    assert known["Odd"]["environment"] == ["A", "TOKEN"]
    assert known["Odd"]["nested"][0] == ["a", "b"]
    assert known["UnitFacts"]["properties"]["Environment"] == ["HTTP_PROXY"]
    assert document["missing"] == {"int": "it could not be seen"}


def session_of() -> Session:
    return Session(settings=resolve_settings(Typed(), Typed(quiet=True)))


def test_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar"
    session = session_of()
    write_bundle(str(path), session, facts(), Examination((), (("disk", "denied"),), 3))
    assert path.stat().st_mode & 0o777 == 0o600
    assert session.messages
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as tar:
        names = tar.getnames()
        texts = {m.name: (tar.extractfile(m) or io.BytesIO()).read() for m in tar.getmembers()}
    assert sorted(names) == sorted(
        f"dockerctl-bundle/{name}"
        for name in (
            "version", "findings.txt", "findings.json", "facts.json", "logs/docker.log",
            "logs/containerd.log", "logs/kernel.log",
        )
    )  # fmt: skip
    for text in texts.values():
        assert SECRET.encode() not in text
        assert b"\x1b" not in text
    assert b"proxy http://" in texts["dockerctl-bundle/logs/docker.log"]


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(path)
    for target in (path, link, tmp_path / "no/folder"):
        with pytest.raises(BundleNotWritten):
            write_bundle(str(target), session_of(), Facts(), Examination((), (), 0))
    assert path.read_text() == "mine"


def test_a_secret_is_hidden_wherever_it_got_to() -> None:
    document = Document.parse(b'{"log-opts": {"splunk-token": "s3cret", "tag": "x"}}', "d.json")
    configuration = ConfigurationFacts(document=document, environment={"API_KEY": "k3y-of-mine"})
    found = Facts.of_parts(configuration)
    assert secrets_of(found) == (b"k3y-of-mine", b"s3cret")
    assert hidden(b"a s3cret, and k3y-of-mine", secrets_of(found)) == b"a xxxxx, and xxxxx"
    text = json.dumps(facts_document(found))
    assert "s3cret" not in text
    assert '"tag": "x"' in text
    assert secrets_of(Facts()) == ()
