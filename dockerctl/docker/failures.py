"""One table from what the operating system says to our errors; pure."""

from __future__ import annotations

import errno
import sys
from typing import Literal

from dockerctl.docker.address import Address, UnixAddress
from dockerctl.errors import (
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    EngineError,
    ReadTimeout,
    SocketForbidden,
    SocketMissing,
    TlsFailed,
)

Step = Literal["connect", "tls", "send", "read"]

_MISSING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_TCP_REFUSED_HINT = "See which ports are listened on with 'ss -ltnp'."
_TCP_FORBIDDEN_HINT = "A firewall rule or a security module on this host forbids the connection."
_PLAIN_HINT = "The port answers without TLS: dockerd runs without --tls or --tlsverify there."


def engine_error(error: OSError, address: Address, step: Step) -> EngineError:
    """The error class for ``error``, which was raised in ``step``.

    Connecting: ENOENT, ENOTDIR and ELOOP are SocketMissing, EACCES and EPERM SocketForbidden; a
    time-out and EAGAIN (the backlog of a unix socket is full) are ConnectTimeout. All the rest
    is ConnectionRefused, with the system's words in the message: nobody listens, the file is no
    stream socket, no route, an unknown name, no free descriptor. A resolver that gives no answer
    (EAI_AGAIN) is ConnectTimeout.

    Later steps: a time-out is ReadTimeout, whatever the TLS library says is TlsFailed, and a
    connection that breaks is ConnectionReset.
    """
    if step == "connect":
        return _connect_error(error, address)
    if isinstance(error, (TimeoutError, BlockingIOError)):
        what = {"tls": "No TLS handshake", "send": "No request taken", "read": "No answer"}[step]
        return ReadTimeout(
            f"{what} in time: {address}", details=connection_details(error, address, step)
        )
    if _is_tls(error) and not _is_end_of_stream(error):
        # An alert is the other side's word; its usual reason is the client's certificate.
        refused = "ALERT" in (getattr(error, "reason", None) or "")
        who = f"{address} refused our side of TLS" if refused else f"TLS with {address} failed"
        return tls_error(error, address, step, who)
    return ConnectionReset(
        f"The connection to {address} broke off: {words(error)}",
        details=connection_details(error, address, step),
    )


def tls_error(error: OSError, address: Address, step: Step, what: str) -> TlsFailed:
    """TlsFailed that says ``what`` and the TLS library's reason, with a hint where one is known."""
    reason = getattr(error, "reason", None)
    return TlsFailed(
        f"{what}: {words(error)}",
        hint=_PLAIN_HINT if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST") else None,
        details=connection_details(error, address, step) | {"reason": reason},
    )


def connection_details(error: OSError | None, address: Address, step: Step) -> dict[str, object]:
    """The facts that every error of a connection carries."""
    return {"address": str(address), "errno": errno_name(error), "step": step}


def errno_name(error: OSError | None) -> str | None:
    """The name of the error number, such as ``ECONNREFUSED``; None where there is none.

    The numbers of ssl.SSLError are the TLS library's own, so they have no name here.
    """
    if error is None or error.errno is None or _is_tls(error):
        return None
    if _is_resolver(error):
        return _resolver_name(error.errno)
    return errno.errorcode.get(error.errno)


def words(error: OSError) -> str:
    """What the system or the TLS library says, without the numbers and brackets around it."""
    text = error.strerror or str(error) or type(error).__name__
    if _is_tls(error):
        # "[SSL: REASON] reason: details (_ssl.c:992)"
        return text.partition("] ")[2].partition(" (_ssl.c:")[0] or text
    return text


def is_closed(error: OSError) -> bool:
    """Whether ``error`` says that the other side has closed the connection.

    Sending over TLS then fails with ssl.SSLEOFError in place of BrokenPipeError.
    """
    return isinstance(error, (BrokenPipeError, ConnectionResetError)) or _is_end_of_stream(error)


def _connect_error(error: OSError, address: Address) -> EngineError:
    facts = connection_details(error, address, "connect")
    unix = isinstance(address, UnixAddress)
    if _is_resolver(error):
        if facts["errno"] == "EAI_AGAIN":
            return ConnectTimeout(f"The name in {address} was not resolved in time", details=facts)
        return ConnectionRefused(
            f"Cannot connect to {address}: {words(error)}",
            hint="Give the host's address, or repair its name in /etc/hosts or DNS.",
            details=facts,
        )
    if isinstance(error, (TimeoutError, BlockingIOError)):
        why = ": its queue is full" if isinstance(error, BlockingIOError) else " in time"
        return ConnectTimeout(f"{address} accepted no connection{why}", details=facts)
    if unix and error.errno in _MISSING:
        return SocketMissing(f"There is no socket {address}", details=facts)
    if error.errno in _FORBIDDEN:
        return SocketForbidden(
            f"Not allowed to connect to {address}: {words(error)}",
            hint=None if unix else _TCP_FORBIDDEN_HINT,
            details=facts,
        )
    return ConnectionRefused(
        f"Cannot connect to {address}: {words(error)}",
        hint=None if unix else _TCP_REFUSED_HINT,
        details=facts,
    )


# ssl and socket are asked only when they are loaded: an error of theirs cannot exist before.


def _is_tls(error: OSError) -> bool:
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, ssl.SSLError)


def _is_end_of_stream(error: OSError) -> bool:
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))


def _is_resolver(error: OSError) -> bool:
    socket = sys.modules.get("socket")
    return socket is not None and isinstance(error, socket.gaierror)


def _resolver_name(number: int) -> str | None:
    for name, value in vars(sys.modules["socket"]).items():
        if name.startswith("EAI_") and value == number:
            return name
    return None
