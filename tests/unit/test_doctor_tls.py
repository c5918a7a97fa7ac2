"""Certificates of every kind of wrong, made for the test with the library that reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dockerctl.doctor.checks import tls_dates, tls_files, tls_names, tls_registries
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.certificate import CertificateFile, read_certificates, read_key
from dockerctl.doctor.facts.certificates import CertificatesFacts, identity
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.seen_file import SeenFile
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import When
from dockerctl.doctor.model import Facts

CHECKS = (*tls_dates.CHECKS, *tls_files.CHECKS, *tls_names.CHECKS, *tls_registries.CHECKS)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
AUTHORITY = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Made:
    """What a certificate says."""

    starts: int = -10
    ends: int = 300
    names: tuple[str, ...] = ("localhost",)
    addresses: tuple[str, ...] = ("127.0.0.1",)
    usage: x509.ObjectIdentifier | None = None

    def pem(self) -> bytes:
        builder = _builder("server", "authority", KEY, self.starts, self.ends)
        others = [
            *map(x509.DNSName, self.names),
            *(x509.IPAddress(ip_address(a)) for a in self.addresses),
        ]
        if others:
            builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
        if self.usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.usage]), critical=False)
        return _signed(builder, AUTHORITY)


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, starts: int, ends: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(NOW + timedelta(days=ends))
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def authority(ends: int = 900, key: ec.EllipticCurvePrivateKey = AUTHORITY) -> bytes:
    builder = _builder("authority", "authority", key, -20, ends)
    return _signed(builder.add_extension(x509.BasicConstraints(True, None), critical=True), key)


def key_pem(key: ec.EllipticCurvePrivateKey = KEY, password: bytes = b"") -> bytes:
    hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        hidden = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


HEALTHY = Made()


def facts(
    folder: Path,
    cert: bytes = b"",
    key: bytes = b"",
    ca: bytes = b"",
    listens: tuple[str, ...] = ("127.0.0.1:2376",),
) -> CertificatesFacts:
    (folder / "cert.pem").write_bytes(cert or HEALTHY.pem())
    (folder / "key.pem").write_bytes(key or key_pem())
    (folder / "ca.pem").write_bytes(ca or authority())
    daemon = identity(*(str(folder / f"{name}.pem") for name in ("cert", "key", "ca")))
    return CertificatesFacts(
        now_s=NOW.timestamp(), daemon=daemon, verifies=True, listens=listens, host_names={}
    )


def judge(seen: CertificatesFacts, active: str = "active") -> list[tuple[str, str, When]]:
    result = "exit-code" if active == "failed" else "success"
    service = UnitFacts("docker.service", {"ActiveState": active, "Result": result})
    parts = (seen, UnitsFacts(service), JournalFacts())
    examination = examine(CHECKS, Facts.of_parts(*parts))
    assert not examination.unseen
    for finding in examination.findings:
        assert finding.code in code_table()
        assert finding.evidence
        assert "\n" not in finding.fix
    return [(f.code, f.severity.value, f.when) for f in examination.findings]


@pytest.mark.parametrize(
    ("cert", "listens"),
    [
        (HEALTHY, ("127.0.0.1:2376",)),
        (HEALTHY, ()),
        (replace(HEALTHY, ends=40), ("0.0.0.0:2376",)),
        (replace(HEALTHY, names=("docker.example.com",), addresses=()), ("192.0.2.7:2376",)),
        (replace(HEALTHY, names=(), addresses=("192.0.2.7",)), ("192.0.2.7:2376",)),
        (replace(HEALTHY, names=("*.example.com",)), ("docker.example.com:2376",)),
        (replace(HEALTHY, names=("localhost",), addresses=()), ("[::1]:2376",)),
        (replace(HEALTHY, usage=ExtendedKeyUsageOID.SERVER_AUTH), ("127.0.0.1:2376",)),
    ],
)
def test_good_certificates(tmp_path: Path, cert: Made, listens: tuple[str, ...]) -> None:
    assert judge(facts(tmp_path, cert.pem(), listens=listens)) == []


@pytest.mark.parametrize(
    ("cert", "code", "severity"),
    [
        (replace(HEALTHY, ends=-1), "tls-expired", "error"),
        (replace(HEALTHY, starts=5), "tls-not-yet-valid", "error"),
        (replace(HEALTHY, ends=10), "tls-expires-soon", "warning"),
        (replace(HEALTHY, ends=25), "tls-expires-soon", "info"),
        (replace(HEALTHY, names=("other.example",), addresses=()), "tls-name-mismatch", "warning"),
        (replace(HEALTHY, names=(), addresses=()), "tls-name-mismatch", "warning"),
        (replace(HEALTHY, usage=ExtendedKeyUsageOID.CLIENT_AUTH), "tls-usage", "warning"),
    ],
)
def test_certificates_that_clients_refuse(
    tmp_path: Path, cert: Made, code: str, severity: str
) -> None:
    assert judge(facts(tmp_path, cert.pem())) == [(code, severity, When.NOW)]


@pytest.mark.parametrize(
    ("file", "data", "code"),
    [
        ("key.pem", key_pem(OTHER), "tls-key-mismatch"),
        ("key.pem", key_pem(password=b"secret"), "tls-key-encrypted"),
        ("key.pem", b"nothing", "tls-file-invalid"),
        ("cert.pem", key_pem(), "tls-file-invalid"),
        ("cert.pem", HEALTHY.pem().replace(b"\nMI", b"\nMA", 1), "tls-file-invalid"),
        ("ca.pem", b" ", "tls-file-invalid"),
    ],
)
@pytest.mark.parametrize(("active", "when"), [("active", When.NEXT_START), ("failed", When.NOW)])
def test_files_that_dockerd_does_not_start_with(
    tmp_path: Path, file: str, data: bytes, code: str, active: str, when: When
) -> None:
    files = {"cert.pem": b"", "key.pem": b"", "ca.pem": b""} | {file: data}
    seen = facts(tmp_path, files["cert.pem"], files["key.pem"], files["ca.pem"])
    assert judge(seen, active) == [(code, "error", when)]


def test_authorities(tmp_path: Path) -> None:
    assert judge(facts(tmp_path, ca=HEALTHY.pem())) == [("tls-ca-unable", "warning", When.NOW)]
    other = facts(tmp_path, ca=authority(key=OTHER))
    assert judge(other) == [("tls-ca-other", "warning", When.NOW)]
    assert judge(facts(tmp_path, ca=authority(ends=-1)))[0][:2] == ("tls-expired", "error")
    # Clients may be of the one that is not over.
    assert judge(facts(tmp_path, ca=authority(ends=-1) + authority())) == []


def test_without_a_port_an_expired_certificate_harms_nobody_yet(tmp_path: Path) -> None:
    seen = facts(tmp_path, replace(HEALTHY, ends=-1).pem(), listens=())
    assert judge(seen) == [("tls-expired", "warning", When.NOW)]


def test_nothing_is_kept_of_a_key(tmp_path: Path) -> None:
    seen = facts(tmp_path)
    assert seen.daemon is not None
    assert seen.daemon.key_fits is True
    assert seen.daemon.signed is True
    assert "PRIVATE" not in repr(seen)
    assert seen.daemon.key.seen.data is None


def test_registries_swarm_and_client(tmp_path: Path) -> None:
    (tmp_path / "x.crt").write_bytes(replace(HEALTHY, ends=-1).pem())
    over = read_certificates(str(tmp_path / "x.crt")).file
    damaged = CertificateFile(SeenFile("/etc/docker/certs.d/r/ca.crt", "file"), (), "it is bad")
    found = CertificatesFacts(
        now_s=NOW.timestamp(),
        registries=(over, damaged),
        incomplete=(("/etc/docker/certs.d/r/c.cert", "/etc/docker/certs.d/r/c.key"),),
        ignored=(replace(over, seen=SeenFile("/etc/docker/certs.d/r/ca.pem", "file")),),
        swarm=over,
        client=identity(str(tmp_path / "x.crt"), str(tmp_path / "none"), str(tmp_path / "no")),
    )
    assert {code for code, _, _ in judge(found)} == {
        "registry-certificate-expired",
        "registry-certificate-ignored",
        "registry-certificate-invalid",
        "registry-pair-incomplete",
        "swarm-certificate-expired",
        "tls-client-expired",
    }
    (tmp_path / "k").write_bytes(key_pem(OTHER))
    (tmp_path / "y.crt").write_bytes(HEALTHY.pem())
    client = identity(str(tmp_path / "y.crt"), str(tmp_path / "k"), str(tmp_path / "no"))
    mismatch = CertificatesFacts(now_s=NOW.timestamp(), client=client)
    assert judge(mismatch) == [("tls-client-mismatch", "warning", When.NOW)]


def test_the_words_of_the_daemon_are_evidence(tmp_path: Path) -> None:
    words = ("tls: private key does not match public key. Make sure the key is not encrypted.",)
    journal = JournalFacts(failed=Run("1"), words=words)
    service = UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"})
    seen = facts(tmp_path, key=key_pem(OTHER))
    found = examine(tls_files.CHECKS, Facts.of_parts(seen, UnitsFacts(service), journal))
    assert f"journal: {words[0]}" in found.findings[0].evidence


def test_what_may_not_be_read_is_told_of(tmp_path: Path) -> None:
    seen = facts(tmp_path)
    assert seen.daemon is not None
    hidden = SeenFile("/etc/docker/tls/cert.pem", "unseen", problem="permission denied")
    certificate = CertificateFile(hidden, problem="permission denied")
    daemon = replace(seen.daemon, certificate=certificate, key_fits=None, signed=None)
    service = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "active"}))
    found = examine(CHECKS, Facts.of_parts(replace(seen, daemon=daemon), service, JournalFacts()))
    assert not found.findings
    assert [name for name, _ in found.unseen] == ["tls-dates", "tls-files"]


def test_files_that_are_no_files(tmp_path: Path) -> None:
    assert read_certificates(str(tmp_path)).file.problem == "it is no file"
    assert read_certificates(str(tmp_path / "none")).file.problem == ""
    assert read_key(str(tmp_path))[0].problem == "it is no file"
