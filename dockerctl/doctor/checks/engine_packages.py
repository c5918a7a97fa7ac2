"""Two Dockers on one host."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.installation import InstallationFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts

_ENGINES = ("docker.io", "docker-ce", "docker-ee", "moby-engine", "docker-engine")


def _packages(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(InstallationFacts)
    engines = [name for name in _ENGINES if name in (seen.packages or ())]
    evidence = [f"dpkg: {name} is installed" for name in engines]
    names = list(engines)
    if seen.snap and engines:
        evidence.append(f"stat: {seen.snap}: Docker as a snap")
        names.append("the snap docker")
    if len(names) > 1:
        yield warning(
            "two-dockers",
            f"{' and '.join(names)} are installed side by side",
            tuple(evidence),
            "snap remove docker" if seen.snap else f"apt-get remove {engines[-1]}",
        )


CHECKS = (
    Check(
        name="engine-packages",
        needs=(InstallationFacts,),
        codes=("two-dockers",),
        judge=_packages,
    ),
)
