"""The floor: what anyone pays who asks systemd for one property through pydbus.

Written as one usually writes it: ``get`` introspects the object and builds a class for it, and
``.ActiveState`` is one Properties.Get.
"""

from pydbus import SystemBus

unit = SystemBus().get(
    "org.freedesktop.systemd1", "/org/freedesktop/systemd1/unit/docker_2eservice"
)
print(unit.ActiveState)
