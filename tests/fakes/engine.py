"""What a healthy engine says of itself."""

from __future__ import annotations

from dockerctl.docker.answers import EngineInfo


def info(*, running: int = 0, live_restore: bool = False) -> EngineInfo:
    """The answer to /info of a daemon with ``running`` containers."""
    return EngineInfo(
        server_version="28.5.2",
        containers=running,
        containers_running=running,
        live_restore=live_restore,
        swarm_state="inactive",
        debug=False,
        data_root="/var/lib/docker",
        storage_driver="overlay2",
        logging_driver="json-file",
        cgroup_driver="systemd",
        default_runtime="runc",
        warnings=(),
    )
