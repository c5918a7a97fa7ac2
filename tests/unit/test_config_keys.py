"""The table of keys: what is in it, and which name is meant by one that is not."""

from __future__ import annotations

import pytest

from dockerctl.config.decoding import problems
from dockerctl.config.keys import Key, key_table
from dockerctl.config.release import Release
from dockerctl.config.types import Kind

TABLE = key_table()
OLD, V23, V24, V25, V26, V27, V28, V29 = (
    Release(20, 10, 24), Release(23, 0, 18), Release(24, 0, 9), Release(25, 0, 17),
    Release(26, 1, 5), Release(27, 5, 1), Release(28, 5, 2), Release(29, 7, 2),
)  # fmt: skip
ALL = (OLD, V23, V24, V25, V26, V27, V28, V29)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("debug", OLD, V29),
        ("graph", OLD, V23),
        ("cluster-store", OLD, V23),
        ("cluster-advertise", OLD, V23),
        ("cluster-store-opts", OLD, V23),
        ("oom-score-adjust", OLD, V25),
        ("api-cors-header", OLD, V28),
        ("proxies", V23, V29),
        ("default-network-opts", V24, V29),
        ("cdi-spec-dirs", V25, V29),
        ("log-format", V25, V29),
        ("host-gateway-ip", OLD, V29),
        ("host-gateway-ips", V28, V29),
        ("bip6", V28, V29),
        ("ip-forward-no-drop", V28, V29),
        ("allow-direct-routing", V28, V29),
        ("firewall-backend", V29, V29),
        ("bridge-accept-fwmark", V29, V29),
        ("min-api-version", V29, V29),
        ("nri-opts", V29, V29),
        ("default-stop-timeout", V29, V29),
    ],
)
def test_first_and_last_release(name: str, first: Release, last: Release) -> None:
    known = [release for release in ALL if TABLE.known(name, release)]
    assert known == [release for release in ALL if first <= release <= last]
    assert TABLE.known(name, None)


@pytest.mark.parametrize(
    ("name", "before", "since"),
    [
        ("allow-direct-routing", Release(28, 1, 1), Release(28, 2, 0)),
        ("nri-opts", Release(29, 1, 5), Release(29, 2, 0)),
        ("default-stop-timeout", Release(29, 6, 2), Release(29, 7, 0)),
    ],
)
def test_minor_releases(name: str, before: Release, since: Release) -> None:
    assert not TABLE.known(name, before)
    assert TABLE.known(name, since)


# A3: the keys that a reload applies, by release.
RELOADED = {
    "authorization-plugins", "debug", "default-cgroupns-mode", "default-ipc-mode",
    "default-runtime", "default-shm-size", "features", "insecure-registries", "labels",
    "live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts",
    "network-diagnostic-port", "registry-mirrors", "runtimes", "shutdown-timeout",
}  # fmt: skip
CLUSTER = {"cluster-advertise", "cluster-store", "cluster-store-opts"}
ARTIFACTS = {"allow-nondistributable-artifacts"}


@pytest.mark.parametrize(
    ("release", "names"),
    [
        (OLD, RELOADED | CLUSTER | ARTIFACTS),
        (V23, RELOADED | ARTIFACTS),
        (V24, RELOADED | ARTIFACTS),
        (V25, RELOADED | ARTIFACTS),
        (V26, RELOADED | ARTIFACTS),
        (V27, RELOADED | ARTIFACTS),
        (V28, RELOADED),
        (Release(29, 1, 5), RELOADED),
        (Release(29, 2, 0), RELOADED | {"nri-opts"}),
        (V29, RELOADED | {"nri-opts", "default-stop-timeout"}),
        # Only what every release with the key reloads.
        (None, RELOADED | {"nri-opts", "default-stop-timeout"}),
    ],
)
def test_reloaded_keys(release: Release | None, names: set[str]) -> None:
    assert {name for name, key in TABLE.keys.items() if key.reloads(release)} == names


def test_keys_that_reset_when_absent() -> None:
    assert {name for name, key in TABLE.keys.items() if key.resets_when_absent(V29)} == {
        "authorization-plugins",
        "features",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "network-diagnostic-port",
        "nri-opts",
    }
    assert not TABLE.keys["nri-opts"].resets_when_absent(V28)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels", []),
        ("debug", False),
        ("runtimes", {}),
        ("default-runtime", "runc"),
        ("default-shm-size", "64M"),
        ("default-ipc-mode", "private"),
        ("max-concurrent-downloads", 3),
        ("max-concurrent-uploads", 5),
        ("max-download-attempts", 5),
        ("shutdown-timeout", 15),
        ("data-root", None),
        ("cluster-store", None),
    ],
)
def test_reset_values(name: str, value: object) -> None:
    assert TABLE.keys[name].reset_for(cgroup_v2=True) == value
    assert TABLE.keys[name].reset_for(cgroup_v2=False) == value


def test_the_mode_of_cgroup_namespaces_depends_on_the_host() -> None:
    key = TABLE.keys["default-cgroupns-mode"]
    assert key.reset_for(cgroup_v2=True) == key.default_for(OLD, cgroup_v2=True) == "private"
    assert key.reset_for(cgroup_v2=False) == key.default_for(OLD, cgroup_v2=False) == "host"


def test_every_reset_value_is_of_the_type() -> None:
    for key in reloadable():
        value = key.reset_for(cgroup_v2=True)
        assert value is None or list(problems(value, key.type, None, (key.name,))) == []


def test_every_reloaded_key_can_be_reset_except_those_of_the_cluster() -> None:
    without = {key.name for key in reloadable() if key.reset_for(cgroup_v2=True) is None}
    assert without == CLUSTER


def reloadable() -> list[Key]:
    return [key for key in TABLE.keys.values() if key.reload is not None]


@pytest.mark.parametrize(
    ("name", "release", "default"),
    [
        ("ip6tables", V26, False),
        ("ip6tables", V27, True),
        ("seccomp-profile", OLD, ""),
        ("seccomp-profile", V23, "builtin"),
        ("min-api-version", Release(29, 0, 0), "1.44"),
        ("min-api-version", Release(29, 3, 0), "1.40"),
        ("log-driver", OLD, "json-file"),
        ("data-root", OLD, "/var/lib/docker"),
        ("exec-root", OLD, "/var/run/docker"),
        ("mtu", OLD, 1500),
        ("storage-driver", OLD, None),
    ],
)
def test_defaults(name: str, release: Release, default: object) -> None:
    assert TABLE.keys[name].default_for(release) == default


def test_defaults_are_of_the_type() -> None:
    for key in TABLE.keys.values():
        for release in ALL:
            default = key.default_for(release)
            if default is not None:
                assert list(problems(default, key.types.at(release), release, (key.name,))) == []


def test_keys_that_hide_data() -> None:
    assert {name for name, key in TABLE.keys.items() if key.hides_data} == {
        "data-root",
        "exec-root",
        "graph",
        "storage-driver",
        "userns-remap",
    }


def test_keys_for_new_containers() -> None:
    new = {name for name, key in TABLE.keys.items() if key.new_containers_only}
    assert {"log-driver", "log-opts", "default-ulimits", "dns", "init", "default-shm-size"} <= new
    assert not {"labels", "registry-mirrors", "data-root", "proxies", "icc"} & new


def test_flags_are_told_apart() -> None:
    """No flag has two keys, but for the one whose key got a new name."""
    twice = {flag: names for flag, names in TABLE.by_flag().items() if len(names) > 1}
    assert twice == {"host-gateway-ip": ("host-gateway-ip", "host-gateway-ips")}


# A2, the full list of names that pass the check and are not read.
SINGULAR = {
    "add-runtime": "runtimes",
    "authorization-plugin": "authorization-plugins",
    "cdi-spec-dir": "cdi-spec-dirs",
    "default-address-pool": "default-address-pools",
    "default-network-opt": "default-network-opts",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "feature": "features",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "log-opt": "log-opts",
    "node-generic-resource": "node-generic-resources",
    "registry-mirror": "registry-mirrors",
    "storage-opt": "storage-opts",
    "http-proxy": "proxies.http-proxy",
    "https-proxy": "proxies.https-proxy",
    "no-proxy": "proxies.no-proxy",
}
NO_KEY = ("config-file", "containerd-plugins-namespace", "help", "restart", "validate", "version")


@pytest.mark.parametrize(("name", "right"), SINGULAR.items())
def test_flag_names_are_ignored_and_lead_to_the_key(name: str, right: str) -> None:
    assert TABLE.ignored(name, V28)
    assert not TABLE.known(name, V28)
    assert TABLE.right_name(name) == TABLE.suggest(name) == right


@pytest.mark.parametrize("name", NO_KEY)
def test_flags_without_a_key_are_ignored(name: str) -> None:
    assert TABLE.ignored(name, V28)
    assert TABLE.right_name(name) is None


@pytest.mark.parametrize(
    ("name", "release", "ignored"),
    [
        ("validate", OLD, False),
        ("validate", V23, True),
        ("http-proxy", OLD, False),
        ("http-proxy", V23, True),
        ("cdi-spec-dir", V24, False),
        ("cdi-spec-dir", V25, True),
        ("default-network-opt", V23, False),
        ("default-network-opt", V24, True),
        ("feature", Release(27, 2, 1), False),
        ("feature", Release(27, 3, 0), True),
        ("cluster-store-opt", V23, True),
        ("cluster-store-opt", V24, False),
        ("allow-nondistributable-artifacts", Release(28, 0, 4), False),
        ("allow-nondistributable-artifacts", Release(28, 1, 0), True),
        ("deprecated-key-path", V23, False),
        ("deprecated-key-path", V29, True),
        ("host-gateway-ip", V28, False),
        ("debug", V28, False),
        ("foo", V28, False),
        ("D", V28, False),
        ("containerd-plugin-namespace", V28, False),
    ],
)
def test_what_is_ignored_depends_on_the_release(name: str, release: Release, ignored: bool) -> None:
    assert TABLE.ignored(name, release) is ignored


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("Debug", "debug"),
        ("LOG-DRIVER", "log-driver"),
        ("registry_mirrors", "registry-mirrors"),
        ("registry_mirror", "registry-mirrors"),
        ("registryMirrors", "registry-mirrors"),
        ("insecure_registry", "insecure-registries"),
        ("Insecure-Registries", "insecure-registries"),
        ("live_restore", "live-restore"),
        ("liveRestore", "live-restore"),
        ("log.driver", "log-driver"),
        ("ip-tables", "iptables"),
        ("tls-verify", "tlsverify"),
        ("graph", "data-root"),
        ("data-dir", "data-root"),
        ("default-init", "init-path"),
        ("resolv-conf", "dns"),
        ("containerd-plugin-namespace", "containerd-namespace"),
        ("httpProxy", "proxies.http-proxy"),
        ("http_proxy", "proxies.http-proxy"),
        ("max-size", "log-opts.max-size"),
        ("max_file", "log-opts.max-file"),
        ("mirrors", "registry-mirrors"),
        ("host-gateway-ip", "host-gateway-ips"),
    ],
)
def test_certain_names(name: str, right: str) -> None:
    assert TABLE.right_name(name) == right


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("log-levl", "log-level"),
        ("loglevel", "log-level"),
        ("storage-drivr", "storage-driver"),
        ("registy-mirrors", "registry-mirrors"),
        ("registy-mirror", "registry-mirrors"),
        ("data-rot", "data-root"),
        ("default-adress-pools", "default-address-pools"),
    ],
)
def test_likely_names(name: str, like: str) -> None:
    assert TABLE.right_name(name) is None
    assert TABLE.suggest(name) == like


@pytest.mark.parametrize("name", ["", "-", "x", "D", "zzzzzz", "ключ", "a.b.c"])
def test_nothing_is_meant(name: str) -> None:
    assert TABLE.right_name(name) is None
    assert TABLE.suggest(name) is None


def test_a_right_key_is_not_corrected() -> None:
    """But for names that a later one took the place of."""
    corrected = {name for name in TABLE.keys if TABLE.right_name(name) is not None}
    assert corrected == {"graph", "host-gateway-ip"}


def test_aliases_lead_to_keys() -> None:
    for name, right in TABLE.aliases.items():
        path = tuple(right.split("."))
        assert TABLE.type_at(path, V28) is not None, name
        assert not TABLE.accepted(name, V28), name


def test_names_of_other_files_are_no_keys() -> None:
    assert {"auths", "credsStore", "services", "grpc"} <= set(TABLE.foreign)
    assert [name for name in TABLE.foreign if TABLE.accepted(name, V28)] == []


@pytest.mark.parametrize(
    ("path", "release", "kind"),
    [
        (("debug",), OLD, Kind.BOOL),
        (("log-opts",), OLD, Kind.MAP),
        (("log-opts", "max-size"), OLD, Kind.STRING),
        (("log-opts", "max-size", "x"), OLD, None),
        (("features", "buildkit"), OLD, Kind.BOOL),
        (("proxies", "http-proxy"), V28, Kind.STRING),
        (("proxies", "http-proxy"), OLD, None),
        (("proxies", "httpProxy"), V28, None),
        (("builder", "gc", "enabled"), OLD, Kind.BOOL),
        (("builder", "GC", "Enabled"), OLD, Kind.BOOL),
        (("builder", "gc", "defaultKeepStorage"), V28, Kind.STRING),
        (("builder", "gc", "defaultReservedSpace"), V27, None),
        (("builder", "gc", "defaultReservedSpace"), V28, Kind.STRING),
        (("builder", "history", "maxAge"), V23, None),
        (("builder", "history", "maxAge"), V24, Kind.INT),
        (("builder", "history", "maxAge"), V25, Kind.DURATION),
        (("builder", "entitlements", "device"), V28, None),
        (("builder", "entitlements", "device"), V29, Kind.BOOL),
        (("default-ulimits", "nofile", "Hard"), OLD, Kind.INT),
        (("default-ulimits", "nofile", "hard"), OLD, Kind.INT),
        (("runtimes", "x", "path"), OLD, Kind.STRING),
        (("runtimes", "x", "runtimeType"), V23, None),
        (("runtimes", "x", "runtimeType"), V24, Kind.STRING),
        (("runtimes", "x", "options", "any"), V24, Kind.ANY),
        (("default-network-opts", "bridge", "mtu"), V24, Kind.STRING),
        (("dns",), V24, Kind.LIST),
        (("nri-opts", "enable"), V29, Kind.BOOL),
        (("nri-opts", "enable"), V28, None),
        (("foo",), None, None),
        ((), None, None),
    ],
)
def test_types_at_paths(path: tuple[str, ...], release: Release, kind: Kind | None) -> None:
    found = TABLE.type_at(path, release)
    assert (found and found.kind) == kind


def test_types_of_list_items_change() -> None:
    kinds = [item.kind for r in (V24, V25, V29) if (item := TABLE.keys["dns"].types.at(r).item)]
    assert kinds == [Kind.STRING, Kind.IP, Kind.ADDRESS]


def test_only_these_hold_others() -> None:
    """Names inside any other object are not compared with flags (flatOptions)."""
    one_value = {name for name in TABLE.keys if not TABLE.deep(name, V29)}
    assert one_value == {
        "builder",
        "cluster-store-opts",
        "default-network-opts",
        "default-ulimits",
        "features",
        "log-opts",
        "nri-opts",
        "runtimes",
    }
    assert TABLE.deep("default-network-opts", V23)
    assert TABLE.deep("nri-opts", V28)
    assert TABLE.deep("foo", V29)
