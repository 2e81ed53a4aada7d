"""The desk: one thread that holds the park and its ledger, and answers what screens ask."""

from __future__ import annotations

import gc
import itertools
import logging
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.errors import LedgerError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flows.findings import Finding
    from tui.session import Session

log = logging.getLogger("parkflow")

#: Seconds between two looks whether somebody else has written to the ledger.
POLL = 2.0

#: Order of jobs that wait: what people enter goes before what they look at.
SAVE, SHEET, LOOK = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a job.

    Attributes:
        tag: Of the job.
        value: What it returned, or None where it failed.
        findings: Why it was refused.
        message: What went wrong beyond findings, or "".
    """

    tag: str
    value: Any = None
    findings: tuple[Finding, ...] = ()
    message: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return bool(self.findings or self.message)


@dataclass(order=True)
class _Job:
    urgency: int
    number: int
    tag: str = field(compare=False)
    work: Callable[[Any], Any] = field(compare=False)
    reply: Callable[[Answer], object] = field(compare=False)
    early: bool = field(default=False, compare=False)


class Desk:
    """Opens the park when first asked, and again after it was lost.

    One thread does all of it, so that nothing of the session is ever used by two. It touches no
    widget: answers leave by the callables that come with the jobs.

    Args:
        folder: Of the park.
        readonly: Never write.
        changed: Called with the ledger's head when somebody has written to it.
        lost: Called with the answer that failed when the ledger cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        readonly: bool,
        changed: Callable[[str], object],
        lost: Callable[[Answer], object],
    ) -> None:
        self.folder = folder
        self.readonly = readonly
        self._changed = changed
        self._lost = lost
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._latest: dict[str, int] = {}
        self._since: float | None = None
        self._session: Session | None = None
        self._head = ""
        self._stamp: tuple[object, ...] = ()
        self._away = False
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> float:
        """Seconds that the job at work has taken, or 0."""
        since = self._since
        return time.monotonic() - since if since is not None else 0.0

    @property
    def pressing(self) -> bool:
        """Whether something waits that is more than a look: a long look gives way to it."""
        with self._jobs.mutex:
            return bool(self._jobs.queue) and self._jobs.queue[0].urgency < LOOK

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def ask(
        self,
        tag: str,
        work: Callable[[Session], Any],
        reply: Callable[[Answer], object],
        *,
        urgency: int = LOOK,
    ) -> None:
        """Have something done with the session; of one tag only the newest job is done.

        Saves (`SAVE`) are all done, one after the other.
        """
        number = next(self._numbers)
        if urgency != SAVE:
            self._latest[tag] = number
        self._jobs.put(_Job(urgency, number, tag, work, reply))

    def look(
        self, tag: str, work: Callable[[Path], Any], reply: Callable[[Answer], object]
    ) -> None:
        """Have something read from the folder before the session is loaded.

        The answer has no value where that cannot be done: then the session has to say why.
        """
        number = self._latest[tag] = next(self._numbers)
        self._jobs.put(_Job(SHEET, number, tag, work, reply, early=True))

    def stop(self, seconds: float = 5.0) -> None:
        """End after the jobs that save; waits for them."""
        self.ask("stop", _stop, _ignore, urgency=SAVE)
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=POLL)
            except queue.Empty:
                self._poll()
                continue
            if job.work is _stop:
                break
            if job.urgency != SAVE and self._latest.get(job.tag) != job.number:
                continue
            self._since = time.monotonic()
            answer = self._early(job) if job.early else self._answer(job)
            self._since = None
            job.reply(answer)
            if job.early:
                continue
            if not gc.isenabled():
                # switched off for the start; what was loaded by now is never looked through again
                gc.freeze()
                gc.enable()
            self._poll()
        if self._session is not None:
            self._session.ledger.close()

    def _answer(self, job: _Job) -> Answer:
        try:
            return Answer(job.tag, job.work(self._open()))
        except Refused as refused:
            log.info("%s refused: %s", job.tag, refused)
            return Answer(job.tag, findings=refused.findings)
        except (LedgerError, OSError) as error:
            log.warning("%s failed: %s", job.tag, error)
            self._drop()
            self._away = True
            return Answer(job.tag, message=str(error))
        except Exception as error:
            # the screen must outlive a mistake of a job, and say that there was one
            log.exception("unforeseen in %s", job.tag)
            return Answer(job.tag, message=f"{type(error).__name__}: {error}")

    def _early(self, job: _Job) -> Answer:
        if self._session is not None or self._away:
            return Answer(job.tag)
        try:
            return Answer(job.tag, job.work(self.folder))
        except Exception as error:  # noqa: BLE001  whatever it is, the session meets it next
            log.info("no first look: %s", error)
            return Answer(job.tag)

    def _open(self) -> Session:
        if self._session is None:
            from tui.session import Session

            try:
                self._session = Session.open(self.folder, readonly=self.readonly)
            except Refused:
                self._away = True
                raise
            # Before the first job reads: what somebody writes meanwhile is news after it.
            self._head = self._head or self._session.ledger.head()
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            self._session.ledger.close()
            self._session = None

    def _poll(self) -> None:
        """Look for what others wrote; the files' times are asked before the ledger is."""
        if self._session is None and not self._away:
            return
        stamp = self._files()
        if stamp == self._stamp and not self._away:
            return
        try:
            if stamp[0] is None:
                self._drop()
            head = self._open().ledger.head()
        except Refused as refused:
            self._gone(Answer("poll", findings=refused.findings))
            return
        except Exception as error:  # noqa: BLE001  a lost ledger is said and asked for again
            self._gone(Answer("poll", message=str(error)))
            return
        news = self._away or (self._head and head != self._head)
        self._stamp, self._head, self._away = stamp, head, False
        if news:
            self._changed(head)

    def _gone(self, answer: Answer) -> None:
        self._drop()
        self._away = True
        self._lost(answer)

    def _files(self) -> tuple[object, ...]:
        found: list[object] = []
        for name in ("park.db", "park.db-wal"):
            try:
                status = (self.folder / name).stat()
                found.append((status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                found.append(None)
        return tuple(found)


def _stop(session: Session) -> None:
    """Stand-in for a job: the thread ends."""


def _ignore(answer: Answer) -> None:
    """Nobody waits for it."""
