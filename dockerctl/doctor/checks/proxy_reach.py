"""The daemon's proxies: whether they can be reached, and are the ones that are needed."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.proxies import ProxiesFacts, Proxy
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.override.proxies import mask_urls
from dockerctl.presentable import presentable

_MEANS = {
    "refused": "nobody listens there",
    "timeout": "it does not answer",
    "unresolved": "its name is not known",
    "unreachable": "there is no way to it",
}


def _reach(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(ProxiesFacts)
    told: dict[str, list[Proxy]] = {}
    for proxy in seen.proxies:
        if proxy.reach in _MEANS:
            told.setdefault(proxy.url, []).append(proxy)
    for url, proxies in told.items():
        first = proxies[0]
        # Where nothing leads out of the host, no name and no address can be tried.
        certain = first.reach == "refused" or seen.way_out is not False
        yield (warning if certain else info)(
            "proxy-unreachable",
            f"the daemon's proxy {url} cannot be used: {_MEANS[first.reach]}",
            (
                *(f"{proxy.source}: {url}" for proxy in proxies),
                f"connect {first.host}:{first.port}: {first.problem}",
                *_pulls(facts),
            ),
            _fix(first),
        )


def _form(facts: Facts) -> Iterator[Finding]:
    for proxy in facts.of(ProxiesFacts).proxies:
        if proxy.reach == "unusable":
            yield warning(
                "proxy-unusable",
                f"the daemon's proxy {proxy.url} is no address of a proxy: {proxy.problem}",
                (f"{proxy.source}: {proxy.url}", *_pulls(facts)),
                "dockerctl config unset proxies && dockerctl restart"
                if proxy.source.startswith("proxies.")
                else "set the right one with 'dockerctl override proxy "
                f"--{proxy.kind.removesuffix('-proxy')} http://HOST:PORT', or take the variable "
                "away",
            )


def _fix(proxy: Proxy) -> str:
    if proxy.source.startswith("proxies."):
        return "dockerctl config unset proxies && dockerctl restart"
    return (
        "set the right one with 'dockerctl override proxy --https URL', or take the variable away"
    )


def _pulls(facts: Facts) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    if journal is None or journal.last is None:
        return ()
    words = ("proxyconnect", "invalid proxy", "proxy address")
    lines = [line for line in journal.last.own if any(word in line for word in words)]
    return tuple(f"journal: {mask_urls(presentable(line))}" for line in lines[-1:])


def _which(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(ProxiesFacts)
    kinds = {proxy.kind for proxy in seen.proxies}
    if kinds == {"http-proxy"}:
        proxy = seen.proxies[0]
        yield info(
            "proxy-only-http",
            "the daemon has a proxy for http, and none for https",
            (f"{proxy.source}: {proxy.url}",),
            "set HTTPS_PROXY for the daemon too, if registries are to be reached through it",
        )
    if not kinds and seen.shell:
        yield info(
            "proxy-only-in-shell",
            "your shell has a proxy, and the daemon has none",
            tuple(f"{name}={value}" for name, value in seen.shell.items()),
            "set it for the daemon, if it needs one",
        )


CHECKS = (
    Check(
        name="proxy-reach",
        needs=(ProxiesFacts,),
        codes=("proxy-unreachable",),
        judge=_reach,
        also=(JournalFacts,),
    ),
    Check(
        name="proxy-form",
        needs=(ProxiesFacts,),
        codes=("proxy-unusable",),
        judge=_form,
        also=(JournalFacts,),
    ),
    Check(
        name="proxy-which",
        needs=(ProxiesFacts,),
        codes=("proxy-only-http", "proxy-only-in-shell"),
        judge=_which,
    ),
)
