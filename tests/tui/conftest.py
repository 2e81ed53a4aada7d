"""The program as a process, in a park folder of its own."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def commands() -> Any:
    """The process that this worker's commands come from."""
    spec = importlib.util.spec_from_file_location("forking", Path(__file__).with_name("forking.py"))
    assert spec
    assert spec.loader
    forking = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(forking)
    started = forking.Commands()
    atexit.register(started.close)
    return started


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
        with tempfile.TemporaryDirectory() as streams:
            out, err = Path(streams, "out"), Path(streams, "err")
            code = commands().run([str(word) for word in words], self.folder, environment, out, err)
            ended = Ended(code, out.read_text("utf-8"), err.read_text("utf-8"))
        assert "Traceback" not in ended.err
        assert not check or code == 0, ended.err
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
