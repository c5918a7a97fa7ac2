"""From what is wanted to a plan: which files, which bytes, which effect, what to look for after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dockerctl.change.current import Current, UnitFiles, command_line, exec_line
from dockerctl.change.effect import Decision, decide, is_atomic
from dockerctl.change.model import BootWish, Effect, Expectation, Plan, Target
from dockerctl.change.readback import expected_event, expected_info
from dockerctl.change.unit_effect import changed_directives, effect_of
from dockerctl.config.document import Document
from dockerctl.config.edit import set_value
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.errors import ConfigurationError, DockerctlError, OverrideError
from dockerctl.host.files import read_file
from dockerctl.override.command import ExecLine
from dockerctl.override.merged import layers, merge
from dockerctl.override.model import Draft
from dockerctl.override.order import Scope
from dockerctl.override.store import owned_path, plan_drop_ins, seal
from dockerctl.override.text import parse_text, render_text
from dockerctl.override.words import expand_specifiers, parse_environment


@dataclass(frozen=True)
class Wanted:
    """What a command wants to be otherwise.

    ``document`` is daemon.json as it is to be (an absent one: the file is to go), None to leave
    it. ``drafts`` are our own drop-ins as they are to be; ``files`` are exact bytes of other files,
    for going back.
    """

    document: Document | None = None
    drafts: tuple[Draft, ...] = ()
    files: tuple[Target, ...] = ()
    boot: BootWish | None = None


@dataclass(frozen=True)
class Proposal:
    """A change that is thought through, and not yet judged."""

    targets: tuple[Target, ...]
    # daemon.json as it is to be, also where it stays as it is.
    document: Document
    # The service's files as they will be on disk.
    service: UnitFiles
    socket: UnitFiles | None
    # The daemon's argv as systemd would start it then.
    argv: tuple[str, ...]
    decision: Decision
    effect: Effect
    # Why a restart is needed, a sentence each.
    reasons: tuple[str, ...]
    renews_socket: bool
    # Whether the daemon takes over the socket that a socket unit has opened.
    takes_socket: bool
    expectation: Expectation
    boot: BootWish | None

    @property
    def changes(self) -> bool:
        """Whether anything is to be otherwise."""
        return any(target.changes for target in self.targets) or self.boot is not None


def propose(
    current: Current, wanted: Wanted, folders: Mapping[str, str], *, cgroup_v2: bool
) -> Proposal:
    """Think a change through. ``folders`` has the folder of each unit's own drop-ins.

    Reads the files that it is about, and raises what reading them raises.
    """
    before = _document(current)
    targets = [*wanted.files, *_draft_targets(wanted.drafts, folders)]
    document = _wanted_document(current, wanted, before)
    decision = decide(
        before.values if before is not None else {},
        document.values,
        key_table(),
        current.release,
        can_reload=current.units.service.can_reload,
        cgroup_v2=cgroup_v2,
    )
    if before is None and decision.effect is Effect.RELOAD:
        # What cannot be read cannot be compared, nor gone back to by a reload.
        decision = replace(decision, effect=Effect.RESTART, explicit={}, explicit_back={})
    if wanted.document is not None:
        targets.insert(0, _config_target(current, wanted.document, before, decision))
    service = planned(current.service, targets)
    socket = None if current.socket is None else planned(current.socket, targets)
    line = exec_line(service.merged)
    argv = command_line(line, {**current.environment, **_environment(service)})
    mine = {files.unit for files in (current.service, current.socket) if files is not None}
    effect, reasons = _effect(targets, decision, mine)
    # A daemon that opens the socket's path itself leaves docker.socket without its file.
    takes_before = takes_socket(before.values if before is not None else {}, current.argv)
    takes = takes_socket(document.values, argv)
    takes_changes = current.fd_socket and takes != takes_before and effect is Effect.RESTART
    if effect is Effect.RESTART and decision.effect is Effect.RELOAD:
        targets = [replace(target, interim=None, interim_back=None) for target in targets]
    return Proposal(
        targets=tuple(targets),
        document=document,
        service=service,
        socket=socket,
        argv=argv,
        decision=decision,
        effect=effect,
        reasons=reasons,
        renews_socket=_renews_socket(targets) or takes_changes,
        takes_socket=takes,
        expectation=_expectation(current, document, decision, effect, service, line),
        boot=wanted.boot,
    )


def takes_socket(values: Mapping[str, object], argv: tuple[str, ...]) -> bool:
    """Whether a daemon with these keys and this command line has an fd:// among its addresses."""
    hosts = values.get("hosts")
    addresses = [str(host) for host in hosts] if isinstance(hosts, list) else []
    addresses += parse_flags(argv, key_table()).values.get("hosts", ())
    return any(address.startswith("fd://") for address in addresses)


def plan_of(proposal: Proposal, current: Current, **options: object) -> Plan:
    """The plan of a proposal that has passed all checks; ``options`` are further fields of it."""
    service, socket = current.units.service, current.units.socket
    plan = Plan(
        unit=service.name,
        targets=proposal.targets,
        effect=proposal.effect,
        running=service.runs,
        listening=socket is not None and socket.listening,
        renews_socket=proposal.renews_socket,
        boot=proposal.boot,
        expectation=proposal.expectation,
        reload_is_atomic=is_atomic(current.release),
    )
    return replace(plan, **options)  # type: ignore[arg-type]


def planned(files: UnitFiles, targets: list[Target], scope: Scope = Scope.SYSTEM) -> UnitFiles:
    """A unit's files with the targets in the place of what they change."""
    mine = {target.path: target.after for target in targets if target.unit == files.unit}
    if not mine:
        return files
    drop_ins = plan_drop_ins(files.unit, files.drop_ins, mine, scope=scope)
    found = layers(files.fragment_path, files.fragment, drop_ins)
    return replace(files, drop_ins=drop_ins, layers=found, merged=merge(found))


def _document(current: Current) -> Document | None:
    """daemon.json as it is; None where it does not parse, which only a rollback can mend."""
    try:
        return current.document
    except ConfigurationError:
        return None


def _wanted_document(current: Current, wanted: Wanted, before: Document | None) -> Document:
    if wanted.document is not None:
        return wanted.document
    return before if before is not None else current.document


def _config_target(
    current: Current, document: Document, before: Document | None, decision: Decision
) -> Target:
    after = None if document.absent else document.data
    interim = back = None
    if decision.effect is Effect.RELOAD:
        interim = _with(document, decision.explicit)
        back = _with(before, decision.explicit_back)
    # A new file that names a password is for root alone.
    secret = "proxies" in document.values
    return Target(current.file, after, 0o600 if secret else 0o644, interim, back)


def _with(document: Document | None, values: Mapping[str, object]) -> bytes | None:
    """The document with some keys set; None when there is nothing to set."""
    if document is None or not values:
        return None
    for name, value in values.items():
        document = set_value(document, (name,), value)
    return document.data


def _draft_targets(drafts: tuple[Draft, ...], folders: Mapping[str, str]) -> list[Target]:
    targets = []
    for draft in drafts:
        path = owned_path(draft.unit, draft.recipe, folder=folders[draft.unit])
        body = seal(render_text(draft.assignments)) if draft.assignments else None
        targets.append(Target(read_file(path), body, 0o644, unit=draft.unit))
        targets += [Target(read_file(e.path), e.data, e.mode) for e in draft.env_files]
    return targets


def _effect(
    targets: list[Target], decision: Decision, mine: set[str]
) -> tuple[Effect, tuple[str, ...]]:
    """What the daemon needs; drop-ins of units that are not ``mine`` wait for their own start."""
    effect, reasons = decision.effect, list(decision.reasons)
    for target in targets:
        if not target.changes or (target.unit and target.unit not in mine):
            continue
        if target.unit:
            found = changed_directives(
                parse_text(target.before.data or b""), parse_text(target.after or b"")
            )
            needed = effect_of(target.unit, found)
            if needed is Effect.RESTART:
                names = ", ".join(dict.fromkeys(name for _, name in found))
                reasons.append(f"{target.unit} takes {names} when it is started.")
        elif target.path.endswith(".env"):
            needed = Effect.RESTART
            reasons.append(f"{target.path} is read when the daemon is started.")
        else:
            continue
        effect = max(effect, needed, key=lambda e: e.weight)
    return effect, tuple(reasons)


def _renews_socket(targets: list[Target]) -> bool:
    return any(
        target.changes
        and target.unit.endswith(".socket")
        and effect_of(
            target.unit,
            changed_directives(
                parse_text(target.before.data or b""), parse_text(target.after or b"")
            ),
        )
        is Effect.RESTART
        for target in targets
    )


def _environment(files: UnitFiles) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in files.merged.values("Service", "Environment"):
        try:
            found |= dict(parse_environment(value.value).pairs)
        except OverrideError:
            continue
    return found


def _expectation(
    current: Current,
    document: Document,
    decision: Decision,
    effect: Effect,
    service: UnitFiles,
    line: ExecLine | None,
) -> Expectation:
    changed = {name: document.values[name] for name in decision.changed if name in document.values}
    touched = service is not current.service
    return Expectation(
        reloaded=expected_event({**changed, **decision.explicit})
        if effect is Effect.RELOAD
        else {},
        info=expected_info(changed) if effect is not Effect.NONE else {},
        arguments=_loaded_words(line) if touched and line is not None else None,
        environment=_environment(service) if touched else {},
    )


def _loaded_words(line: ExecLine) -> tuple[str, ...] | None:
    """The words as systemd holds them: specifiers replaced, variables not. None with specifiers
    that only systemd can replace."""
    try:
        words = tuple(expand_specifiers(word) for word in line.words)
    except DockerctlError:
        return None
    spelled = "".join(line.words).replace("%%", "")
    return None if "%" in spelled or "@" in line.prefixes else words
