"""Certificates that are over, not valid yet, or soon over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from dockerctl.doctor.checks.tls_files import unread
from dockerctl.doctor.facts.certificate import Certificate, CertificateFile
from dockerctl.doctor.facts.certificates import CertificatesFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError

_DAY_S = 86400.0
WARN_DAYS = 14
TELL_DAYS = 30
# How far the clocks of two machines may be apart before it counts.
_SLACK_S = 300.0

_RENEW = "renew {path}; then: dockerctl restart"
_CLOCK = "timedatectl; set the clock right, on this host or where the certificate was made"


def _daemon(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    if seen.daemon is None:
        return
    # Without a TCP address nobody is shown the certificate.
    severe = error if seen.listens else warning
    first = seen.daemon.certificate.first
    if first is not None:
        path = seen.daemon.certificate.seen.path
        evidence = (*_dates(path, first), *_handshakes(facts))
        yield from _judge(
            first, "the certificate of the daemon", path, evidence, seen.now_s, severe
        )
    if seen.daemon.authorities is not None and seen.verifies:
        yield from _authority(seen.daemon.authorities, seen.now_s, severe)
    hidden = unread(seen.daemon.certificate.problem)
    if hidden:
        raise NotKnownError("the daemon's certificate", hidden)


def _authority(
    file: CertificateFile, now_s: float, severe: Callable[..., Finding]
) -> Iterator[Finding]:
    # Of several authorities one that is over is no harm: clients may be of another.
    alive = [c for c in file.certificates if c.not_after_s > now_s]
    worst = max(alive or file.certificates, key=lambda c: c.not_after_s, default=None)
    if worst is not None:
        what = "the authority of the daemon's clients"
        path = file.seen.path
        yield from _judge(worst, what, path, _dates(path, worst), now_s, severe)


def _swarm(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    first = seen.swarm.first if seen.swarm is not None else None
    if seen.swarm is None or first is None or first.not_after_s > seen.now_s:
        # The swarm renews it by itself; only one that is over is a matter for a person.
        return
    yield warning(
        "swarm-certificate-expired",
        f"the certificate of this node in its swarm ended on {day(first.not_after_s)}",
        _dates(seen.swarm.seen.path, first),
        "docker swarm leave, then join again; on the only manager: docker swarm init "
        "--force-new-cluster",
    )


def _client(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    if seen.client is None:
        return
    first = seen.client.certificate.first
    if first is not None and first.not_after_s <= seen.now_s:
        yield warning(
            "tls-client-expired",
            f"your client certificate ended on {day(first.not_after_s)}",
            _dates(seen.client.certificate.seen.path, first),
            f"renew {seen.client.certificate.seen.path}",
        )
    if seen.client.key_fits is False:
        yield warning(
            "tls-client-mismatch",
            "your client key does not belong to your client certificate",
            (
                f"{seen.client.certificate.seen.path}: {first.subject if first else ''}",
                f"{seen.client.key.seen.path}: another public key",
            ),
            "put the pair that was made together there",
        )


def _judge(
    certificate: Certificate,
    what: str,
    path: str,
    evidence: tuple[str, ...],
    now_s: float,
    severe: Callable[..., Finding],
) -> Iterator[Finding]:
    left_days = (certificate.not_after_s - now_s) / _DAY_S
    until = day(certificate.not_after_s)
    renew = _RENEW.format(path=path)
    if left_days <= 0:
        yield severe("tls-expired", f"{what} ended on {until}", evidence, renew)
    elif certificate.not_before_s > now_s + _SLACK_S:
        start = day(certificate.not_before_s)
        title = f"{what} is valid only from {start} on, and this host's clock says {day(now_s)}"
        yield severe("tls-not-yet-valid", title, evidence, _CLOCK)
    elif left_days <= TELL_DAYS:
        tell = warning if left_days <= WARN_DAYS else info
        yield tell(
            "tls-expires-soon", f"{what} ends on {until}, in {int(left_days)} days", evidence, renew
        )


def _dates(path: str, certificate: Certificate) -> tuple[str, ...]:
    return (
        f"{path}: {certificate.subject}",
        f"{path}: valid from {_time(certificate.not_before_s)} to {_time(certificate.not_after_s)}",
    )


def _handshakes(facts: Facts) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    if journal is None or journal.last is None:
        return ()
    lines = [line for line in journal.last.own if "TLS handshake error" in line]
    return tuple(f"journal: {line}" for line in lines[-1:])


def day(seconds: float) -> str:
    """A date as findings have it."""
    return _time(seconds)[:10]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


CHECKS = (
    Check(
        name="tls-dates",
        needs=(CertificatesFacts,),
        codes=("tls-expired", "tls-not-yet-valid", "tls-expires-soon"),
        judge=_daemon,
        also=(JournalFacts,),
    ),
    Check(
        name="tls-swarm",
        needs=(CertificatesFacts,),
        codes=("swarm-certificate-expired",),
        judge=_swarm,
    ),
    Check(
        name="tls-client",
        needs=(CertificatesFacts,),
        codes=("tls-client-expired", "tls-client-mismatch"),
        judge=_client,
    ),
)
