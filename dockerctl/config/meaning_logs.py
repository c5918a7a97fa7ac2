"""The logging driver and its options: what dockerd refuses at its start, and what fails later.

dockerd checks the names of options, and the values of some drivers, when it starts, and only when
there are options at all (moby, daemon/logger/factory.go). Other values are read when a container
starts, which then fails: a warning here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import parse_bool, parse_int, parse_size
from dockerctl.config.meaning_log_options import (
    BUILT_IN,
    COMMON_OPTIONS,
    DRIVER_OPTIONS,
    DRIVER_SPANS,
    Span,
)
from dockerctl.config.meaning_log_remote import check_remote_options
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, text_members, warn

_DEFAULT_DRIVER = "json-file"
_KEY = "log-opts"
# Where a plugin of the old kind says that it is there (moby, pkg/plugins/discovery.go).
_LEGACY_PLUGINS = ("/run/docker/plugins", "/etc/docker/plugins", "/usr/lib/docker/plugins")


def check_logs(values: Values) -> Findings:
    """The driver, the names of its options, and their values."""
    driver = values.effective_text("log-driver", _DEFAULT_DRIVER)
    options = text_members(values.members(_KEY))
    if driver == "none":
        if options:
            yield warn(
                "log-options-unused", (_KEY,), "The driver none keeps no logs and has no options.",
                "Remove log-opts, or choose a driver such as local.",
            )  # fmt: skip
        return
    yield from _check_driver(values, driver, options)
    if options:
        yield from _check_common(options)
        yield from _check_names(values, driver, options)
        yield from _check_files(driver, options)
        yield from _check_attributes(options)
        yield from check_remote_options(values, driver, options)


def _check_driver(values: Values, driver: str, options: Mapping[str, str]) -> Findings:
    known = _knows_driver(values, driver)
    if known:
        return
    what = f"There is no logging driver named {driver!r}"
    near = difflib.get_close_matches(driver, sorted(BUILT_IN), 1)
    hint = (
        f"Did you mean {near[0]}?"
        if near
        else "Install the plugin first, or choose a driver such as json-file, local or journald."
    )
    path = ("log-driver",) if values.text("log-driver") else (_KEY,)
    if options:
        # With options dockerd looks the driver up at once; without, when a container starts.
        yield judge(
            known is False, "unknown-log-driver", path,
            f"{what}; with options in log-opts dockerd does not start then.", hint, from_host=True,
        )  # fmt: skip
    else:
        yield warn(
            "unknown-log-driver", path,
            f"{what}: dockerd starts, but no container does.", hint, from_host=True,
        )  # fmt: skip


def _knows_driver(values: Values, driver: str) -> bool | None:
    """Whether the engine has the driver; None: perhaps as a plugin."""
    if driver in BUILT_IN:
        return True
    span = DRIVER_SPANS.get(driver)
    release = values.facts.release
    if span is not None and (release is None or span.holds(release.major)):
        return True
    drivers = values.facts.log_drivers
    if drivers is None:
        return None
    names = {name.removesuffix(":latest") for name in drivers}
    plain = driver.removesuffix(":latest")
    if plain in names:
        return True
    look = values.facts.look
    if any(
        look.exists(f"{folder}/{plain}{ending}") is not False
        for folder in _LEGACY_PLUGINS
        for ending in (".sock", ".spec", ".json")
    ):
        return None
    return False


def _check_common(options: Mapping[str, str]) -> Findings:
    mode = options.get("mode", "")
    if mode not in ("", "blocking", "non-blocking"):
        yield refuse(
            "log-mode", (_KEY, "mode"), f"The logging mode {mode!r} does not exist.",
            "Use blocking or non-blocking.",
        )  # fmt: skip
    if "max-buffer-size" in options:
        path = (_KEY, "max-buffer-size")
        if mode != "non-blocking":
            yield refuse(
                "log-buffer-without-mode", path,
                "The option max-buffer-size is only for the mode non-blocking.",
                'Add "mode": "non-blocking" to log-opts, or remove max-buffer-size.',
            )  # fmt: skip
        elif parse_size(options["max-buffer-size"]) is None:
            yield _not_a_size(path, options["max-buffer-size"], certain=True)
    disabled = options.get("cache-disabled", "")
    if disabled and parse_bool(disabled) is None:
        yield refuse(
            "log-option-value", (_KEY, "cache-disabled"),
            f"The option cache-disabled is {disabled!r}, which is neither true nor false.",
            'Use "true" or "false".',
        )  # fmt: skip


def _check_names(values: Values, driver: str, options: Mapping[str, str]) -> Findings:
    known = DRIVER_OPTIONS.get(driver)
    if known is None:
        return
    release = values.facts.release
    for name in options:
        if name in COMMON_OPTIONS:
            continue
        span = known.get(name)
        if span is None:
            owner = next((other for other, names in DRIVER_OPTIONS.items() if name in names), "")
            near = difflib.get_close_matches(name, [*known, *COMMON_OPTIONS], 1)
            yield refuse(
                "unknown-log-option", (_KEY, name),
                f"The logging driver {driver} has no option {name!r}.", _hint(driver, owner, near),
            )  # fmt: skip
        elif release is not None and not span.holds(release.major):
            yield refuse(
                "unknown-log-option", (_KEY, name),
                f"Docker {release} has no option {name!r} for the logging driver {driver}; "
                f"{_span_text(span)}.",
                "Remove it.",
            )  # fmt: skip


def _hint(driver: str, owner: str, near: list[str]) -> str:
    if owner:
        return f"It is one of the driver {owner}: set log-driver to {owner}, or remove the option."
    if near:
        return f"Did you mean {near[0]}?"
    return f"Remove it; {driver} knows {', '.join(sorted(DRIVER_OPTIONS[driver]))}."


def _span_text(span: Span) -> str:
    if span.before < 1000:
        return f"it went away with {span.before}.0"
    return f"it came with {span.first}.0"


def _check_files(driver: str, options: Mapping[str, str]) -> Findings:
    """Values that json-file and local read when a container starts."""
    if driver not in ("json-file", "local"):
        return
    size = options.get("max-size")
    if size is not None:
        number = parse_size(size)
        if number is None:
            yield _not_a_size((_KEY, "max-size"), size, certain=False)
        elif number <= 0:
            yield _late("max-size", size, "a size above zero", 'Use a size such as "10m".')
    count = options.get("max-file")
    files = parse_int(count) if count is not None else None
    if count is not None and (files is None or files < 1):
        yield _late("max-file", count, "a number from 1 on", 'Use a number such as "3".')
    compress = options.get("compress")
    if compress is None:
        return
    packed = parse_bool(compress)
    if packed is None:
        yield _late("compress", compress, "true or false", 'Use "true" or "false".')
    elif packed and driver == "json-file" and (size is None or count is None or files == 1):
        yield warn(
            "log-compress", (_KEY, "compress"),
            "The driver json-file packs old files only with max-size set and max-file at 2 or "
            "more; containers do not start otherwise.",
            'Add "max-size" and "max-file", or remove "compress".',
        )  # fmt: skip


def _check_attributes(options: Mapping[str, str]) -> Findings:
    for name in ("env-regex", "labels-regex"):
        try:
            re.compile(options.get(name, ""))
        except re.error:
            yield _late(name, options[name], "a regular expression", "Correct the expression.")
    tag = options.get("tag", "")
    if tag.count("{{") != tag.count("}}"):
        yield _late("tag", tag, "a template", 'Write it as in "{{.Name}}/{{.ID}}".')


def _late(name: str, value: str, wanted: str, hint: str) -> Finding:
    """A value that is only found to be wrong when a container starts."""
    return warn(
        "log-option-value", (_KEY, name),
        f"The option {name} is {value!r} and not {wanted}: containers do not start.", hint,
    )  # fmt: skip


def _not_a_size(path: tuple[str, ...], value: str, *, certain: bool) -> Finding:
    later = "" if certain else ": containers do not start"
    return judge(
        certain, "log-option-value", path, f"The {path[-1]} {value!r} is not a size{later}.",
        'Write a number and at most one unit: "512k", "10m", "1g".',
    )  # fmt: skip
