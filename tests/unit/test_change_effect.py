"""What a change of keys needs: every key of the table, set, changed and removed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.effect import Decision, changed_keys, decide, is_atomic, same
from dockerctl.change.model import Effect
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release

V20, V26, V28 = Release(20, 10, 24), Release(26, 1, 5), Release(28, 5, 2)
RELEASES = (V20, V26, V28)
TABLE = key_table()

# moby, daemon/reload.go: what it reads, and what it puts back by itself when the key is gone.
PUT_BACK = {
    "features", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts",
    "network-diagnostic-port",
}  # fmt: skip
# Kept as it was unless the default is spelt out.
KEPT = {
    "debug": False, "default-cgroupns-mode": "private", "default-ipc-mode": "private",
    "default-runtime": "runc", "default-shm-size": "64M", "insecure-registries": [], "labels": [],
    "live-restore": False, "registry-mirrors": [], "runtimes": {}, "shutdown-timeout": 15,
}  # fmt: skip
OF_SOME = {"allow-nondistributable-artifacts": (V20, V26)}
# Of a cluster store nothing can be spelt out that takes it away.
CLUSTER = ("cluster-advertise", "cluster-store", "cluster-store-opts")


def decided(
    before: dict[str, object],
    after: dict[str, object],
    release: Release | None = V28,
    *,
    can_reload: bool = True,
    cgroup_v2: bool = True,
) -> Decision:
    return decide(before, after, TABLE, release, can_reload=can_reload, cgroup_v2=cgroup_v2)


def reloads(name: str, release: Release) -> bool:
    if name in OF_SOME:
        return release in OF_SOME[name]
    if name in CLUSTER:
        return release == V20
    return name in PUT_BACK or name in KEPT


def kept(name: str) -> object:
    return [] if name in OF_SOME else KEPT.get(name)


@pytest.mark.parametrize("release", RELEASES, ids=str)
@pytest.mark.parametrize("name", sorted(TABLE.keys))
def test_each_key(name: str, release: Release) -> None:
    # Of a value only that it is another one counts; 0 is no port, so that one is opened or closed.
    one, two = ("a", "b") if name != "network-diagnostic-port" else (0, 5)
    effect = Effect.RELOAD if reloads(name, release) else Effect.RESTART
    if name == "authorization-plugins":
        effect = Effect.RESTART
    explicit = {} if kept(name) is None or effect is Effect.RESTART else {name: kept(name)}

    added = decided({}, {name: two}, release)
    assert (added.effect, added.changed) == (effect, (name,))
    assert (added.explicit, added.explicit_back) == ({}, explicit)

    other = decided({name: one}, {name: two}, release)
    assert (other.effect, other.explicit, other.explicit_back) == (effect, {}, {})

    gone = decided({name: one}, {}, release)
    if name in CLUSTER:
        effect = Effect.RESTART
    assert (gone.effect, gone.changed) == (effect, (name,))
    assert (gone.explicit, gone.explicit_back) == (explicit, {})

    for decision in (added, other, gone):
        assert bool(decision.reasons) is (decision.effect is Effect.RESTART)
        assert bool(decision.hides) is (
            name in ("data-root", "exec-root", "graph", "storage-driver", "userns-remap")
        )
        key = TABLE.keys[name]
        assert decision.new_containers == ((name,) if key.new_containers_only else ())


def test_a_value_is_spelt_out_as_the_host_has_it() -> None:
    name = "default-cgroupns-mode"
    assert decided({name: "host"}, {}, cgroup_v2=False).explicit == {name: "host"}
    assert decided({name: "host"}, {}, cgroup_v2=True).explicit == {name: "private"}


def test_one_key_that_needs_a_restart_is_enough() -> None:
    decision = decided({"debug": True, "mtu": 1400}, {"mtu": 1500, "labels": ["a=1"]})
    assert decision == Decision(
        Effect.RESTART,
        ("mtu", "labels", "debug"),
        ("mtu is read at the start of the daemon only.",),
    )


@pytest.mark.parametrize(
    ("before", "after", "options", "reason"),
    [
        ({}, {"debug": True}, {"can_reload": False}, "The unit has no ExecReload=."),
        ({}, {"debug": True}, {"release": None}, "debug is read at the start of the daemon only."),
        ({}, {"no-such": 1}, {}, "no-such is read at the start of the daemon only."),
        ({"authorization-plugins": ["x"]}, {"authorization-plugins": ["x"], "debug": True}, {},
         "A reload with an authorization plugin that fails ends the daemon."),
        ({"authorization-plugins": ["x"]}, {"debug": True}, {},
         "A reload with an authorization plugin that fails ends the daemon."),
        ({"userland-proxy": True}, {"userland-proxy": True, "debug": True}, {},
         "dockerd refuses a reload with userland-proxy and no userland-proxy-path."),
        ({"network-diagnostic-port": 5}, {"network-diagnostic-port": 6}, {},
         "A reload opens and closes network-diagnostic-port, and does not move it."),
    ],
)  # fmt: skip
def test_where_a_reload_cannot_be_trusted(
    before: dict[str, object], after: dict[str, object], options: dict[str, object], reason: str
) -> None:
    decision = decided(before, after, **options)  # type: ignore[arg-type]
    assert decision.effect is Effect.RESTART
    assert decision.reasons[0] == reason
    assert (decision.explicit, decision.explicit_back) == ({}, {})


@pytest.mark.parametrize(
    ("after", "release"),
    [
        ({"userland-proxy": True, "debug": True}, V20),
        ({"userland-proxy": True, "userland-proxy-path": "/p", "debug": True}, V28),
        ({"userland-proxy": False, "debug": True}, V28),
    ],
)
def test_where_it_can(after: dict[str, object], release: Release) -> None:
    before = {name: value for name, value in after.items() if name != "debug"}
    assert decided(before, after, release).effect is Effect.RELOAD


@pytest.mark.parametrize("release", [*RELEASES, None])
def test_nothing_changed(release: Release | None) -> None:
    values: dict[str, object] = {"b": [1, {"x": None}], "a": 1.5}
    assert decided(values, dict(reversed(values.items())), release) == Decision(Effect.NONE)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0, False), ([1], [True]), ({"a": 1}, {"a": 1.0}), (None, 0), ("", None),
     ([1, 2], [2, 1]), ([1], [1, 1]), ({"a": 1}, {"a": 1, "b": 2}), ({}, []), ("1", 1)],
)  # fmt: skip
def test_values_that_are_not_the_same(one: object, other: object) -> None:
    assert not same(one, other)
    assert not same(other, one)
    assert same(one, one)
    assert changed_keys({"k": one}, {"k": other}) == ("k",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
FILES = st.dictionaries(st.sampled_from([*sorted(TABLE.keys), "no-such"]), VALUES, max_size=4)


@given(FILES, FILES, st.sampled_from([*RELEASES, None]), st.booleans(), st.booleans())
def test_any_two_files(
    before: dict[str, object],
    after: dict[str, object],
    release: Release | None,
    can_reload: bool,
    v2: bool,
) -> None:
    decision = decided(before, after, release, can_reload=can_reload, cgroup_v2=v2)
    assert set(decision.changed) == set(changed_keys(after, before))
    assert (decision.effect is Effect.NONE) is (not decision.changed)
    assert bool(decision.reasons) is (decision.effect is Effect.RESTART)
    assert decision.explicit.keys() <= before.keys() - after.keys()
    assert decision.explicit_back.keys() <= after.keys() - before.keys()


def test_since_when_a_failed_reload_applies_nothing() -> None:
    assert [is_atomic(r) for r in (None, V20, Release(24, 0, 9), Release(25, 0, 0), V28)] == [
        False, False, False, True, True,
    ]  # fmt: skip
