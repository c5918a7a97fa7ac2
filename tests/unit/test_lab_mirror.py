"""The lab's choice of a mirror from apt's sources."""

from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tests.lab.mirror import Source, find_mirror, parse_deb822, parse_one_line, read_sources

DEB822 = """\
# A comment before the stanza.
Types: deb deb-src
# and one inside
URIs: http://mirror.example/debian
 http://second.example/debian
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb-src http://source.example/debian bookworm main
deb [arch=amd64 signed-by=/k/debian-archive-keyring.gpg] http://a.example/x sid main # why
deb\thttp://b.example/debian\tbookworm main contrib
deb http://flat.example/ ./
deb nonsense
"""


def test_deb822_yields_enabled_binary_stanzas() -> None:
    sources = list(parse_deb822(DEB822))

    assert [source.uris for source in sources] == [
        ("http://mirror.example/debian", "http://second.example/debian"),
        ("http://security.example/debian-security",),
    ]
    assert sources[0].components == ("main", "contrib")
    assert sources[0].suites == ("bookworm", "bookworm-updates")


def test_one_line_yields_binary_sources_with_their_options() -> None:
    assert list(parse_one_line(ONE_LINE)) == [
        Source(
            ("http://a.example/x",),
            ("sid",),
            ("main",),
            "/k/debian-archive-keyring.gpg",
        ),
        Source(("http://b.example/debian",), ("bookworm",), ("main", "contrib")),
        Source(("http://flat.example/",), ("./",), ()),
    ]


@pytest.mark.parametrize(
    ("source", "is_debian"),
    [
        (Source(("http://m.example/debian/",), ("trixie",), ("main",)), True),
        (
            Source(("http://m.example/x",), ("trixie",), ("main",), "debian-archive-keyring.pgp"),
            True,
        ),
        (Source(("http://vendor.example",), ("bookworm",), ("main",)), False),
        (Source(("http://m.example/debian",), ("bookworm-security",), ("main",)), False),
        (Source(("http://m.example/debian",), ("bookworm",), ("contrib",)), False),
        (Source(("http://m.example/apt",), ("tool-bookworm",), ("main",)), False),
    ],
)
def test_a_source_is_debian_by_suite_component_and_key_or_path(
    source: Source, is_debian: bool
) -> None:
    assert source.is_debian is is_debian


def test_debian_comes_before_others_that_use_its_suite_names() -> None:
    vendor = Source(("http://vendor.example",), ("bookworm",), ("main",))
    debian = Source(("http://m.example/debian",), ("bookworm",), ("main",))

    assert find_mirror([vendor, debian], {}) == "http://m.example/debian"
    assert find_mirror([vendor], {}) == "http://vendor.example"


def test_the_environment_names_the_mirror() -> None:
    assert find_mirror([], {"DOCKERCTL_LAB_MIRROR": "http://own.example"}) == "http://own.example"


def test_no_mirror_is_an_error_that_says_what_to_set() -> None:
    with pytest.raises(LabError, match="DOCKERCTL_LAB_MIRROR"):
        find_mirror([Source(("http://x.example",), ("noble",), ("main",))], {})


def test_files_are_read_by_their_format(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text("deb http://first.example/debian sid main\n")
    (folder / "debian.sources").write_text(DEB822)
    (folder / "old.list.save").write_text("deb http://ignored.example/debian sid main\n")
    (folder / "vendor.list").write_text("deb http://vendor.example sid main\n")

    uris = [source.uris[0] for source in read_sources(tmp_path)]

    assert uris == [
        "http://first.example/debian",
        "http://mirror.example/debian",
        "http://security.example/debian-security",
        "http://vendor.example",
    ]
    assert list(read_sources(tmp_path / "missing")) == []
