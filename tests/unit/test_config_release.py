"""Releases: what a version says about what daemon.json may hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.config.release import Release, parse_release


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("20.10.24+dfsg1", Release(20, 10, 24)),
        ("26.1.5+dfsg1", Release(26, 1, 5)),
        ("28.5.2", Release(28, 5, 2)),
        ("v27.0", Release(27, 0, 0)),
        ("27", Release(27, 0, 0)),
        (" 29.2.0\n", Release(29, 2, 0)),
        ("28.0.0-rc.1", Release(28, 0, 0)),
        ("17.03.2-ce", Release(17, 3, 2)),
        ("5:27.3.1-1~debian.12~bookworm", Release(27, 3, 1)),
        ("20.10.24, build 297e128", Release(20, 10, 24)),
        ("dev", None),
        ("library-import", None),
        ("0.0.0-dev", None),
        ("", None),
        ("v", None),
        ("297e128", None),
        ("2021-01-01", None),
        ("٢٧.0", None),
        ("27.x", Release(27)),
        ("-27.0", None),
    ],
)
def test_versions(text: str, release: Release | None) -> None:
    assert parse_release(text) == release


def test_releases_compare_by_number() -> None:
    assert Release(20, 10, 24) < Release(23) < Release(23, 0, 1) < Release(28, 5) < Release(28, 10)
    assert Release(27) == Release(27, 0, 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 999), st.integers(0, 9999), st.integers(0, 9999))
def test_the_text_of_a_release_leads_back(major: int, minor: int, patch: int) -> None:
    release = Release(major, minor, patch)
    assert parse_release(str(release)) == release


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_a_release_or_none(text: str) -> None:
    release = parse_release(text)
    assert release is None or release.major > 0
