"""Reading a service together with the socket that starts it."""

from __future__ import annotations

from dockerctl.health.model import Units
from dockerctl.systemd.model import Service, Socket
from dockerctl.systemd.port import Manager


def read_units(manager: Manager, unit: str) -> Units:
    """The service ``unit`` and its socket, as systemd has them now."""
    service = manager.service(unit)
    return Units(service, _socket_of(manager, service))


def _socket_of(manager: Manager, service: Service) -> Socket | None:
    named = next((unit for unit in service.triggered_by if unit.endswith(".socket")), None)
    if named is not None:
        return manager.socket(named)
    # A masked or missing unit has no relations; its socket is known by the name alone
    # (systemd.socket(5): without Service= the service of the same name is started).
    if service.fragment_path and not service.masked:
        return None
    socket = manager.socket(service.name.removesuffix(".service") + ".socket")
    return socket if socket.exists else None
