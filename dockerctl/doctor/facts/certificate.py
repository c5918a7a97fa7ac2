"""Reading one certificate or key; the library is loaded when there is one to read.

It works with the oldest python3-cryptography that is packaged (38, Debian 12), which has neither
times with a zone nor a reader of more than one certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dockerctl.doctor.facts.seen_file import SeenFile, see_file

if TYPE_CHECKING:
    from cryptography import x509

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.M)
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
# More than any chain; a bundle of all authorities of the world has about 150.
_MOST = 300

NO_LIBRARY = "python3-cryptography is not installed"


@dataclass(frozen=True)
class Certificate:
    """What decides whether the other side takes it (RFC 5280)."""

    subject: str = ""
    issuer: str = ""
    not_before_s: float = 0.0
    not_after_s: float = 0.0
    # Subject alternative names; the common name has not counted for years.
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    # basicConstraints; None without that extension.
    is_ca: bool | None = None
    version: int = 3
    # Whether it may be a server's; True where nothing restricts its use.
    for_servers: bool = True
    for_clients: bool = True


@dataclass(frozen=True)
class CertificateFile:
    """A file of certificates. ``problem`` says why they are not known, "" for one that is not
    there."""

    seen: SeenFile
    certificates: tuple[Certificate, ...] = ()
    problem: str = ""

    @property
    def first(self) -> Certificate | None:
        """The one that the daemon shows."""
        return self.certificates[0] if self.certificates else None


@dataclass(frozen=True)
class KeyFile:
    """A file with a private key, of which nothing is kept."""

    seen: SeenFile
    problem: str = ""
    encrypted: bool = False


@dataclass(frozen=True)
class Read:
    """A file as it was read, with what later comparisons need; not kept in facts."""

    file: CertificateFile
    certificates: tuple[x509.Certificate, ...] = field(default=(), repr=False)


def read_certificates(path: str) -> Read:
    """The certificates of a PEM file."""
    seen = see_file(path, read=True)
    data, seen = seen.data, replace(seen, data=None)
    if data is None:
        return Read(CertificateFile(seen, problem=_why(seen)))
    blocks = _CERTIFICATE.findall(data)[:_MOST]
    if not blocks:
        return Read(CertificateFile(seen, problem="it has no certificate in PEM form"))
    try:
        from cryptography import x509  # noqa: PLC0415  (a tenth of a second)
    except ImportError:
        return Read(CertificateFile(seen, problem=NO_LIBRARY))
    loaded = []
    for block in blocks:
        try:
            loaded.append(x509.load_pem_x509_certificate(block))
        except Exception as error:  # noqa: BLE001  (the library's own errors differ by version)
            if not loaded:
                why = f"its certificate is damaged: {error or type(error).__name__}"
                return Read(CertificateFile(seen, problem=why))
    told = tuple(_tell(certificate) for certificate in loaded)
    return Read(CertificateFile(seen, told), tuple(loaded))


def read_key(path: str) -> tuple[KeyFile, bytes | None]:
    """The key of a PEM file: what is wrong with it, and its public half in DER."""
    seen = see_file(path, read=True)
    data, seen = seen.data, replace(seen, data=None)
    if data is None:
        return KeyFile(seen, _why(seen)), None
    if _ENCRYPTED.search(data):
        return KeyFile(seen, "it is encrypted", encrypted=True), None
    if not _KEY.search(data):
        return KeyFile(seen, "it has no private key in PEM form"), None
    try:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )
    except ImportError:
        return KeyFile(seen, NO_LIBRARY), None
    try:
        key = load_pem_private_key(data[_start(data) :], password=None)
        return KeyFile(seen), _der(key)
    except Exception as error:  # noqa: BLE001  (the library's own errors differ by version)
        return KeyFile(seen, f"its key cannot be read: {type(error).__name__}"), None


def belongs(certificate: x509.Certificate, public: bytes) -> bool:
    """Whether a key is that of the certificate."""
    return _public_der(certificate.public_key()) == public


def is_signed_by(certificate: x509.Certificate, authorities: tuple[x509.Certificate, ...]) -> bool:
    """Whether one of ``authorities`` signed it."""
    return any(
        certificate.issuer == authority.subject and _verifies(certificate, authority)
        for authority in authorities
    )


def _verifies(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415

    key, used = authority.public_key(), certificate.signature_hash_algorithm
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey) and used is not None:
            # PSS is not verified, only told by its name (RFC 4055).
            if certificate.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10":
                return True
            key.verify(signature, signed, padding.PKCS1v15(), used)
        elif isinstance(key, ec.EllipticCurvePublicKey) and used is not None:
            key.verify(signature, signed, ec.ECDSA(used))
    except InvalidSignature:
        return False
    # Of other kinds of keys the names must do.
    return True


def _start(data: bytes) -> int:
    # A file may have parameters of the curve, or the certificate, before the key.
    found = _KEY.search(data)
    return found.start() if found else 0


def _why(seen: SeenFile) -> str:
    if seen.kind == "absent":
        return ""
    return seen.problem or ("it is a link to nothing" if seen.kind == "link" else "it is no file")


def _der(key: object) -> bytes | None:
    public = getattr(key, "public_key", None)
    return _public_der(public()) if callable(public) else None


def _public_der(key: object) -> bytes | None:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
    )

    public_bytes = getattr(key, "public_bytes", None)
    if public_bytes is None:
        return None
    data = public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return data if isinstance(data, bytes) else None


def _tell(certificate: x509.Certificate) -> Certificate:
    names, addresses = _alternative_names(certificate)
    servers, clients = _usages(certificate)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before_s=_seconds(certificate, "not_valid_before"),
        not_after_s=_seconds(certificate, "not_valid_after"),
        names=names,
        addresses=addresses,
        is_ca=_is_ca(certificate),
        version=3 if certificate.version.value == 2 else 1,
        for_servers=servers,
        for_clients=clients,
    )


def _seconds(certificate: x509.Certificate, name: str) -> float:
    # The form with a zone came with 42, the other goes away.
    value: object = getattr(certificate, f"{name}_utc", None) or getattr(certificate, name)
    if not isinstance(value, datetime):
        return 0.0
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _extension(certificate: x509.Certificate, name: str) -> object:
    from cryptography import x509  # noqa: PLC0415

    kind = getattr(x509, name)
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return None


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from cryptography import x509  # noqa: PLC0415

    value = _extension(certificate, "SubjectAlternativeName")
    if not isinstance(value, x509.SubjectAlternativeName):
        return (), ()
    names = tuple(str(name) for name in value.get_values_for_type(x509.DNSName))
    return names, tuple(str(ip) for ip in value.get_values_for_type(x509.IPAddress))


def _is_ca(certificate: x509.Certificate) -> bool | None:
    value = _extension(certificate, "BasicConstraints")
    return None if value is None else bool(getattr(value, "ca", False))


def _usages(certificate: x509.Certificate) -> tuple[bool, bool]:
    from cryptography import x509  # noqa: PLC0415

    value = _extension(certificate, "ExtendedKeyUsage")
    if not isinstance(value, x509.ExtendedKeyUsage):
        return True, True
    any_use = "2.5.29.37.0"
    said = {usage.dotted_string for usage in value}
    server, client = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
    return bool(said & {server, any_use}), bool(said & {client, any_use})
