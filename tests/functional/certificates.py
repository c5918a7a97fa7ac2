"""Certificates for TLS tests, made anew with the ``openssl`` program: none is kept to expire."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OPENSSL = shutil.which("openssl")

_CONFIG = """\
[req]
distinguished_name = name
[name]
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any_name
unique_subject = no
[any_name]
commonName = supplied
[authority_cert]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[server]
subjectAltName = DNS:docker.example,DNS:localhost,IP:127.0.0.1,IP:::1
extendedKeyUsage = serverAuth
[elsewhere]
subjectAltName = DNS:elsewhere.example
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
"""

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
_VALID = ("20200101000000Z", "20991231000000Z")
_OVER = ("20200101000000Z", "20200102000000Z")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    cert: str
    key: str


@dataclass(frozen=True)
class Certificates:
    """``ca`` signed all of them but ``stranger``, which ``other_ca`` signed."""

    ca: str
    other_ca: str
    server: Pair
    expired: Pair
    elsewhere: Pair
    client: Pair
    stranger: Pair
    encrypted_key: str
    """The client's key, behind a password."""


def make_certificates(folder: Path) -> Certificates:
    """Make them all in ``folder``, which takes about half a second."""
    ca = _authority(folder / "ca")
    other = _authority(folder / "other")
    client = _certificate(ca, "client", "client", _VALID)
    encrypted = folder / "encrypted.pem"
    _openssl(
        folder, "pkey", "-in", client.key, "-aes256", "-passout", "pass:secret", "-out", encrypted
    )
    return Certificates(
        ca=str(ca / "ca.pem"),
        other_ca=str(other / "ca.pem"),
        server=_certificate(ca, "server", "server", _VALID),
        expired=_certificate(ca, "expired", "server", _OVER),
        elsewhere=_certificate(ca, "elsewhere", "elsewhere", _VALID),
        client=client,
        stranger=_certificate(other, "stranger", "client", _VALID),
        encrypted_key=str(encrypted),
    )


def _authority(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config").write_text(_CONFIG)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    _openssl(
        folder,
        *("req", "-x509", *_KEY, "-nodes", "-config", "config", "-extensions", "authority_cert"),
        *("-subj", f"/CN={folder.name}", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem"),
    )
    return folder


def _certificate(authority: Path, name: str, section: str, dates: tuple[str, str]) -> Pair:
    key, cert, asked = (authority / f"{name}.{ending}" for ending in ("key", "pem", "csr"))
    _openssl(
        authority,
        *("req", "-new", *_KEY, "-nodes", "-config", "config", "-subj", f"/CN={name}"),
        *("-keyout", key, "-out", asked),
    )
    # "ca" and not "x509 -req": only it takes both dates in every version of openssl.
    _openssl(
        authority,
        *("ca", "-batch", "-notext", "-config", "config", "-cert", "ca.pem", "-keyfile", "ca.key"),
        *("-extensions", section, "-startdate", dates[0], "-enddate", dates[1]),
        *("-in", asked, "-out", cert),
    )
    return Pair(str(cert), str(key))


def _openssl(folder: Path, *arguments: str | Path) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)
