"""Whether the daemon will be there after the next boot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, info, warning
from dockerctl.doctor.model import Check, Facts

# Words of UnitFileState that mean a start at boot (systemctl(1), "is-enabled").
_AT_BOOT = ("enabled", "alias", "indirect", "generated", "linked")
_UNTIL_BOOT = ("enabled-runtime", "linked-runtime")
_RESCUE = ("emergency.target", "rescue.target")


def _enablement(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service, socket = units.service, units.socket
    if service.load_state != "loaded":
        return
    by_service = _starts(units, service)
    by_socket = socket is not None and _starts(units, socket)
    if by_service or not service.runs:
        return
    evidence = tuple(f"{name}: {state}" for name, state in units.at_boot.items())
    if by_socket and socket is not None:
        yield _later(
            info(
                "socket-only-at-boot",
                f"after a boot {service.name} is started by its first client, and no container "
                "comes up before that",
                evidence,
                "dockerctl enable",
            )
        )
    else:
        until = " longer than until" if units.at_boot.get(service.name) in _UNTIL_BOOT else " after"
        yield _later(
            warning(
                "not-at-boot",
                f"{service.name} runs now and is not started{until} the next boot",
                evidence,
                "dockerctl enable",
            )
        )


def _later(finding: Finding) -> Finding:
    return replace(finding, when=When.NEXT_BOOT)


def _starts(units: UnitsFacts, unit: UnitFacts) -> bool:
    state = units.at_boot.get(unit.name, "")
    return state in _AT_BOOT or (state == "static" and units.pulled_at_boot.get(unit.name, False))


def _target(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service = units.service
    enabled = [u for u in (service, units.socket) if u is not None and _starts(units, u)]
    if not enabled or service.truth("NeedDaemonReload"):
        return
    if any(units.pulled_at_boot.get(unit.name, True) for unit in enabled):
        return
    yield _later(
        warning(
            "target-without-docker",
            f"{service.name} is enabled, and the default target {units.default_target} does not "
            "start it",
            (
                f"default.target: {units.default_target}",
                *(u.shown("WantedBy")[0] for u in enabled),
            ),
            "systemctl set-default multi-user.target",
        )
    )


def _containerd(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service, containerd = units.service, units.containerd
    if containerd is None or containerd.load_state != "loaded" or not containerd.runs:
        return
    needs = (*service.words("Wants"), *service.words("Requires"), *service.words("BindsTo"))
    if containerd.name in needs or _starts(units, containerd) or not _starts(units, service):
        return
    if not any(containerd.name in word or "/containerd.sock" in word for word in service.argv):
        return
    yield _later(
        warning(
            "containerd-not-at-boot",
            f"{service.name} uses {containerd.name}, which nothing starts at the next boot",
            (f"{containerd.name}: {units.at_boot.get(containerd.name, '')}",),
            f"systemctl enable {containerd.name}",
        )
    )


def _rescue(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    for name in _RESCUE:
        target = units.others.get(name)
        if target is not None and target.runs and not units.service.runs:
            yield error(
                "rescue-mode",
                f"the host is in {name}: it has not finished its boot, and starts no services",
                target.shown("ActiveState"),
                "repair what kept it from booting (systemctl --failed), then: systemctl default",
            )


CHECKS: tuple[Check, ...] = (
    Check("start at boot", (UnitsFacts,), ("not-at-boot", "socket-only-at-boot"), _enablement),
    Check("the default target", (UnitsFacts,), ("target-without-docker",), _target),
    Check("containerd at boot", (UnitsFacts,), ("containerd-not-at-boot",), _containerd),
    Check("rescue mode", (UnitsFacts,), ("rescue-mode",), _rescue, explains_start=True),
)
