"""The steps at which systemd can fail between fork and the daemon (systemd.exec(5), "Process exit
codes"; src/basic/exit-status.c). The status is the main process's, and no line of the daemon
exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A step by its exit status: its name, the settings behind it, and the code of its finding."""

    name: str
    settings: str
    code: str


_OTHER = "unit-setup-failed"

STEPS: Mapping[int, Step] = {
    200: Step("CHDIR", "WorkingDirectory=", "path-missing"),
    201: Step("NICE", "Nice=", _OTHER),
    202: Step("FDS", "the file descriptors that are passed on", _OTHER),
    203: Step("EXEC", "ExecStart=", "program-missing"),
    204: Step("MEMORY", "memory", _OTHER),
    205: Step("LIMITS", "a Limit…= setting", _OTHER),
    206: Step("OOM_ADJUST", "OOMScoreAdjust=", _OTHER),
    207: Step("SIGNAL_MASK", "the signal mask", _OTHER),
    208: Step("STDIN", "StandardInput=", "output-not-to-be-opened"),
    209: Step("STDOUT", "StandardOutput=", "output-not-to-be-opened"),
    210: Step("CHROOT", "RootDirectory=", "path-missing"),
    211: Step("IOPRIO", "IOSchedulingPriority=", _OTHER),
    212: Step("TIMERSLACK", "TimerSlackNSec=", _OTHER),
    213: Step("SECUREBITS", "SecureBits=", _OTHER),
    214: Step("SETSCHEDULER", "CPUSchedulingPolicy=", _OTHER),
    215: Step("CPUAFFINITY", "CPUAffinity=", _OTHER),
    216: Step("GROUP", "Group=", "account-missing"),
    217: Step("USER", "User=", "account-missing"),
    218: Step("CAPABILITIES", "CapabilityBoundingSet= or AmbientCapabilities=", _OTHER),
    219: Step("CGROUP", "the control group", _OTHER),
    220: Step("SETSID", "the session", _OTHER),
    221: Step("CONFIRM", "the confirmation at boot", _OTHER),
    222: Step("STDERR", "StandardError=", "output-not-to-be-opened"),
    224: Step("PAM", "PAMName=", _OTHER),
    225: Step("NETWORK", "PrivateNetwork= or NetworkNamespacePath=", _OTHER),
    226: Step("NAMESPACE", "a setting for its view of the files, such as ReadWritePaths=",
              "path-missing"),
    227: Step("NO_NEW_PRIVILEGES", "NoNewPrivileges=", _OTHER),
    228: Step("SECCOMP", "SystemCallFilter= or another filter of system calls", _OTHER),
    229: Step("SELINUX_CONTEXT", "SELinuxContext=", _OTHER),
    230: Step("PERSONALITY", "Personality=", _OTHER),
    231: Step("APPARMOR_PROFILE", "AppArmorProfile=", _OTHER),
    232: Step("ADDRESS_FAMILIES", "RestrictAddressFamilies=", _OTHER),
    233: Step("RUNTIME_DIRECTORY", "RuntimeDirectory=", _OTHER),
    235: Step("CHOWN", "the owner of a file", _OTHER),
    236: Step("SMACK_PROCESS_LABEL", "SmackProcessLabel=", _OTHER),
    237: Step("KEYRING", "KeyringMode=", _OTHER),
    238: Step("STATE_DIRECTORY", "StateDirectory=", _OTHER),
    239: Step("CACHE_DIRECTORY", "CacheDirectory=", _OTHER),
    240: Step("LOGS_DIRECTORY", "LogsDirectory=", _OTHER),
    241: Step("CONFIGURATION_DIRECTORY", "ConfigurationDirectory=", _OTHER),
    242: Step("NUMA_POLICY", "NUMAPolicy=", _OTHER),
    243: Step("CREDENTIALS", "LoadCredential= or SetCredential=", _OTHER),
    245: Step("BPF", "RestrictFileSystems= or another filter of the kernel", _OTHER),
}  # fmt: skip
