"""The files of the package that must agree with each other and with the code."""

import os
import re
from pathlib import Path

import dockerctl

TOP = Path(__file__).parents[2]
PACKAGING = TOP / "packaging"


def control_field(name: str) -> set[str]:
    """The package names in a field, without versions."""
    text = (PACKAGING / "deb/control").read_text()
    match = re.search(rf"^{name}:((?:.*\n)(?: .*\n)*)", text, re.MULTILINE)
    assert match is not None
    return {item.split()[0] for item in re.split(r"[,|]", match.group(1)) if item.strip()}


def system_packages() -> set[str]:
    lines = (PACKAGING / "dev/system-packages.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_changelog_and_program_have_the_same_version() -> None:
    first = (PACKAGING / "deb/changelog").read_text().splitlines()[0]
    assert first.startswith(f"dockerctl ({dockerctl.__version__}-1) ")


def test_package_depends_on_the_distributions_own_libraries() -> None:
    wanted = {"pydbus", "gi", "typer", "psutil", "tenacity"}
    assert {f"python3-{name}" for name in wanted} | {"python3"} <= control_field("Depends")


def test_build_dependencies_are_installed_by_the_makefile() -> None:
    wanted = control_field("Build-Depends") - {"debhelper-compat", "dh-sequence-python3"}
    assert wanted | {"debhelper", "dh-python"} <= system_packages()


def test_installed_command_runs_isolated() -> None:
    command = PACKAGING / "bin/dockerctl"
    assert command.read_text().splitlines()[0] == "#!/usr/bin/python3 -I"
    assert os.access(command, os.X_OK)


def test_scripts_are_executable() -> None:
    for script in (PACKAGING / "dev").iterdir():
        is_script = script.suffix != ".txt"
        assert os.access(script, os.X_OK) == is_script, script
        assert script.read_text().startswith("#!/bin/bash\n") == is_script, script
