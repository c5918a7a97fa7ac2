"""What goes wrong between us and the Engine API."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class EngineError(DockerctlError):
    """Something between us and the Engine API. ``exit_code`` fits an active daemon."""

    exit_code = ExitCode.HUNG


class SocketMissing(EngineError):
    """The socket file does not exist: nobody has listened there since the boot."""

    code = "socket-missing"
    default_hint = "See which address the daemon listens on: 'systemctl cat {socket}'."


class ConnectionRefused(EngineError):
    """The socket or port exists and nobody listens on it."""

    code = "connection-refused"
    default_hint = "The file of a dead socket stays behind; see 'systemctl status {socket}'."


class SocketForbidden(EngineError):
    """The caller may not connect to the socket."""

    code = "socket-forbidden"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = (
        "Run it as root or as a member of the socket's group (docker); a new membership needs a "
        "new login."
    )


class ConnectionReset(EngineError):
    """The daemon closed the connection without an answer."""

    code = "connection-reset"
    default_hint = "The daemon ended or was stopped meanwhile; see 'dockerctl status'."


class ConnectTimeout(EngineError):
    """The connection was not accepted in time: a full backlog, or a host that drops packets."""

    code = "connect-timeout"
    default_hint = "The daemon accepts no connections; see 'dockerctl status'."


class ReadTimeout(EngineError):
    """The daemon accepted the request and did not answer in time."""

    code = "read-timeout"
    default_hint = "The daemon is hung or overloaded; see 'journalctl -u {service} -n 50'."


class AnswerGarbled(EngineError):
    """What came back is not HTTP, is cut off, or is larger than any sane answer."""

    code = "answer-garbled"
    default_hint = "Something other than dockerd may listen there; see 'ss -lxp' or 'ss -ltnp'."


class AnswerUnexpected(EngineError):
    """The answer is HTTP, and its content is not what the Engine API documents."""

    code = "answer-unexpected"
    default_hint = "Report it with the engine's version: dockerctl and the daemon disagree."


class EngineFault(EngineError):
    """The daemon answered with a 5xx status."""

    code = "engine-fault"
    default_hint = "See 'journalctl -u {service} -n 50' for the daemon's own words."


class EngineRefused(EngineError):
    """The daemon answered with a 4xx status."""

    code = "engine-refused"
    default_hint = "An authorization plugin or a proxy in front of the daemon may refuse it."


class TlsFailed(EngineError):
    """The TLS handshake failed, or a certificate file cannot be used."""

    code = "tls-failed"
    default_hint = "Check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH."


class AddressUnsupported(EngineError):
    """The address has a scheme that dockerctl does not speak, or cannot be read."""

    code = "address-unsupported"
    default_hint = "Use unix:///path or tcp://host:port."
