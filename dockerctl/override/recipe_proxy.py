"""The recipe ``proxy``: the HTTP proxy that the daemon uses.

The variables are written in capitals only. dockerd looks for those first, so one in small letters
that somebody else has set does not win.
"""

from __future__ import annotations

from collections.abc import Mapping

from dockerctl.override.env_file import parse_env_file, render_env_file
from dockerctl.override.model import Draft, EnvFile, UnitText
from dockerctl.override.proxies import check_no_proxy, check_proxy, has_credentials
from dockerctl.override.recipe_env import environment_lines, environment_of
from dockerctl.override.recipe_merge import draft, merge
from dockerctl.override.recipe_values import check_path
from dockerctl.override.store import seal

RECIPE = "proxy"
ENV_FILE = "/etc/dockerctl/proxy.env"

_ORDER = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def proxy(
    unit: str,
    http: str | None = None,
    https: str | None = None,
    no_proxy: str | None = None,
    *,
    before: UnitText | None = None,
    env_before: bytes | None = None,
    env_path: str = ENV_FILE,
) -> Draft:
    """Set the proxies; None leaves one as the recipe has it, "" takes it out.

    ``env_before`` is what the recipe's environment file holds now, None where there is none.

    With a user name or a password in one of them all go to an environment file of mode 0600,
    because ``Environment=`` is readable by every local user through D-Bus. The unit names the file
    without "-": a daemon without its proxy would fail later and less clearly than a start without
    the file. Otherwise they are ``Environment=`` lines, and the file goes.

    Raises OverrideValueInvalid for an address that dockerd cannot use; no message has a password.
    """
    variables = _present(before, env_before)
    given = {
        "HTTP_PROXY": check_proxy(http, "--http") if http else http,
        "HTTPS_PROXY": check_proxy(https, "--https") if https else https,
        "NO_PROXY": check_no_proxy(no_proxy) if no_proxy else no_proxy,
    }
    for name, value in given.items():
        if value:
            variables[name] = value
        elif value == "":
            variables.pop(name, None)
    variables = {name: variables[name] for name in _ORDER if name in variables}
    secret = any(has_credentials(value) for value in variables.values())
    environment = () if secret else environment_lines(variables)
    wanted = {
        ("Service", "Environment"): environment,
        ("Service", "EnvironmentFile"): (
            check_path(env_path, "The environment file").replace("%", "%%"),
        )
        if secret
        else (),
    }
    files: tuple[EnvFile, ...] = ()
    if secret:
        files = (EnvFile(env_path, seal(render_env_file(variables))),)
    elif env_before is not None:
        files = (EnvFile(env_path, None),)
    return draft(
        unit, RECIPE, merge(before, wanted), env_files=files, notes=_notes(variables, secret)
    )


def _present(before: UnitText | None, env_before: bytes | None) -> dict[str, str]:
    """The proxies as the recipe has set them so far."""
    variables = environment_of(before)
    if env_before is not None:
        variables.update(parse_env_file(env_before))
    return {name: value for name, value in variables.items() if name in _ORDER}


def _notes(variables: Mapping[str, str], secret: bool) -> list[str]:
    notes = []
    if secret:
        notes.append("The password is in a file that only root can read.")
    if variables.keys() == {"NO_PROXY"}:
        notes.append("NO_PROXY has no effect without a proxy.")
    if "HTTP_PROXY" in variables and "HTTPS_PROXY" not in variables:
        notes.append("Registries are reached with HTTPS, for which no proxy is set.")
    return notes
