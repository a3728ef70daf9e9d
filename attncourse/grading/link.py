"""The judge's end of one child: messages out and in, each with a deadline."""

import os
import time

from attncourse.grading.untrusted import wire
from attncourse.grading.untrusted.limits import HEADER_BYTES, MESSAGE_BYTES
from attncourse.grading.untrusted.processes import seconds_of, youngest
from attncourse.grading.untrusted.sandbox import Sandbox


class ChildLostError(Exception):
    """The child ended, or stopped talking, or talked nonsense."""


class Child:
    """One child; after `ends` (time.monotonic) nothing more is asked of it."""

    def __init__(self, sandbox: Sandbox, limits: dict, ends: float):
        self.ends, self.allowed = ends, limits["submission_seconds"]
        self._sandbox, self._pid = sandbox, None
        self.reading, self.writing = sandbox.fork()
        self.send({"limits": limits})

    def send(self, message, seconds: float = 10.0) -> None:
        """Send a message; raises ChildLostError when nobody reads it."""
        self.send_packed(wire.pack(message), seconds)

    def send_packed(self, packed: bytes, seconds: float = 10.0) -> None:
        """Send a message that is bytes already."""
        try:
            wire.write(self.writing, packed, time.monotonic() + seconds)
        except (OSError, TimeoutError) as error:
            raise ChildLostError(str(error)) from None

    def receive(self, seconds: float) -> dict:
        """The next message; raises ChildLostError when none comes in time or it is no message."""
        now = time.monotonic()
        if now > self.ends:
            raise ChildLostError(f"it had used up the {self.allowed:g} seconds of a submission")
        bounds = {"limit": MESSAGE_BYTES, "header_limit": HEADER_BYTES}
        try:
            reply = wire.receive(self.reading, min(now + seconds, self.ends), **bounds)
        except TimeoutError:
            raise ChildLostError("it did not stop in time") from None
        except (EOFError, OSError):
            raise ChildLostError("it ended the process") from None
        except wire.WireError as error:
            raise ChildLostError(f"it sent {error}") from None
        if not isinstance(reply, dict):
            raise ChildLostError("it sent something that is no reply")
        return reply

    def computed(self) -> float | None:
        """Seconds that the child has computed so far, by the kernel's count; None if not told."""
        if self._pid is None:
            self._pid = youngest(self._sandbox.pid)
        return seconds_of(self._pid)

    def close(self) -> None:
        """Hang up."""
        os.close(self.reading)
        os.close(self.writing)
