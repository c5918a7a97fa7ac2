"""The values of a flag as daemon.json would say them; pure.

The rules are those of the flag types in moby's opts/ and of spf13/pflag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockerctl.config.types import Kind, Type

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


def flag_value(name: str, wanted: Type, words: Sequence[str]) -> object:
    """What the flag of the key ``name`` says with these values, of type ``wanted``.

    A word that dockerd would not take stays as it is: the daemon does not start with it anyway.
    """
    special = _SPECIAL.get(name)
    if special is not None:
        return special(words)
    match wanted.kind:
        case Kind.BOOL:
            return words[-1] in _TRUE
        case Kind.INT:
            return _number(words[-1])
        case Kind.LIST:
            return list(words)
        case Kind.MAP:
            return {word.partition("=")[0]: word.partition("=")[2] for word in words}
        case _:
            return words[-1]


def _number(word: str) -> object:
    try:
        return int(word, 0)
    except ValueError:
        return word


def _addresses(words: Sequence[str]) -> object:
    return [address.strip() for word in words for address in word.split(",")]


def _features(words: Sequence[str]) -> object:
    """``name`` or ``name=false``."""
    pairs = [word.partition("=") for word in words]
    return {name: not equals or value in _TRUE for name, equals, value in pairs}


def _network_options(words: Sequence[str]) -> object:
    """``driver=option=value``."""
    found: dict[str, dict[str, str]] = {}
    for word in words:
        driver, _, option = word.partition("=")
        name, _, value = option.partition("=")
        found.setdefault(driver, {})[name] = value
    return found


def _pools(words: Sequence[str]) -> object:
    """``base=10.0.0.0/8,size=24``."""
    return [
        {name: _number(value) if name == "size" else value for name, value in _fields(word)}
        for word in words
    ]


def _nri(words: Sequence[str]) -> object:
    """``enable=true,plugin-path=/opt``."""
    return {
        name: (not value or value in _TRUE) if name == "enable" else value
        for word in words
        for name, value in _fields(word)
    }


def _fields(word: str) -> list[tuple[str, str]]:
    pairs = [field.partition("=") for field in word.split(",")]
    return [(name.strip().lower(), value) for name, _, value in pairs]


def _runtimes(words: Sequence[str]) -> object:
    """``name=path``."""
    pairs = [word.partition("=") for word in words]
    return {name.strip().lower(): {"path": path.strip()} for name, _, path in pairs}


def _ulimits(words: Sequence[str]) -> object:
    """``name=soft:hard``, or one number for both."""
    found = {}
    for word in words:
        name, _, limits = word.partition("=")
        soft, colon, hard = limits.partition(":")
        found[name] = {
            "Name": name,
            "Hard": _number(hard if colon else soft),
            "Soft": _number(soft),
        }
    return found


_SPECIAL: dict[str, Callable[[Sequence[str]], object]] = {
    "default-address-pools": _pools,
    "default-network-opts": _network_options,
    "default-ulimits": _ulimits,
    "dns": _addresses,
    "features": _features,
    "nri-opts": _nri,
    "runtimes": _runtimes,
}
