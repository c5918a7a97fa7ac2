"""dockerd's command line by keys, and its values as the file would say them."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.config.flag_values import flag_value
from dockerctl.config.flags import Flags, parse_flags
from dockerctl.config.keys import key_table
from dockerctl.docker.argv import parse_argv

TABLE = key_table()


def parse(line: str) -> Flags:
    return parse_flags(["dockerd", *shlex.split(line)], TABLE)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("", {}),
        ("-H fd://", {"hosts": ("fd://",)}),
        ("-Hfd://", {"hosts": ("fd://",)}),
        ("-H=fd://", {"hosts": ("fd://",)}),
        ("--host fd://", {"hosts": ("fd://",)}),
        ("--host=fd://", {"hosts": ("fd://",)}),
        ("-H fd:// --host=tcp://:2375", {"hosts": ("fd://", "tcp://:2375")}),
        ("-DH fd://", {"debug": ("true",), "hosts": ("fd://",)}),
        ("-DHfd://", {"debug": ("true",), "hosts": ("fd://",)}),
        ("-D", {"debug": ("true",)}),
        ("-D=false", {"debug": ("false",)}),
        ("--debug", {"debug": ("true",)}),
        ("--debug=false", {"debug": ("false",)}),
        ("--debug=", {"debug": ("",)}),
        ("--debug --debug=false", {"debug": ("true", "false")}),
        ("--label a=b --label=c=d", {"labels": ("a=b", "c=d")}),
        ("--log-opt max-size=10m", {"log-opts": ("max-size=10m",)}),
        ("--add-runtime crun=/bin/crun", {"runtimes": ("crun=/bin/crun",)}),
        ("--registry-mirror https://m", {"registry-mirrors": ("https://m",)}),
        ("--insecure-registry r:5000", {"insecure-registries": ("r:5000",)}),
        ("--default-ulimit nofile=1:2", {"default-ulimits": ("nofile=1:2",)}),
        ("--feature cdi", {"features": ("cdi",)}),
        ("--http-proxy=http://p", {"proxies.http-proxy": ("http://p",)}),
        ("--no-proxy a,b", {"proxies.no-proxy": ("a,b",)}),
        ("--dns 1.1.1.1 --dns-search x", {"dns": ("1.1.1.1",), "dns-search": ("x",)}),
        ("--nri-opts enable=true", {"nri-opts": ("enable=true",)}),
        ("-s overlay2 -p /p -G g -b none -l warn", {
            "storage-driver": ("overlay2",), "pidfile": ("/p",), "group": ("g",),
            "bridge": ("none",), "log-level": ("warn",),
        }),
        ("-g /data", {"graph": ("/data",)}),
        ("--host-gateway-ip 1.2.3.4", {
            "host-gateway-ip": ("1.2.3.4",), "host-gateway-ips": ("1.2.3.4",),
        }),
        # The word after a flag with a value is its value, whatever it looks like.
        ("--data-root --debug", {"data-root": ("--debug",)}),
        ("-l -D", {"log-level": ("-D",)}),
        # A switch takes no word.
        ("--tls --tlsverify -D", {"tls": ("true",), "tlsverify": ("true",), "debug": ("true",)}),
        ("-H fd:// -- -D", {"hosts": ("fd://",)}),
        ("--data-root", {"data-root": ("",)}),
        ("-H", {"hosts": ("",)}),
        ("-H=", {"hosts": ("=",)}),
    ],
)  # fmt: skip
def test_values(line: str, values: dict[str, tuple[str, ...]]) -> None:
    assert parse(line).values == values


@pytest.mark.parametrize(
    ("line", "name", "written"),
    [
        ("-H fd://", "hosts", ("-H", "fd://")),
        ("--host=fd://", "hosts", ("--host=fd://",)),
        ("-Hfd:// -D -H x", "hosts", ("-Hfd://", "-H", "x")),
        ("-DH fd://", "debug", ("-DH",)),
        ("-DH fd://", "hosts", ("-DH", "fd://")),
        ("--debug", "debug", ("--debug",)),
        ("--containerd=/run/c.sock", "containerd", ("--containerd=/run/c.sock",)),
    ],
)
def test_words_as_typed(line: str, name: str, written: tuple[str, ...]) -> None:
    assert parse(line).written[name] == written


@pytest.mark.parametrize(
    ("line", "others", "strays"),
    [
        ("--config-file /etc/x.json", {"config-file": ("/etc/x.json",)}, ()),
        ("--config-file=/x --validate", {"config-file": ("/x",), "validate": ("true",)}, ()),
        ("-vhr", {"version": ("true",), "help": ("true",), "restart": ("true",)}, ()),
        ("--containerd-plugins-namespace=p", {"containerd-plugins-namespace": ("p",)}, ()),
        ("--frob", {}, ("--frob",)),
        ("--frob=x y", {}, ("--frob=x", "y")),
        ("-Dz", {}, ("-Dz",)),
        ("--H=x", {}, ("--H=x",)),
        ("--hosts=x", {}, ("--hosts=x",)),
        ("start -", {}, ("start", "-")),
        ("--debug false", {}, ("false",)),
        ("-- -D x", {}, ("-D", "x")),
        ("--", {}, ()),
    ],
)
def test_what_is_no_key(
    line: str, others: dict[str, tuple[str, ...]], strays: tuple[str, ...]
) -> None:
    flags = parse(line)
    assert flags.others == others
    assert flags.strays == strays


def test_an_empty_command_line() -> None:
    assert parse_flags([], TABLE) == Flags()


WORDS = st.lists(
    st.one_of(
        st.sampled_from(["-H", "-D", "--host", "--host=x", "--debug", "--", "-", "-DH", "fd://"]),
        st.text(max_size=6),
    ),
    max_size=6,
)


@given(WORDS)
def test_it_never_fails(words: list[str]) -> None:
    flags = parse_flags(["dockerd", *words], TABLE)
    assert flags.values.keys() == flags.written.keys()
    assert all(word in words for typed in flags.written.values() for word in typed)


SANE = st.lists(
    st.sampled_from(
        ["-H fd://", "-Hx", "--host=y", "--host z", "-D", "--tls", "-DH a", "--config-file=/c"]
    ),
    max_size=5,
)


@given(SANE)
def test_it_agrees_with_the_reader_of_addresses(lines: list[str]) -> None:
    argv = ["dockerd", *shlex.split(" ".join(lines))]
    flags, small = parse_flags(argv, TABLE), parse_argv(argv)
    assert flags.values.get("hosts", ()) == small.hosts
    assert (flags.others.get("config-file", (None,)))[-1] == small.config_file
    assert ("tls" in flags.values) == small.tls


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("debug", ["true"], True),
        ("debug", ["true", "F"], False),
        ("mtu", ["1400"], 1400),
        ("mtu", ["0x578"], 1400),
        ("mtu", ["many"], "many"),
        ("data-root", ["/a", "/b"], "/b"),
        ("labels", ["a=b", "c=d"], ["a=b", "c=d"]),
        ("log-opts", ["max-size=10m", "tag=a=x"], {"max-size": "10m", "tag": "a=x"}),
        ("dns", ["1.1.1.1,8.8.8.8", "9.9.9.9"], ["1.1.1.1", "8.8.8.8", "9.9.9.9"]),
        ("features", ["cdi", "buildkit=false"], {"cdi": True, "buildkit": False}),
        ("runtimes", ["Crun=/bin/crun"], {"crun": {"path": "/bin/crun"}}),
        ("default-ulimits", ["nofile=1:2", "nproc=3"], {
            "nofile": {"Name": "nofile", "Hard": 2, "Soft": 1},
            "nproc": {"Name": "nproc", "Hard": 3, "Soft": 3},
        }),
        ("default-address-pools", ["base=10.0.0.0/8,size=24"], [
            {"base": "10.0.0.0/8", "size": 24},
        ]),
        ("default-network-opts", ["bridge=mtu=1400", "bridge=x=y"], {
            "bridge": {"mtu": "1400", "x": "y"},
        }),
        ("nri-opts", ["enable=true,socket-path=/s"], {"enable": True, "socket-path": "/s"}),
        ("nri-opts", ["enable"], {"enable": True}),
        ("default-shm-size", ["1g"], "1g"),
    ],
)  # fmt: skip
def test_values_as_the_file_says_them(name: str, words: list[str], value: object) -> None:
    assert flag_value(name, TABLE.keys[name].type, words) == value
