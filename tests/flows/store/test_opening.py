"""Opening: what is refused at the door, and what every connection rests on."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from flows.errors import Refused
from flows.store import sqlite, tables
from flows.store.events import Draft
from flows.store.repository import Ledger

NOBODY = 65534


def refused_by(call):
    with pytest.raises(Refused) as refused:
        call()
    (found,) = refused.value.findings
    return found


def test_a_ledger_that_is_not_there_is_missing(tmp_path):
    assert refused_by(lambda: Ledger.open(tmp_path / "park.db")).code == "ledger-missing"
    assert refused_by(lambda: Ledger.open(tmp_path)).code == "ledger-missing"
    assert refused_by(lambda: Ledger.upgrade(tmp_path / "park.db")).code == "ledger-missing"
    assert not (tmp_path / "park.db").exists()


@pytest.mark.usefixtures("ledger")
def test_a_ledger_that_is_there_is_not_made_again(path):
    assert refused_by(lambda: Ledger.create(path)).code == "ledger-exists"


def test_a_creation_that_broke_off_can_be_made_again(path):
    path.touch()
    assert refused_by(lambda: Ledger.open(path)).code == "ledger-schema"
    Ledger.create(path).close()
    Ledger.open(path).close()


@pytest.mark.parametrize("content", [b"what,day,value\n" * 100, b"SQLite format 3\0" + b"x" * 500])
def test_a_file_that_is_no_database_is_no_ledger(path, content):
    path.write_bytes(content)
    assert refused_by(lambda: Ledger.open(path)).code == "ledger-schema"
    assert path.read_bytes() == content


def test_another_program_s_database_is_no_ledger(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE event (a)")
    connection.close()
    before = path.read_bytes()
    found = refused_by(lambda: Ledger.open(path))
    assert (found.code, found.params["problem"]) == ("ledger-schema", "foreign")
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", ["0000", "9999"])
@pytest.mark.usefixtures("ledger")
def test_an_older_or_newer_ledger_says_which_it_is(path, version):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.commit()
    connection.close()
    found = refused_by(lambda: Ledger.open(path))
    assert found.code == "ledger-schema"
    assert (found.params["found"], found.params["expected"]) == (version, tables.SCHEMA)


def test_an_upgrade_of_a_ledger_of_today_changes_nothing(ledger, path):
    before = ledger.head()
    ledger.close()
    Ledger.upgrade(path)
    with Ledger.open(path) as again:
        assert again.head() == before


@pytest.fixture
def older(path):
    """A ledger that the first schema made: three events, one of them a correction."""
    connection = sqlite3.connect(path)
    script = Path(__file__).with_name("ledger-0001.sql").read_text(encoding="utf-8")
    connection.executescript(script)
    connection.close()
    return path


def test_a_ledger_of_the_first_schema_says_so_and_is_left_as_it_is(older):
    before = older.read_bytes()
    found = refused_by(lambda: Ledger.open(older, readonly=True))
    assert (found.code, found.params["found"]) == ("ledger-schema", "0001")
    assert older.read_bytes() == before


def test_an_upgraded_ledger_has_the_same_chain_and_takes_what_is_new(older):
    digest = "f27e0a32da0d91c762b19396f54f07cd2d5ddbe21ce4a244ed8260d11d8aa5fe@3"
    Ledger.upgrade(older)
    with Ledger.open(older, clock=lambda: 0) as ledger:
        assert ledger.audit_against(digest).sound
        assert ledger.head() == digest
        assert [item.value for item in ledger.observations()] == [10.0, 3.0, 11.5]
        park = ledger.park_in_force().park_hash
        ledger.append(Draft("note", "root", park, topic="remark", text="scale calibrated"))
        assert ledger.audit_against(digest).events == 4


def test_every_connection_is_durable_and_minds_its_keys(ledger):
    with ledger.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.usefixtures("ledger")
def test_a_copy_that_lost_the_mode_gets_it_back(path, tmp_path):
    copy = tmp_path / "copy.db"
    connection = sqlite3.connect(path)
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    with Ledger.open(copy, readonly=True) as restored:
        assert restored.audit().sound
    with Ledger.open(copy) as restored, restored.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.usefixtures("ledger")
def test_a_ledger_opened_for_reading_takes_nothing(path, amount, park_hash):
    draft = Draft("submission", "root", park_hash, [amount()])
    with Ledger.open(path, readonly=True, clock=lambda: 1) as reader:
        assert refused_by(lambda: reader.append(draft)).code == "ledger-readonly"
        with pytest.raises(Refused, match="ledger-readonly"), reader.reading() as connection:
            connection.exec_driver_sql("CREATE TABLE more (a)")


PROGRAM = """
import os, sys
from pathlib import Path
from flows.errors import Refused
from flows.store.repository import Ledger
if os.geteuid() == 0:
    os.setgid({nobody}); os.setuid({nobody})
try:
    {call}
except Refused as refused:
    print(refused.findings[0].code)
"""


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "call"),
    [
        (0o444, 0o755, "Ledger.open(Path(sys.argv[1]))"),
        (0o644, 0o555, "Ledger.open(Path(sys.argv[1]))"),
        (0o644, 0o555, "Ledger.create(Path(sys.argv[1]).with_name('new.db'))"),
        (0o200, 0o755, "Ledger.open(Path(sys.argv[1]), readonly=True)"),
        (0o644, 0o000, "Ledger.open(Path(sys.argv[1]), readonly=True)"),
    ],
)
def test_a_file_or_folder_without_the_right_to_it_is_said_to_be_so(
    ledger, path, file_mode, folder_mode, call
):
    ledger.close()
    assert _without_rights(path, file_mode, folder_mode, call) == "ledger-readonly"


def test_whoever_may_only_read_can_read_and_audit_and_nothing_is_left_behind(ledger, path):
    head = ledger.head()
    ledger.close()
    call = (
        "ledger = Ledger.open(Path(sys.argv[1]), readonly=True)\n"
        "    print(ledger.audit().head, os.listdir(Path(sys.argv[1]).parent))"
    )
    assert _without_rights(path, 0o444, 0o555, call) == f"{head} ['{path.name}']"


def _without_rights(path, file_mode, folder_mode, call):
    """What the program prints that may do with file and folder only what their modes say."""
    # as root nothing is read-only: the program gives up its rights, and needs a way in
    if os.geteuid() == 0:
        for folder in path.parents:
            if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
                folder.chmod(0o711)
        os.chown(path, NOBODY, NOBODY)
        os.chown(path.parent, NOBODY, NOBODY)
    path.chmod(file_mode)
    path.parent.chmod(folder_mode)
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(nobody=NOBODY, call=call), path],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        path.parent.chmod(0o755)
    return done.stdout.strip()


MOUNTS = """\
/dev/vda / ext4 rw 0 0
nas:/export /mnt/park nfs4 rw 0 0
//nas/share /mnt/with\\040space cifs rw 0 0
/dev/vdb /mnt/park/local ext4 rw 0 0
me@host: /home/me/remote fuse.sshfs rw 0 0
portal /run/user/doc fuse.portal rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "filesystem"),
    [
        ("/var/park.db", ""),
        ("/mnt/park/park.db", "nfs4"),
        ("/mnt/parking/park.db", ""),
        ("/mnt/with space/a/park.db", "cifs"),
        ("/mnt/park/local/park.db", ""),
        ("/home/me/remote/park.db", "fuse.sshfs"),
        ("/run/user/doc/park.db", ""),
    ],
)
def test_a_network_share_is_told_from_a_local_disk(path, filesystem):
    assert sqlite.share_of(Path(path), MOUNTS) == filesystem


def test_a_ledger_on_a_network_share_is_refused(tmp_path, monkeypatch, path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"nas:/export {tmp_path} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(sqlite, "_MOUNTS", mounts)
    found = refused_by(lambda: Ledger.create(path))
    assert (found.code, found.params["filesystem"]) == ("ledger-network-share", "nfs4")
    assert not path.exists()


@pytest.mark.usefixtures("ledger")
def test_a_ledger_made_by_the_migrations_is_what_the_tables_declare(path):
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
        made = dict(
            connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')"
                " AND sql IS NOT NULL AND name <> 'alembic_version'"
            ).all()
        )
    engine.dispose()
    declared = sqlite3.connect(":memory:")
    scratch = create_engine("sqlite://", creator=lambda: declared)
    tables.METADATA.create_all(scratch)
    wanted = dict(
        declared.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    )
    scratch.dispose()

    def plain(sql):
        # of no matter: the order of the constraints, and that a later column adds no line
        lines = re.sub(r", (?=\w+ TEXT DEFAULT)", ",\n", sql).splitlines()
        return sorted(part.strip(" ,\t") for part in lines)

    assert {name: plain(sql) for name, sql in made.items()} == {
        name: plain(sql) for name, sql in wanted.items()
    }


def test_the_newest_migration_is_the_schema_that_opening_expects():
    folder = Path(tables.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == tables.SCHEMA


@pytest.mark.usefixtures("ledger")
def test_opening_and_recording_do_not_load_alembic(path):
    program = (
        "import sys; from pathlib import Path; from flows.store.repository import Ledger\n"
        "ledger = Ledger.open(Path(sys.argv[1]), clock=lambda: 1)\n"
        "ledger.append_park('x', authenticated='me'); ledger.rows()\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
