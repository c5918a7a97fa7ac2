"""Certificates for registries, below /etc/docker/certs.d."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockerctl.doctor.checks.tls_dates import day
from dockerctl.doctor.checks.tls_files import unread
from dockerctl.doctor.facts.certificates import REGISTRIES, CertificatesFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts


def _registries(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    for path, missing in seen.incomplete:
        # Of an authority it needs no key, and only the ending is wrong.
        of_authority = any(
            file.seen.path == path and any(one.is_ca for one in file.certificates)
            for file in seen.registries
        )
        yield warning(
            "registry-pair-incomplete",
            f"{path} has no other half: {missing} is missing",
            (f"stat: {path}: there", f"stat: {missing}: no such file"),
            _renamed(PurePosixPath(path))
            if of_authority
            else f"put {missing} there; the certificate of an authority must end in .crt",
        )
    yield from _ignored(seen)
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


def _ignored(seen: CertificatesFacts) -> Iterator[Finding]:
    for file in seen.ignored:
        path = PurePosixPath(file.seen.path)
        lies_high = str(path.parent) == REGISTRIES
        why = "it lies in no folder of a registry" if lies_high else "its name does not end in .crt"
        yield warning(
            "registry-certificate-ignored",
            f"dockerd does not read {path}: {why}",
            (file.seen.stat_line, f"{path}: {file.certificates[0].subject}"),
            f"move it into the folder of its registry: {REGISTRIES}/HOST:PORT/ca.crt"
            if lies_high
            else _renamed(path),
        )


def _renamed(path: PurePosixPath) -> str:
    # Not over one that is there.
    return f"mv -n {shlex.quote(str(path))} {shlex.quote(str(path.with_suffix('.crt')))}"


CHECKS = (
    Check(
        name="tls-registries",
        needs=(CertificatesFacts,),
        codes=(
            "registry-pair-incomplete",
            "registry-certificate-invalid",
            "registry-certificate-expired",
            "registry-certificate-ignored",
        ),
        judge=_registries,
    ),
)
