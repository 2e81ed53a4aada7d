"""The wheel, built from the sdist, holds the four packages with their data and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")

    def build(target: str, source: Path) -> Path:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
            cwd=source, check=True, capture_output=True,
        )  # fmt: skip
        return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)

    sdist = build("sdist", ROOT)
    with tarfile.open(sdist) as archive:
        # Python 3.11 before its fourth patch has no filters, and 3.12 warns without one.
        guarded = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder / "unpacked", **guarded)  # noqa: S202  our own sdist
    (source,) = (folder / "unpacked").iterdir()
    return zipfile.ZipFile(build("wheel", source))


def test_the_wheel_owns_exactly_four_names(wheel):
    names = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {
        "flows", "facilities", "reports", "tui",
    }  # fmt: skip


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    inside = set(wheel.namelist())
    for package in ("flows", "facilities", "reports", "tui"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in inside


def test_the_wheel_carries_no_tests(wheel):
    assert not [name for name in wheel.namelist() if "test" in name.lower()]
