"""Where the containers' output goes: drivers that are there, settings that are in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts

_MOST_NAMED = 5
# The drivers whose options say how large a log may become.
_ROTATES = "json-file"
_BY_CHECK = "unknown-log-driver"


def _driver(facts: Facts) -> Iterator[Finding]:
    engine, configuration = facts.of(EngineFacts), facts.maybe(ConfigurationFacts)
    driver = _missing_driver(engine)
    if not driver:
        return
    if configuration is not None and any(f.code == _BY_CHECK for f in configuration.findings):
        return
    yield error(
        "log-driver-unavailable",
        f"the log driver {driver} is not there: no container starts",
        (
            f"GET /info: LoggingDriver: {driver}",
            f"GET /info: Plugins.Log: {', '.join(_drivers(engine))}",
        ),
        "dockerctl config set log-driver=json-file && dockerctl restart",
    )


def _missing_driver(engine: EngineFacts) -> str:
    """The daemon's log driver, if it is known not to be there."""
    driver, drivers = (engine.info or {}).get("LoggingDriver"), _drivers(engine)
    if not isinstance(driver, str) or not drivers or driver in (*drivers, "none"):
        return ""
    return driver


def _drivers(engine: EngineFacts) -> tuple[str, ...]:
    plugins = (engine.info or {}).get("Plugins")
    drivers = plugins.get("Log") if isinstance(plugins, Mapping) else None
    return tuple(map(str, drivers)) if isinstance(drivers, list) else ()


def _settings(facts: Facts) -> Iterator[Finding]:
    engine, configuration = facts.of(EngineFacts), facts.of(ConfigurationFacts)
    if _missing_driver(engine):
        return
    driver = configuration.value("log-driver")
    options = configuration.value("log-opts")
    if not engine.running() or (driver is None and not isinstance(options, Mapping)):
        return
    wanted = driver if isinstance(driver, str) and driver else _ROTATES
    wanted_size = options.get("max-size") if isinstance(options, Mapping) else None
    old = []
    for identity, document in _running(engine):
        kind, own = log_config(document)
        # Only what nobody can have asked for: the engine's own default, which the daemon's
        # settings have replaced since.
        plain = kind == _ROTATES and not own
        if plain and (wanted != _ROTATES or wanted_size):
            old.append(f"{_name(document, identity)}: {kind} without options")
    if old:
        yield warning(
            "container-log-settings-old",
            f"{len(old)} running container{'s' * (len(old) > 1)} still "
            f"log{'s' * (len(old) == 1)} as before log-driver or log-opts were set",
            (
                f"{configuration.config_path}: log-driver: {wanted}"
                + (f", max-size: {wanted_size}" if wanted_size else ""),
                *old[:_MOST_NAMED],
            ),
            "make these containers anew (docker compose up -d --force-recreate, or rm and run)",
        )


def _unlimited(facts: Facts) -> Iterator[Finding]:
    engine = facts.of(EngineFacts)
    endless = []
    for identity, document in _running(engine):
        kind, own = log_config(document)
        if kind == _ROTATES and "max-size" not in own:
            endless.append(f"{_name(document, identity)}: {kind} without max-size")
    if endless:
        yield info(
            "container-log-unlimited",
            f"the logs of {len(endless)} running container{'s' * (len(endless) > 1)} "
            "grow without limit",
            tuple(endless[:_MOST_NAMED]),
            "dockerctl config set log-opts.max-size=10m log-opts.max-file=3 && dockerctl restart; "
            "then make the containers anew",
        )


def _running(engine: EngineFacts) -> Iterator[tuple[str, Mapping[str, object]]]:
    running = {row.get("Id") for row in engine.running()}
    return ((i, d) for i, d in engine.inspected.items() if i in running)


def log_config(document: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """The log driver of a container, and its options."""
    host = document.get("HostConfig")
    config = host.get("LogConfig") if isinstance(host, Mapping) else None
    if not isinstance(config, Mapping):
        return "", {}
    kind, options = config.get("Type"), config.get("Config")
    return (
        kind if isinstance(kind, str) else "",
        options if isinstance(options, Mapping) else {},
    )


def _name(document: Mapping[str, object], identity: str) -> str:
    name = document.get("Name")
    return name.lstrip("/") if isinstance(name, str) and name else identity[:12]


CHECKS = (
    Check(
        name="container-log-driver",
        needs=(EngineFacts,),
        codes=("log-driver-unavailable",),
        judge=_driver,
        also=(ConfigurationFacts,),
    ),
    Check(
        name="container-log-settings",
        needs=(EngineFacts, ConfigurationFacts),
        codes=("container-log-settings-old",),
        judge=_settings,
    ),
    Check(
        name="container-log-size",
        needs=(EngineFacts,),
        codes=("container-log-unlimited",),
        judge=_unlimited,
    ),
)
