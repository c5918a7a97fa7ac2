"""Certificates for registries, below /etc/docker/certs.d."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.checks.tls_dates import day
from dockerctl.doctor.checks.tls_files import unread
from dockerctl.doctor.facts.certificates import CertificatesFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts


def _registries(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    for path, missing in seen.incomplete:
        yield warning(
            "registry-pair-incomplete",
            f"{path} has no other half: {missing} is missing",
            (f"stat: {path}: there", f"stat: {missing}: no such file"),
            f"put {missing} there; the certificate of an authority must end in .crt",
        )
    for file in seen.registries:
        path = file.seen.path
        if file.problem and not unread(file.problem):
            yield warning(
                "registry-certificate-invalid",
                f"{path} is no certificate that dockerd can use: {file.problem}",
                (f"{path}: {file.problem}", file.seen.stat_line),
                f"replace or remove {path}",
            )
        over = [c for c in file.certificates if c.not_after_s <= seen.now_s]
        if over and len(over) == len(file.certificates):
            yield warning(
                "registry-certificate-expired",
                f"the certificate {path} ended on {day(over[0].not_after_s)}",
                (f"{path}: {over[0].subject}",),
                f"renew {path}; dockerd reads it at the next pull",
            )


CHECKS = (
    Check(
        name="tls-registries",
        needs=(CertificatesFacts,),
        codes=(
            "registry-pair-incomplete",
            "registry-certificate-invalid",
            "registry-certificate-expired",
        ),
        judge=_registries,
    ),
)
