"""Keys whose values have to be there on the host: files, programs, users; and the swarm."""

from __future__ import annotations

from dockerctl.config.meaning_go import parse_int, parse_ip
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, warn

_PROFILES = frozenset({"builtin", "unconfined"})
_REMAP_USER = "dockremap"


def check_host(values: Values) -> Findings:
    """Profiles, programs, plugins, the remapped user, and what a swarm does not go with."""
    yield from _check_profile(values)
    yield from _check_programs(values)
    yield from _check_plugins(values)
    yield from _check_remap(values)
    yield from _check_swarm(values)


def _check_profile(values: Values) -> Findings:
    profile = values.text("seccomp-profile")
    if not profile or (profile in _PROFILES and not values.before(23)):
        return
    # The daemon runs in the root folder.
    file = profile if profile.startswith("/") else f"/{profile}"
    path = ("seccomp-profile",)
    if profile in _PROFILES:
        yield refuse(
            "no-such-file", path,
            f"Before 23.0 dockerd takes the seccomp-profile {profile} for the name of a file.",
            "Remove seccomp-profile: the built-in profile is the default.",
        )  # fmt: skip
    elif values.facts.look.readable(file) is False:
        yield refuse(
            "no-such-file", path, f"There is no profile {file}.",
            "Put the profile there, or remove seccomp-profile.", from_host=True,
        )  # fmt: skip
    elif file != profile:
        yield warn(
            "relative-path", path, f"The seccomp-profile {profile!r} is not an absolute path.",
            "Write the whole path of the profile.",
        )  # fmt: skip


def _check_programs(values: Values) -> Findings:
    look = values.facts.look
    init = values.text("init-path")
    if init and look.find_program(init) is False:
        always = values.switch("init")
        which = (
            "no container starts, as init is true"
            if always
            else ("containers with --init do not start")
        )
        yield judge(
            always, "no-such-program", ("init-path",),
            f"The program {init} of init-path is not there: {which}.",
            "Install it, or correct the path.", from_host=True,
        )  # fmt: skip
    proxy = values.text("userland-proxy-path")
    used = values.switch("userland-proxy")
    path = ("userland-proxy-path",)
    if proxy and not proxy.startswith("/"):
        yield judge(
            used and values.since(25), "relative-path", path,
            f"The userland-proxy-path {proxy!r} is not absolute.", "Write the whole path.",
        )  # fmt: skip
    elif proxy and look.is_executable(proxy) is False:
        yield judge(
            used and values.since(25), "no-such-program", path,
            f"The program {proxy} of userland-proxy-path is not there.",
            "Install it, correct the path, or set userland-proxy to false.", from_host=True,
        )  # fmt: skip
    without_path = not values.effective_text("userland-proxy-path")
    if values.file.get("userland-proxy") is True and without_path and values.since(25):
        yield warn(
            "breaks-reload", ("userland-proxy",),
            "With userland-proxy true and no userland-proxy-path the daemon starts, but refuses "
            "every reload from 25.0 on.",
            "Remove userland-proxy (it is on by default), or set userland-proxy-path too.",
        )  # fmt: skip


def _check_plugins(values: Values) -> Findings:
    known = values.facts.authorization_plugins
    look = values.facts.look
    names = {name.removesuffix(":latest") for name in known or ()}
    for _, plugin in values.texts("authorization-plugins"):
        plain = plugin.removesuffix(":latest")
        if plain in names or look.exists(f"/run/docker/plugins/{plain}.sock"):
            continue
        yield warn(
            "unknown-plugin", ("authorization-plugins",),
            f"The authorization plugin {plugin!r} is not known here. When it is missing, the "
            "daemon tries for 15 seconds and does not start, and a reload ends it.",
            "Install and enable the plugin first.", from_host=True,
        )  # fmt: skip


def _check_remap(values: Values) -> Findings:
    text = values.text("userns-remap")
    if not text:
        return
    look = values.facts.look
    path = ("userns-remap",)
    parts = text.split(":")
    if len(parts) > 2 or not parts[0]:
        yield refuse(
            "userns-remap", path, f"The value {text!r} is not of the form user or user:group.",
            'Use "default", a user, or user:group.',
        )  # fmt: skip
        return
    user = _REMAP_USER if parts[0] == "default" else parts[0]
    if parts[0] == "default" and look.user_exists(user) is not True:
        # dockerd makes this user and its ranges itself.
        return
    group = parts[1] if len(parts) == 2 else user
    what = ""
    if look.user_exists(user) is False:
        what = f"There is no user {user}"
    elif look.group_exists(group) is False:
        what = f"There is no group {group}"
    elif user not in ("root", "0") and parse_int(user) is None and look.subid_ranges(user) is False:
        what = f"The user {user} has no ranges in /etc/subuid and /etc/subgid"
    if what:
        yield refuse(
            "userns-remap", path, f"{what}, which userns-remap needs.",
            'Make it first, or use "default", for which dockerd does so itself.', from_host=True,
        )  # fmt: skip


def _check_swarm(values: Values) -> Findings:
    if values.facts.swarm_active and values.switch("live-restore"):
        yield refuse(
            "not-in-a-swarm", ("live-restore",),
            "This node is in a swarm, and live-restore does not go with that.",
            "Remove live-restore, or leave the swarm first.", from_host=True,
        )  # fmt: skip
    by_nftables = values.effective_text("firewall-backend") == "nftables"
    allowed = values.members("features").get("swarm-nftables") is True
    if values.facts.swarm_active and by_nftables and values.switch("iptables") and not allowed:
        yield judge(
            values.since(29), "not-in-a-swarm", ("firewall-backend",),
            "This node is in a swarm, and the firewall backend nftables does not go with that.",
            "Use iptables, or leave the swarm first.", from_host=True,
        )  # fmt: skip
    address = values.text("swarm-default-advertise-addr")
    is_other = bool(address) and parse_ip(address) is None
    if is_other and values.facts.look.interface_exists(address) is False:
        yield warn(
            "no-such-address", ("swarm-default-advertise-addr",),
            f"The address {address!r} is neither one nor an interface of this host.",
            "Use an address or the name of an interface.", from_host=True,
        )  # fmt: skip
