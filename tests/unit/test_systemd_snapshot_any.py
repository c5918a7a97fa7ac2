"""Snapshots of whatever a manager may answer: none raises, and all keep their types."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.systemd.snapshot import service_from, socket_from
from tests.fakes.properties import SERVICE, SOCKET, check_types

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(),
    lambda inner: st.lists(inner, max_size=6) | st.tuples(inner, inner),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SERVICE, VALUES)))
def test_any_service(properties: dict[str, object]) -> None:
    check_types(service_from("docker.service", properties))


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SOCKET, VALUES)))
def test_any_socket(properties: dict[str, object]) -> None:
    check_types(socket_from("docker.socket", properties))
