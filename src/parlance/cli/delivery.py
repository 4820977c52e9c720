"""Files on their way into a knowledge base: sent a few at a time, then watched until the server has read them."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Protocol
from urllib.parse import urlencode

from parlance.cli.client import Client
from parlance.cli.exits import Exit, Failure
from parlance.cli.folder import Found, opened
from parlance.cli.folder_outcome import Sent, Told, outcome
from parlance.cli.folder_plan import Gone, Removal
from parlance.cli.pages import PREFIX
from parlance.cli.patience import is_away, patiently

AT_ONCE = 4
FIRST, TURNS = 4, 4
"""Documents asked after at a time: the first, as the server reads them about in the order in which they came, and as
many of the others in turn, as a slow one holds up nobody behind it."""
POLL_SECONDS = 0.5
REDRAW_SECONDS = 0.1
PIECE = 256 * 1024
TOO_LARGE = 413
READY = "/ready"
SENDING, READING = "sending files ({})", "reading documents ({})"
FATAL = (Exit.UNREACHABLE, Exit.NOT_PERMITTED, Exit.MISSING)
"""What ends everything: without the server, the leave to write or the base, no other file can do better."""


class Shown(Protocol):
    """Who is told how far it is."""

    def moved(self, doing: str, done: int, total: int, counted: bool = False) -> None:
        """So many bytes of all are done, or so many documents where they are `counted`."""
        ...

    def settled(self, told: Told) -> None:
        """A file has come to its end."""
        ...


class Delivery:
    """One folder's way. `sent` are the documents that the server has got, `told` what became of files."""

    def __init__(self, client: Client, base: str, folder: str, shown: Shown) -> None:
        """`folder` is what the base calls it."""
        self._client, self._base, self._folder, self._shown = client, base, folder, shown
        self._stop = Event()
        self._passing: dict[str, int] = {}
        self._sent_bytes = 0
        self._later: list[Found] = []
        self.sent: list[Sent] = []
        self.told: list[Told] = []

    def send(self, files: Sequence[Found]) -> None:
        """Send files. What the server refuses is told; raises Failure where it would refuse all. What alone came to
        nothing on the way is sent once more at the end. Interrupted, it sends no further byte."""
        self._sent_bytes, total = 0, sum(file.size for file in files)
        doing = SENDING.format(len(files))

        def draw() -> None:
            # Of all files, also while some are sent once more: whoever watches sees one way, and no second one begin.
            self._shown.moved(doing, self._sent_bytes + sum([*self._passing.values()]), total)

        self._send(files, self._put_off, draw)
        later, self._later = self._later, []
        self._send(later, self._refused, draw)

    def _send(
        self, files: Sequence[Found], astray: Callable[[Found, Failure], object], draw: Callable[[], object]
    ) -> None:
        """Send files; `astray` is told of those that did not reach a server that is there, `draw` shows how far it
        is."""
        ended: SimpleQueue[Future[Any]] = SimpleQueue()
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            going = {pool.submit(self._upload, file): file for file in files}
            for future in going:
                future.add_done_callback(ended.put)
            while going:
                # A wait that ends with nothing is there to draw what went on.
                with contextlib.suppress(Empty):
                    future = ended.get(timeout=REDRAW_SECONDS)
                    self._taken(going.pop(future), future, astray)
                draw()
        except BaseException:
            self._stop.set()
            pool.shutdown(cancel_futures=True)
            self.sent += [_sent(going[each], each) for each in going if _arrived(each)]
            raise
        pool.shutdown()

    def follow(self, left: deque[Sent]) -> None:
        """Wait until documents are ready or failed. Raises Failure when the server goes away."""
        total = len(left)
        while left:
            done = self.advance(left)
            # Not in bytes: a page of a scan takes longer to read than a megabyte of text.
            self._shown.moved(READING.format(total), total - len(left), total, counted=True)
            if not done:
                time.sleep(POLL_SECONDS)

    def advance(self, left: deque[Sent]) -> bool:
        """Ask after the first few documents and after the next in turn of the others, and take out those that are ready
        or failed; gives whether any was. Raises Failure when the server goes away."""
        first, others = list[Sent](), list[Sent]()
        asked = min(FIRST + TURNS, len(left))
        for number in range(asked):
            told = self._state(left[0])
            sent = left.popleft()
            if told is None:
                (first if number < FIRST else others).append(sent)
            else:
                self._settle(told)
        left.extendleft(reversed(first))
        left.extend(others)
        return len(first) + len(others) < asked

    def retry(self, documents: Sequence[Sent]) -> list[Sent]:
        """Have documents read once more that failed or have no word; gives those that are. Raises Failure where nothing
        more can be done."""
        going = []
        for each in documents:
            operation = "documents.recut" if each.anew else "documents.retry"
            refusal = self._refusal(operation, {"document": each.document})
            if refusal is None:
                going.append(each)
            else:
                self._settle(Told(each.name, "failed", refusal.message, each.document))
        return going

    def move(self, moves: Sequence[tuple[Gone, Found]]) -> None:
        """Call documents by the paths that their files have now. Raises Failure where nothing more can be done."""
        for gone, file in moves:
            body = {"document": gone.document, "folder": self._folder, "path": file.name}
            refusal = self._refusal("documents.move_file", body)
            told = Told(file.name, "renamed", f"from {gone.name}", gone.document)
            self._settle(told._replace(outcome="failed", reason=refusal.message) if refusal else told)

    def remove(self, gone: Sequence[Gone], stays: Removal) -> None:
        """Remove documents of the folder, but for those that must stay after all. Raises Failure where nothing more
        can be done."""
        for each in gone:
            reason = self._let_go(each, stays)
            self._settle(Told(each.name, "kept" if reason else "removed", reason, each.document))

    def replace(self, versions: Sequence[Gone], stays: Removal) -> frozenset[str]:
        """Remove versions of files whose next one is there; gives the names of those files. Raises Failure where
        nothing more can be done."""
        names = set()
        for each in versions:
            reason = self._let_go(each, stays)
            if reason:
                self._settle(Told(each.name, "kept", reason, each.document))
            else:
                names.add(each.name)
        return frozenset(names)

    def _let_go(self, gone: Gone, stays: Removal) -> str:
        """Remove a document; gives why it stays, where it does."""
        reason = stays(gone)
        if not reason:
            refusal = self._refusal("documents.remove_file", {"document": gone.document, "folder": self._folder})
            reason = refusal.message if refusal and refusal.exit_code != Exit.MISSING else ""
        return reason

    def _refusal(self, operation: str, body: dict[str, str]) -> Failure | None:
        """What the server says against it, of this document. Raises Failure where it would say so of all."""
        try:
            self._client.ask("POST", f"{PREFIX}/{operation}", body)
        except Failure as failure:
            if failure.exit_code in (Exit.UNREACHABLE, Exit.NOT_PERMITTED) or self._is_gone(failure):
                raise
            return failure
        return None

    def _state(self, sent: Sent) -> Told | None:
        try:
            query = urlencode({"document": sent.document})
            return outcome(sent, self._client.ask("GET", f"{PREFIX}/documents.read?{query}"))
        except Failure as failure:
            if failure.exit_code != Exit.MISSING:
                raise
            return Told(sent.name, "failed", "Somebody deleted it while it was being read.", sent.document)

    def _settle(self, told: Told) -> None:
        self.told.append(told)
        self._shown.settled(told)

    def _taken(self, file: Found, future: Future[Any], astray: Callable[[Found, Failure], object]) -> None:
        self._passing.pop(file.name, None)
        self._sent_bytes += file.size
        try:
            self.sent.append(_sent(file, future))
        except Failure as failure:
            if failure.exit_code in FATAL or self._is_gone(failure):
                raise
            (astray if is_away(failure) else self._refused)(file, failure)

    def _put_off(self, file: Found, failure: Failure) -> None:
        self._sent_bytes -= file.size
        self._later.append(file)

    def _refused(self, file: Found, failure: Failure) -> None:
        large = failure.status == TOO_LARGE
        self._settle(Told(file.name, "skipped" if large else "failed", failure.message))

    def _is_gone(self, failure: Failure) -> bool:
        """Whether it is the server itself that is not there. A proxy says so also of a single request that it does not
        let through: the server is asked whether it takes work."""
        if not is_away(failure):
            return False
        try:
            self._client.ask("GET", READY)
        except Failure:
            return True
        return False

    def _upload(self, file: Found) -> Any:
        """The document that a file became. Comes again when the server says when. Raises Failure."""
        query = urlencode({"base": self._base, "folder": self._folder, "path": file.name})
        path = f"{PREFIX}/documents.upload?{query}"
        return patiently(lambda: self._client.send(path, self._pieces(file), file.size), self._stop.wait)

    def _pieces(self, file: Found) -> Iterator[bytes]:
        """As many bytes as were announced, or Failure."""
        left, self._passing[file.name] = file.size, 0
        try:
            with opened(file.path) as content:
                while left and not self._stop.is_set():
                    piece = content.read(min(PIECE, left))
                    if not piece:
                        break
                    left -= len(piece)
                    yield piece
                    self._passing[file.name] = file.size - left
        except OSError as error:
            raise Failure(f"Cannot be read: {error.strerror}.") from None
        if left:
            raise Failure("It became shorter while it was sent. Run the same command again.")


def _sent(file: Found, future: Future[Any]) -> Sent:
    document = future.result()
    return Sent(file.name, document["id"], file.size, known=bool(document.get("duplicate")))


def _arrived(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
