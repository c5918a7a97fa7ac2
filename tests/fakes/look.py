"""A host that has only what a test says it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class FakeLook:
    """Every question has an answer: what was not named is not there."""

    def __init__(
        self,
        *,
        files: Iterable[str] = (),
        folders: Iterable[str] = (),
        programs: Iterable[str] = (),
        users: Iterable[str] = ("root", "0"),
        groups: Iterable[str] = ("root", "0", "docker"),
        ranges: Iterable[str] = (),
        interfaces: Iterable[str] = ("lo",),
        addresses: Iterable[str] | None = ("127.0.0.1", "::1"),
        nameservers: Iterable[str] = (),
        filesystems: Mapping[str, str] | None = None,
        kernel: Iterable[str] = ("overlay",),
    ) -> None:
        self._programs = set(programs)
        self._files = {*files, *(program for program in programs if program.startswith("/"))}
        self._folders = set(folders)
        self._users, self._groups, self._ranges = set(users), set(groups), set(ranges)
        self._interfaces, self._kernel = set(interfaces), set(kernel)
        self._addresses = None if addresses is None else frozenset(addresses)
        self._nameservers = tuple(nameservers)
        self._filesystems = filesystems or {}

    def exists(self, path: str) -> bool | None:
        return path in self._files or path in self._folders

    def is_folder(self, path: str) -> bool | None:
        return path in self._folders

    def is_file(self, path: str) -> bool | None:
        return path in self._files

    def is_executable(self, path: str) -> bool | None:
        return path in self._programs

    def readable(self, path: str) -> bool | None:
        return path in self._files

    def find_program(self, name: str) -> bool | None:
        return name in self._programs

    def user_exists(self, name_or_id: str) -> bool | None:
        return name_or_id in self._users

    def group_exists(self, name_or_id: str) -> bool | None:
        return name_or_id in self._groups

    def subid_ranges(self, user: str) -> bool | None:
        return user in self._ranges

    def interface_exists(self, name: str) -> bool | None:
        return name in self._interfaces

    def addresses(self) -> frozenset[str] | None:
        return self._addresses

    def nameservers(self) -> tuple[str, ...]:
        return self._nameservers

    def filesystem(self, path: str) -> str | None:
        below = [point for point in self._filesystems if path.startswith(point)]
        return self._filesystems[max(below, key=len)] if below else "ext4"

    def kernel_filesystem(self, name: str) -> bool | None:
        return name in self._kernel

    def device_mapper(self) -> bool | None:
        return "device-mapper" in self._kernel

    def home(self) -> str:
        return "/root"
