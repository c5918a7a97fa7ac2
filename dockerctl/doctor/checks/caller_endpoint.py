"""Which daemon the caller's docker command would reach, and whether it understands that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerctl.docker.address import TcpAddress, UnixAddress, parse_address, same_endpoint
from dockerctl.doctor.facts.caller import CallerFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.sockets import SocketsFacts, parse_host, paths_of, takes_over
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.errors import AddressUnsupported
from dockerctl.override.proxies import mask_urls

_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})")


def _endpoint(facts: Facts) -> Iterator[Finding]:
    caller = facts.of(CallerFacts)
    endpoint = caller.endpoint
    if endpoint.problem is not None and endpoint.address_text is None:
        yield warning(
            "caller-context-broken",
            "which daemon your docker command would reach cannot be told",
            (f"{_source(caller)}: {endpoint.problem}",),
            _fix(caller),
        )
        return
    if endpoint.problem is not None:
        yield warning(
            "caller-config-broken",
            "your docker command passes over its own configuration",
            (endpoint.problem,),
            "repair or remove that file",
        )
    if endpoint.source != "default" and endpoint.address_text is not None:
        yield from _elsewhere(facts, caller, endpoint.address_text)


def _elsewhere(facts: Facts, caller: CallerFacts, text: str) -> Iterator[Finding]:
    shown = f"{_source(caller)} is {mask_urls(text)}"
    if caller.address_problem:
        yield warning(
            "caller-address-bad",
            "your docker command is told an address that it cannot read",
            (shown, caller.address_problem),
            _fix(caller),
        )
    elif text != text.strip():
        # The docker command takes a blank as part of the path or port.
        yield warning(
            "caller-address-bad",
            "your docker command is told an address with a blank at its end",
            (f"{_source(caller)} is {mask_urls(text)!r}",),
            _fix(caller),
        )
    elif caller.socket is not None and caller.socket.kind in ("absent", "no-folder"):
        path = text.partition("://")[2]
        yield warning(
            "caller-socket-missing",
            "your docker command looks for a socket that is not there",
            (shown, f"stat: {path}: no such file"),
            _fix(caller),
        )
    elif caller.resolved == ():
        yield warning(
            "caller-host-unknown",
            "your docker command looks for a host whose name cannot be looked up",
            (shown, f"getaddrinfo: {caller.lookup_problem or 'no such name'}"),
            _fix(caller),
        )
    elif not _is_this_daemon(facts, caller, text):
        here = ", ".join(str(address) for address in _addresses(facts)) or "no address"
        yield warning(
            "caller-elsewhere",
            "your docker command would reach another daemon than this one",
            (f"{shown}, and this daemon listens on {here}",),
            _fix(caller),
        )


def _is_this_daemon(facts: Facts, caller: CallerFacts, text: str) -> bool:
    try:
        there = parse_address(text if "://" in text else f"tcp://{text}")
    except AddressUnsupported:
        # ssh:// and the like lead to another host, or would not be written.
        return False
    here = _addresses(facts)
    if any(same_endpoint(there, address) for address in here):
        return True
    network = facts.maybe(NetworkFacts)
    if not isinstance(there, TcpAddress) or network is None:
        return False
    ours = any(network.has_address(address) for address in caller.resolved or ())
    return ours and any(isinstance(a, TcpAddress) and a.port == there.port for a in here)


def _addresses(facts: Facts) -> tuple[UnixAddress | TcpAddress, ...]:
    """Where this daemon listens, or will."""
    sockets = facts.of(SocketsFacts)
    hosts = sockets.hosts if sockets.hosts is not None else sockets.next_hosts or ()
    found = [address for host in hosts if (address := parse_host(host)) is not None]
    if takes_over(hosts) or not hosts:
        found = [*(UnixAddress(path) for path in paths_of(sockets.listen)), *found]
    return tuple(found)


def _source(caller: CallerFacts) -> str:
    endpoint = caller.endpoint
    return endpoint.source if endpoint.name is None else f"{endpoint.source} {endpoint.name}"


def _fix(caller: CallerFacts) -> str:
    source = caller.endpoint.source
    return "docker context use default" if source in ("context", "default") else f"unset {source}"


def _client(facts: Facts) -> Iterator[Finding]:
    caller = facts.of(CallerFacts)
    if caller.missing_tls_files:
        yield warning(
            "caller-tls-files-missing",
            "your docker command is told to use TLS, and its certificates are not there",
            (
                "DOCKER_TLS_VERIFY is set",
                *(f"stat: {p}: no such file" for p in caller.missing_tls_files),
            ),
            "unset DOCKER_TLS_VERIFY",
        )
    if not caller.program and facts.of(UnitsFacts).service.exists:
        yield info(
            "client-missing",
            "the docker command is not installed, only the daemon",
            ("PATH: there is no docker",),
            "install it: apt-get install docker-cli (docker-ce-cli of Docker's own packages)",
        )
    engine = facts.maybe(EngineFacts)
    if engine is not None and engine.version is not None:
        yield from _versions(caller, engine)


def _versions(caller: CallerFacts, engine: EngineFacts) -> Iterator[Finding]:
    version = engine.version or {}
    oldest, newest = (_number(version.get(name)) for name in ("MinAPIVersion", "ApiVersion"))
    if caller.api_version and _number(caller.api_version) is None:
        yield warning(
            "caller-api-version",
            "DOCKER_API_VERSION is no version, and this daemon refuses what your docker command "
            "sends",
            (f"DOCKER_API_VERSION is {caller.api_version}",),
            "unset DOCKER_API_VERSION",
        )
    given, spoken = _number(caller.api_version), _number(caller.program_api)
    if oldest is None or newest is None:
        return
    takes = f"GET /version: MinAPIVersion {_text(oldest)}, ApiVersion {_text(newest)}"
    if given is not None and not oldest <= given <= newest:
        yield warning(
            "caller-api-version",
            f"DOCKER_API_VERSION makes your docker command speak {_text(given)}, which this "
            "daemon refuses",
            (f"DOCKER_API_VERSION is {caller.api_version}", takes),
            "unset DOCKER_API_VERSION",
        )
    elif given is None and spoken is not None and spoken < oldest:
        yield warning(
            "client-too-old",
            f"the docker command speaks {_text(spoken)} at most, which this daemon refuses",
            (f"{caller.program} version: API version {caller.program_api}", takes),
            "install a newer docker command, or: dockerctl config set "
            f"min-api-version={_text(spoken)}",
        )


def _number(text: object) -> tuple[int, int] | None:
    found = _VERSION.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if found is None else (int(found[1]), int(found[2]))


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


CHECKS: tuple[Check, ...] = (
    Check(
        "daemon of the caller",
        (CallerFacts, SocketsFacts),
        (
            "caller-context-broken",
            "caller-config-broken",
            "caller-address-bad",
            "caller-socket-missing",
            "caller-host-unknown",
            "caller-elsewhere",
        ),
        _endpoint,
        also=(NetworkFacts,),
    ),
    Check(
        "docker command of the caller",
        (CallerFacts, UnitsFacts),
        ("caller-tls-files-missing", "client-missing", "caller-api-version", "client-too-old"),
        _client,
        also=(EngineFacts,),
    ),
)
