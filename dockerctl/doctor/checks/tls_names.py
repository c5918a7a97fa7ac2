"""Whether clients can take the daemon's certificate for that of the host they asked for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from dockerctl.doctor.facts.certificate import Certificate
from dockerctl.doctor.facts.certificates import CertificatesFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts


def _names(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    first = seen.daemon.certificate.first if seen.daemon is not None else None
    if seen.daemon is None or first is None or not seen.listens:
        return
    path = seen.daemon.certificate.seen.path
    has = f"{path}: names {', '.join((*first.names, *first.addresses)) or 'none'}"
    missing = [host for host in seen.listens if not _covered(_host(host), first, seen)]
    if not first.names and not first.addresses:
        yield _finding(
            "the certificate of the daemon has no subjectAltName, without which no client "
            "takes it", (has,),
        )  # fmt: skip
    elif missing:
        yield _finding(
            f"the certificate of the daemon is not for {', '.join(missing)}",
            (has, *(f"listens: tcp://{host}" for host in missing)),
        )
    if not first.for_servers:
        yield warning(
            "tls-usage",
            "the certificate of the daemon is not made for servers",
            (f"{path}: extendedKeyUsage without serverAuth",),
            "make it anew with extendedKeyUsage=serverAuth; then: dockerctl restart",
        )


def _finding(title: str, evidence: tuple[str, ...]) -> Finding:
    return warning(
        "tls-name-mismatch",
        title,
        evidence,
        "make it anew with subjectAltName for every name and address that clients use; "
        "then: dockerctl restart",
    )


def _host(address: str) -> str:
    host = address.partition("/")[0]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _covered(host: str, certificate: Certificate, seen: CertificatesFacts) -> bool:
    """Whether some name by which this address is called may be in the certificate."""
    try:
        address = ipaddress.ip_address(host or "127.0.0.1")
    except ValueError:
        return _matches(host, certificate.names)
    if str(address) in certificate.addresses or address.is_unspecified:
        return True
    known = (seen.host_names or {}).get(str(address), ())
    if any(_matches(name, certificate.names) for name in known):
        return True
    if address.is_loopback:
        return _matches("localhost", certificate.names) or any(
            ipaddress.ip_address(ip).is_loopback for ip in certificate.addresses if _is_ip(ip)
        )
    # What DNS calls it is not known here; any real name may be the one.
    return any(name != "localhost" for name in certificate.names)


def _matches(host: str, names: tuple[str, ...]) -> bool:
    wanted = host.lower().rstrip(".")
    for name in names:
        pattern = name.lower().rstrip(".")
        if pattern == wanted:
            return True
        if pattern.startswith("*.") and wanted.partition(".")[2] == pattern[2:]:
            return True
    return False


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


CHECKS = (
    Check(
        name="tls-names",
        needs=(CertificatesFacts,),
        codes=("tls-name-mismatch", "tls-usage"),
        judge=_names,
    ),
)
