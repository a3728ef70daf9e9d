"""A time limit on a call that leaves the kernel alive, on every system."""

import ctypes
import signal
import threading
import time
from collections.abc import Callable

BUSY = 6  # seconds of wall time for one of CPU time: other work may keep the cores


class TimeLimitError(BaseException):
    """Raised inside a call that took too long; no `except Exception` of the caller swallows it."""


def call_limited(seconds, function, *args, busy=BUSY):
    """Return `function(*args)`, or raise TimeLimitError after `seconds` of CPU time.

    What waits and computes nothing ends after `busy` times as long.

    The main thread of Linux and macOS is stopped by a signal, any other by an asynchronous
    exception. Both repeat until the call has ended: a bare `except:` in a loop escapes only once.
    """
    main = threading.current_thread() is threading.main_thread()
    rest = _clock(seconds, busy)
    if main and hasattr(signal, "setitimer"):
        return _stopped_by_signal(rest, function, args)
    return _stopped_by_exception(rest, function, args)


def _clock(seconds: float, busy: float) -> Callable[[], float]:
    """Asked again and again, says how long the call may go on at least; then nothing is left."""
    cpu, wall = time.process_time(), time.monotonic()

    def rest() -> float:
        used = max(time.process_time() - cpu, (time.monotonic() - wall) / busy)
        return seconds - used if used < seconds else 0.0

    return rest


def _stopped_by_signal(rest, function, args):
    def interrupt(_number, frame):
        if left := rest():
            signal.setitimer(signal.ITIMER_REAL, left + 0.001, 0.001)
        elif frame is not None and frame.f_code.co_filename != __file__:
            raise TimeLimitError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, rest() + 0.001, 0.001)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stopped_by_exception(rest, function, args):
    done, thread = threading.Event(), ctypes.c_ulong(threading.get_ident())

    def interrupt():
        while not done.wait(rest() or 0.01):
            if not rest():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeLimitError))

    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        return function(*args)
    finally:
        done.set()
        watch.join()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
