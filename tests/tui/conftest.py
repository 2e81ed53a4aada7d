"""The program as a process, in a park folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PARKFLOW = Path(sys.executable).with_name("parkflow")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        said = self.json
        return [item["code"] for item in (said["findings"] if isinstance(said, dict) else said)]


class Program:
    """`parkflow` in one folder, with an empty home."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home

    def __call__(self, *words: object, lang: str = "en", check: bool = True) -> Ended:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "PARKFLOW_LANG": lang,
            "PARKFLOW_BY": "night shift",
        }  # fmt: skip
        run = subprocess.run(
            [PARKFLOW, *map(str, words)],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        ended = Ended(run.returncode, run.stdout, run.stderr)
        assert "Traceback" not in run.stderr
        assert not check or run.returncode == 0, run.stderr
        return ended

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    """A park folder as `init` makes it; copied, never written."""
    folder = tmp_path_factory.mktemp("fresh")
    home = folder / "home"
    home.mkdir()
    Program(folder, home)("init", folder / "park", "--from", "two-facilities")
    return folder / "park"


@pytest.fixture
def program(tmp_path, fresh) -> Program:
    """A fresh park of two facilities with an empty ledger."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(fresh, tmp_path / "park")
    return Program(tmp_path / "park", home)


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Program:
    """The demonstration park; read it, do not write."""
    folder = tmp_path_factory.mktemp("demo")
    home = folder / "home"
    home.mkdir()
    Program(folder, home)("demo", folder / "park", "--from", "two-facilities")
    return Program(folder / "park", home)


@pytest.fixture(scope="session")
def in_folder() -> type[Program]:
    """Makes the program in a folder and home of one's own."""
    return Program
