"""Running programs inside a host from outside, by entering its namespaces."""

import itertools
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import cgroups
from tests.lab.errors import HostError
from tests.lab.offline import HOST_ENV

# The path that Debian gives ordinary users, see login.defs(5).
_USER_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

# The program enters its control group and nsenter does not, so that nsenter outlives it and reaps
# it. The file is opened outside: from inside, a process that comes from outside may not be moved.
_OPEN_GROUP = 'exec 9>"$0" && exec "$@"'
_ENTER_GROUP = 'echo 0 >&9; exec "$@" 9>&-'
_ALL_NAMESPACES = ("-m", "-p", "-i", "-u", "-n", "-C", "--root", "--wd")

_counter = itertools.count(1)


@dataclass(frozen=True)
class Completed:
    """How a program in a host ended. ``returncode`` is negative when a signal killed it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        """stdout as text."""
        return self.stdout.decode("utf-8", errors="replace")

    @property
    def err(self) -> str:
        """stderr as text."""
        return self.stderr.decode("utf-8", errors="replace")

    def check(self) -> "Completed":
        """Raise HostError, with the output, unless the program ended with 0."""
        if self.returncode != 0:
            what = f"{shlex.join(self.argv)} ended with {self.returncode}"
            raise HostError(f"{what}\n{self.out}{self.err}".rstrip())
        return self


@dataclass(frozen=True)
class User:
    """A line of the host's /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str


def parse_passwd(text: str, name: str) -> User:
    """Find a user in the text of /etc/passwd; raises HostError."""
    for line in text.splitlines():
        fields = line.split(":")
        if fields[0] == name and len(fields) >= 7:
            return User(name, int(fields[2]), int(fields[3]), fields[5])
    raise HostError(f"no user {name} in the host")


def resolve_in_root(root: Path, path: str) -> Path:
    """The outside path of ``path`` in a host, following symbolic links as the host would.

    Left to the kernel, an absolute link such as /var/run would lead into the machine outside. The
    last component is followed too; what does not exist is taken literally.
    """
    todo = path.split("/")
    done: list[str] = []
    links = 0
    while todo:
        part = todo.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            del done[-1:]
            continue
        here = root.joinpath(*done, part)
        if here.is_symlink():
            links += 1
            if links > 40:
                raise HostError(f"too many symbolic links in {path}")
            target = os.readlink(here)
            if target.startswith("/"):
                done.clear()
            todo = [*target.split("/"), *todo]
        else:
            done.append(part)
    return root.joinpath(*done)


@dataclass(frozen=True)
class Guest:
    """A running host as seen from outside: its process 1 and its control group."""

    pid: int
    cgroup: Path

    @property
    def root(self) -> Path:
        """The root of its file system, through /proc; resolve links with ``resolve_in_root``."""
        return Path(f"/proc/{self.pid}/root")

    def user(self, name: str) -> User:
        """A user of the host."""
        passwd = resolve_in_root(self.root, "/etc/passwd").read_text(
            encoding="utf-8", errors="replace"
        )
        return parse_passwd(passwd, name)

    def environment(self, user: User | None, extra: Mapping[str, str] | None) -> dict[str, str]:
        """A login's environment; nothing of ours leaks in."""
        env = dict(HOST_ENV, USER="root", LOGNAME="root")
        if user is not None:
            env.update(USER=user.name, LOGNAME=user.name, HOME=user.home)
            if user.uid != 0:
                env["PATH"] = _USER_PATH
            runtime = f"/run/user/{user.uid}"
            # Only while the user's manager runs, as pam_systemd would set them.
            if (self.root / runtime[1:]).is_dir():
                env.update(
                    XDG_RUNTIME_DIR=runtime, DBUS_SESSION_BUS_ADDRESS=f"unix:path={runtime}/bus"
                )
        env.update(extra or {})
        return env

    def command(
        self,
        argv: Sequence[str],
        *,
        group: Path,
        user: User | None = None,
        cwd: str | None = None,
        new_terminal: bool = False,
    ) -> list[str]:
        """The command outside that runs ``argv`` inside, in the control group ``group``."""
        # Absolute paths all along: PATH is the one that the program shall see.
        command = ["/bin/sh", "-c", _OPEN_GROUP, str(group / "cgroup.procs")]
        command += [_program("nsenter"), "--target", str(self.pid), *_ALL_NAMESPACES, "--"]
        command += ["/bin/sh", "-c", _ENTER_GROUP, "sh"]
        if new_terminal:
            command += ["/usr/bin/setsid", "--ctty", "--wait"]
        if user is not None:
            ids = [f"--reuid={user.uid}", f"--regid={user.gid}", "--init-groups"]
            command += ["/usr/bin/setpriv", *ids, "--"]
        # Signals that we ignore, for instance because we run in the background, it shall not.
        command += ["/usr/bin/env", "--default-signal"]
        if cwd is not None:
            command += [f"--chdir={cwd}", f"PWD={cwd}"]
        return [*command, *argv]

    def new_group(self) -> Path:
        """A control group below the host's for one command, which so ends with the host."""
        group = self.cgroup / "lab-exec" / f"{os.getpid()}-{next(_counter)}"
        group.mkdir(parents=True)
        return group


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise HostError(f"no program {name} on this machine")
    return found


class HostProcess(subprocess.Popen[bytes]):
    """A program running in a host: a Popen whose signals reach the program itself.

    As a context manager it kills the program, and all that it started, at the end.
    """

    def __init__(
        self,
        guest: Guest,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        new_terminal: bool = False,
        **options: Any,
    ) -> None:
        """``options`` are Popen's own, such as ``stdin``, ``stdout``, ``stderr``."""
        account = None if user is None else guest.user(user)
        self.group = guest.new_group()
        self.host_argv = tuple(argv)
        super().__init__(
            guest.command(argv, group=self.group, user=account, cwd=cwd, new_terminal=new_terminal),
            env=guest.environment(account, env),
            # The shell on the way puts its folder into PWD.
            cwd="/",
            start_new_session=True,
            **options,
        )

    def __exit__(self, *exc_info: Any) -> None:
        try:
            self.kill_group()
        finally:
            super().__exit__(*exc_info)
            self.release()

    def _program_pids(self) -> list[int]:
        """The program; none before nsenter has started it. Popen knows only nsenter."""
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def send_signal(self, sig: int) -> None:
        """Signal the program; nsenter waits for it and would pass nothing on."""
        if self.poll() is None:
            for pid in self._program_pids() or [self.pid]:
                os.kill(pid, sig)

    def kill_group(self) -> None:
        """Kill the program and everything it has started, and wait."""
        while True:
            if self.group.is_dir():
                cgroups.kill_all(self.group)
            if self.poll() is not None:
                return
            # Not nsenter itself: it might have started the program a moment ago, and this one,
            # which may not have entered the group yet, would live on.
            for pid in self._program_pids():
                cgroups.kill(pid)
            time.sleep(0.001)

    def release(self) -> None:
        """Remove the control group, unless the program left something running in it on purpose."""
        try:
            self.group.rmdir()
        except OSError:
            return

    def finish(self, stdin: bytes | None = None, timeout_s: float = 60) -> Completed:
        """Feed it, wait for its end and collect what it wrote.

        After ``timeout_s`` seconds kill it, with all that it started, and raise HostError.
        """
        try:
            out, err = self.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            self.kill_group()
            out, err = self.communicate()
            shown = (out or b"") + (err or b"")
            raise HostError(
                f"{shlex.join(self.host_argv)} still ran after {timeout_s} s\n"
                f"{shown.decode(errors='replace')}".rstrip()
            ) from error
        except BaseException:
            self.kill_group()
            raise
        finally:
            self.release()
        return Completed(self.host_argv, self.returncode, out or b"", err or b"")
