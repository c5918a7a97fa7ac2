"""The proxies that the daemon uses, and whether anybody answers there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.ground import Ground
from dockerctl.override.proxies import mask_variable

_CONNECT_S = 1.0
_NAMES = (("http-proxy", "HTTP_PROXY"), ("https-proxy", "HTTPS_PROXY"))
# The kinds of proxy that Go connects to (net/http, Transport.dialConn).
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_SHELL = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")


@dataclass(frozen=True)
class Proxy:
    """One proxy; ``url`` has no password."""

    # "http-proxy" or "https-proxy".
    kind: str
    # Where it is set, such as "HTTPS_PROXY of the unit" or "proxies of daemon.json".
    source: str
    url: str
    host: str = ""
    port: int = 0
    # "ok", "refused", "timeout", "unresolved", "unreachable"; "unusable" where its URL is none, and
    # nothing was tried.
    reach: str = ""
    # The system's words, or what is wrong with the URL.
    problem: str = ""


@dataclass(frozen=True)
class ProxiesFacts:
    """The daemon's proxies as its files set them now, and those of the caller's shell."""

    proxies: tuple[Proxy, ...] = ()
    # Variables of the caller, with masked values.
    shell: Mapping[str, str] | None = None
    # Whether this host has a default route; None where it cannot be told.
    way_out: bool | None = None

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> ProxiesFacts:
        """Connect to each proxy once, at the same time, and say nothing there."""
        found = _configured(ground.configuration)
        tries = [_Try(proxy) for proxy in found]
        for one in tries:
            one.start()
        until = ground.deadline.at_most(_CONNECT_S + 0.5)
        for one in tries:
            one.join(until.remaining())
        shell = {
            name: mask_variable(name, ground.environ[name])
            for name in _SHELL
            if ground.environ.get(name)
        }
        return cls(tuple(one.proxy for one in tries), shell, _way_out(Path("/proc/net")))


class _Try(threading.Thread):
    """A connection to one proxy; a resolver that hangs is left behind."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(daemon=True)
        self._asked = proxy
        self.proxy = _with(proxy, "timeout", "no answer in time") if proxy.host else proxy

    def run(self) -> None:
        if not self._asked.host:
            return
        try:
            where = (self._asked.host, self._asked.port)
            with socket.create_connection(where, timeout=_CONNECT_S):
                self.proxy = _with(self._asked, "ok", "")
        except socket.gaierror as error:
            self.proxy = _with(self._asked, "unresolved", _words(error))
        except ConnectionRefusedError as error:
            self.proxy = _with(self._asked, "refused", _words(error))
        except TimeoutError:
            # Stays as it is.
            return
        except OSError as error:
            self.proxy = _with(self._asked, "unreachable", _words(error))


def _configured(configuration: ConfigurationFacts) -> list[Proxy]:
    document = configuration.document
    block = document.values.get("proxies") if document is not None else None
    by_file = block if isinstance(block, dict) else {}
    found = []
    for key, variable in _NAMES:
        # daemon.json counts before the environment (moby: cmd/dockerd/daemon.go, setProxyEnv).
        url, source = by_file.get(key), f"proxies.{key} of {configuration.config_path}"
        if not isinstance(url, str) or not url:
            name = next((n for n in (variable, variable.lower()) if _set(configuration, n)), "")
            url, source = configuration.environment.get(name, ""), f"{name} of the unit"
        if url:
            found.append(_proxy(key, source, url))
    return found


def _set(configuration: ConfigurationFacts, name: str) -> bool:
    return bool(configuration.environment.get(name))


def _proxy(kind: str, source: str, url: str) -> Proxy:
    masked = mask_variable("HTTP_PROXY", url)
    # Go's httpproxy takes a proxy without a scheme for http.
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        host, scheme, port = parts.hostname or "", parts.scheme.lower(), parts.port
    except ValueError:
        return Proxy(kind, source, masked, reach="unusable", problem="its port is no number")
    problem = ""
    if any(letter.isspace() for letter in url):
        # urlsplit() takes some of them away in silence, Go's url.Parse refuses them.
        problem = "there is a blank in it"
    elif scheme not in _PORTS:
        problem = f"there is no scheme {scheme}, but {', '.join(_PORTS)}"
    elif not host:
        problem = "it has no host"
    elif port == 0:
        problem = "its port is 0"
    if problem:
        return Proxy(kind, source, masked, reach="unusable", problem=problem)
    return Proxy(kind, source, masked, host, port or _PORTS[scheme])


def _with(proxy: Proxy, reach: str, problem: str) -> Proxy:
    return Proxy(proxy.kind, proxy.source, proxy.url, proxy.host, proxy.port, reach, problem)


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _way_out(folder: Path) -> bool | None:
    """Whether there is a default route: one of destination and mask 0 (proc_pid_net(5))."""
    try:
        four = (folder / "route").read_text().splitlines()[1:]
    except OSError:
        return None
    if any(len(row := line.split()) > 7 and row[1] == row[7] == "0" * 8 for line in four):
        return True
    try:
        six = (folder / "ipv6_route").read_text().splitlines()
    except OSError:
        return False
    # The kernel has a route of last resort on lo, which refuses.
    return any(
        len(row := line.split()) > 9 and row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo"
        for line in six
    )
