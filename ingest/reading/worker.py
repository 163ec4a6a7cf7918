"""The process that files are read in: `python -m ingest.reading.worker`, owned by ``Readers``.

Requests come in on standard input and replies go out on what was standard output, each a
length of four bytes and so much JSON. Whatever libraries print goes to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from ingest.reading import limits
from ingest.reading.documents import parts_of, read_part, shown_name
from ingest.reading.kinds import broken
from ingest.reading.results import (
    LENGTH,
    Begun,
    Ended,
    FileRead,
    FileRefused,
    Finished,
    Progress,
    Ready,
    Reply,
    Request,
)
from knowledge.errors import UnreadableError

_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)


def main() -> int:
    """Read files until standard input ends."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    requests, replies = _private_pipes()
    confine()
    worker = _Worker(replies)
    worker.send(Ready())
    while (request := _next(requests)) is not None:
        _die_with_owner(requests, True)
        exhausted = worker.serve(request)
        # The next request may come as soon as this is said.
        _die_with_owner(requests, False)
        worker.send(Finished(exhausted))
    return 0


def confine() -> None:
    """Bound what a file can make this process take: memory, files, dumps.

    Where the system knows no such limits, the owner's patience is the only one.
    """
    try:
        import resource
    except ImportError:
        return
    bounds = {
        resource.RLIMIT_AS: limits.MEMORY,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.WRITTEN,
        resource.RLIMIT_NOFILE: limits.OPEN_FILES,
    }
    for which, bound in bounds.items():
        hard = resource.getrlimit(which)[1]
        allowed = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        try:
            resource.setrlimit(which, (allowed, allowed))
        except (OSError, ValueError):
            logging.getLogger(__name__).warning("no limit %s here", which, exc_info=True)


class _Worker:
    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies

    def send(self, reply: Reply) -> None:
        frame = _REPLIES.dump_json(reply)
        self._replies.write(LENGTH.pack(len(frame)) + frame)
        self._replies.flush()

    def serve(self, request: Request) -> bool:
        """Read one file and send what comes of it; True where memory did not suffice."""
        path = Path(request.path)
        name = shown_name(path)
        exhausted = False
        try:
            for index, part in enumerate(parts_of(path)):
                if index < request.after:
                    continue
                name = part.name
                self.send(Begun(index, name))
                self._end(read_part(part, self._tell))
                # Should the next one not even be found, no other is to blame.
                name = shown_name(path)
        except UnreadableError as error:
            self._end(FileRefused(name, str(error)))
        except MemoryError:
            exhausted = True
            self._end(
                FileRefused(name, f"读取「{name}」需要的内存太多，没有读完。请拆分后再导入。")
            )
        except Exception:  # a zip that is damaged in some new way
            logging.getLogger(__name__).exception("%s cannot be listed", name)
            self._end(FileRefused(name, str(broken(name))))
        return exhausted

    def _tell(self, done: int, total: int) -> None:
        self.send(Progress(done, total))

    def _end(self, outcome: FileRead | FileRefused) -> None:
        if isinstance(outcome, FileRead):
            self.send(Ended(read=outcome))
        else:
            self.send(Ended(refused=outcome))


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take both pipes away from where libraries, in C too, would write to or read from."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb", buffering=0), os.fdopen(replies, "wb")


def _next(requests: BinaryIO) -> Request | None:
    head = requests.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = b""
    while len(body) < length:
        more = requests.read(length - len(body))
        if not more:
            return None
        body += more
    # Not by pydantic: a path may hold bytes that are no characters.
    stated = json.loads(body)
    return Request(str(stated["path"]), int(stated["after"]))


def _die_with_owner(requests: BinaryIO, busy: bool) -> None:
    """While a file is read, let the system end this process once its owner is gone.

    A file that hangs it in C code would keep any thread of Python from noticing. Between
    files it waits for input, and notices the end of that.
    """
    if not hasattr(signal, "SIGIO"):
        return
    import fcntl

    fcntl.fcntl(requests, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(requests, fcntl.F_GETFL)
    flags = flags | os.O_ASYNC if busy else flags & ~os.O_ASYNC
    fcntl.fcntl(requests, fcntl.F_SETFL, flags)
    gone = select.poll()
    gone.register(requests, 0)
    if busy and gone.poll(0):
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
