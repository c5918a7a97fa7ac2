"""daemon.json as a document: its bytes, what they mean, and where each key stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockerctl.config.path import KeyPath
from dockerctl.config.release import Release
from dockerctl.config.scan import Member, Node, scan
from dockerctl.config.source import Flaws, Place, decode, place_at
from dockerctl.errors import (
    ByteOrderMark,
    CommentFound,
    ConfigurationError,
    DuplicateKey,
    InvalidEncoding,
    LoneSurrogate,
    TextAfterEnd,
    WideEncoding,
)

__all__ = ["Document", "Place", "is_harmless"]

_ENCODING_IS_CHECKED = Release(23)


@dataclass(frozen=True)
class Document:
    """A file as it was read. Two are equal when name, bytes and absence are.

    ``name`` is for messages. ``data`` are the bytes, none when the file is ``absent``. ``values``
    are plain Python values in the order of the file, not to be changed in place. ``blank`` says
    that the file exists and has nothing but white space: dockerd takes that for no settings from
    23.0 on, and 20.10 does not start with it. ``text`` and ``root`` are for edits; ``root`` is
    None when the file is absent or blank. ``flaws`` are what a lenient reading passed over.
    """

    name: str
    # Not shown where a document is printed: values can be secrets.
    data: bytes = field(repr=False)
    absent: bool
    blank: bool = field(compare=False)
    values: dict[str, object] = field(repr=False, compare=False)
    text: str = field(repr=False, compare=False)
    root: Node | None = field(repr=False, compare=False)
    flaws: tuple[ConfigurationError, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, data: bytes | None, name: str, *, lenient: bool = False) -> Document:
        """Read the bytes of a file called ``name``; ``data`` None means that there is no file.

        Raises an error of ``dockerctl.errors.configuration`` that names the place. A ``lenient``
        reading keeps those errors in ``flaws`` that some dockerd puts up with: ``is_harmless``
        says which one does. Such a document can be checked, and not edited.
        """
        flaws = Flaws(lenient=lenient)
        text = "" if data is None else decode(data, name, flaws)
        root = scan(text, name, flaws)
        values = {} if root is None else {member.name: member.node.value for member in root.members}
        return cls(
            name=name,
            data=data or b"",
            absent=data is None,
            blank=data is not None and root is None,
            values=values,
            text=text,
            root=root,
            flaws=tuple(flaws.found),
        )

    def get(self, path: KeyPath) -> object:
        """The value of the key ``path``. Raises KeyError, with the path, when it is not there."""
        value: object = self.values
        for name in path:
            if not isinstance(value, dict) or name not in value:
                raise KeyError(path)
            value = value[name]
        return value

    def place(self, path: KeyPath) -> Place | None:
        """Where the name of the key stands; None when it is not there."""
        found = self.member(path)
        return None if found is None else place_at(self.text, found.start)

    def place_of_item(self, path: KeyPath, index: int) -> Place | None:
        """Where the item ``index`` of the list under the key stands; None when it is not there."""
        found = self.member(path)
        if found is None or not 0 <= index < len(found.node.items):
            return None
        return place_at(self.text, found.node.items[index].start)

    def member(self, path: KeyPath) -> Member | None:
        """The key as it stands in the text; None when it is not there."""
        node, found = self.root, None
        for name in path:
            # Of a key that stands twice, the last one counts.
            members = () if node is None else reversed(node.members)
            found = next((member for member in members if member.name == name), None)
            if found is None:
                return None
            node = found.node
        return found


def is_harmless(flaw: ConfigurationError, release: Release | None) -> bool:
    """Whether dockerd of ``release`` reads a file with this flaw; None means the newest.

    All take the last of duplicate keys. From 23.0 on the encoding is found by the mark, and must
    be good; 20.10 knows no marks, replaces bad bytes, and ignores what comes after the object
    (moby, daemon/config).
    """
    if isinstance(flaw, (DuplicateKey, LoneSurrogate)):
        return True
    checked = release is None or release >= _ENCODING_IS_CHECKED
    if isinstance(flaw, (ByteOrderMark, WideEncoding)):
        return checked
    return not checked and isinstance(flaw, (InvalidEncoding, TextAfterEnd, CommentFound))
