"""The Debian mirror that this machine itself uses, read from apt's sources."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

APT_FOLDER = Path("/etc/apt")

# Other archives also have a component "main", some even under Debian's suite names.
_DEBIAN_SUITES = frozenset(
    {"bullseye", "bookworm", "trixie", "forky", "duke", "sid"}
    | {"oldoldstable", "oldstable", "stable", "testing", "unstable"}
)
_DEBIAN_KEYRING = "debian-archive-"


@dataclass(frozen=True)
class Source:
    """One line or stanza of apt's sources, see sources.list(5)."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""

    @property
    def may_be_debian(self) -> bool:
        """Whether it offers the component main of a Debian suite."""
        return "main" in self.components and not _DEBIAN_SUITES.isdisjoint(self.suites)

    @property
    def is_debian(self) -> bool:
        """Whether its key, or the usual path of a mirror, says that it is Debian's archive."""
        return self.may_be_debian and (
            _DEBIAN_KEYRING in self.signed_by
            or any(uri.rstrip("/").endswith("/debian") for uri in self.uris)
        )


def parse_one_line(text: str) -> Iterator[Source]:
    """The binary sources in a classic ``sources.list`` file."""
    for line in text.splitlines():
        match = re.fullmatch(
            r"deb\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<rest>.*)", line.split("#")[0].strip()
        )
        words = match["rest"].split() if match else []
        if match and len(words) >= 2:
            signed_by = re.search(r"signed-by=(\S+)", match["options"] or "")
            yield Source(
                (words[0],), (words[1],), tuple(words[2:]), signed_by[1] if signed_by else ""
            )


def _stanzas(text: str) -> Iterator[Mapping[str, str]]:
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += " " + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields:
            yield fields


def parse_deb822(text: str) -> Iterator[Source]:
    """The binary sources in a ``.sources`` file."""
    for fields in _stanzas(text):
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "without", "off", "disable"):
            continue
        yield Source(
            tuple(fields.get("uris", "").split()),
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            fields.get("signed-by", ""),
        )


def read_sources(folder: Path = APT_FOLDER) -> Iterator[Source]:
    """All sources of this machine, in the order of the files' names."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    for path in files:
        if path.is_file() and path.suffix == ".sources":
            yield from parse_deb822(path.read_text(encoding="utf-8", errors="replace"))
        elif path.is_file() and path.suffix == ".list":
            yield from parse_one_line(path.read_text(encoding="utf-8", errors="replace"))


def find_mirror(sources: list[Source], environ: Mapping[str, str]) -> str:
    """The mirror to build from: $DOCKERCTL_LAB_MIRROR, else the first one of Debian's own."""
    if own := environ.get("DOCKERCTL_LAB_MIRROR"):
        return own
    candidates = [source for source in sources if source.is_debian]
    candidates += [source for source in sources if source.may_be_debian]
    for source in candidates:
        if source.uris:
            return source.uris[0]
    raise LabError(
        "no Debian mirror with the component main in the sources of apt; "
        "set DOCKERCTL_LAB_MIRROR to its address"
    )
