"""What the lab raises."""


class LabError(Exception):
    """The lab cannot do what was asked; the text says why and, where known, what to do."""


class HostError(LabError):
    """A host did not boot, is not running, or a checked command in it failed."""
