"""A time limit on a call that leaves the kernel alive, on every system."""

import ctypes
import signal
import threading
import time

ASLEEP = 4  # a call may take so many times its limit if it computes nothing: the machine is busy
AGAIN = 0.01  # seconds between two attempts to end a call


class TimeLimitError(BaseException):
    """Raised inside a call that took too long; no `except Exception` of the caller swallows it."""


def call_limited(seconds, function, *args):
    """Return `function(*args)`, or raise TimeLimitError once it has computed for `seconds`.

    What other programs compute meanwhile is not the call's fault, so its own time counts; one that
    sleeps, or waits for input, is ended after `ASLEEP` times as long. The main thread of Linux and
    macOS is stopped by a signal, any other by an asynchronous exception. Both repeat until the
    call has ended: a bare `except:` in a loop escapes only once.
    """
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer"):
        return _stopped_by_signal(seconds, function, args)
    return _stopped_by_exception(seconds, function, args)


def _stopped_by_signal(seconds, function, args):
    def interrupt(_number, frame):
        if frame is not None and frame.f_code.co_filename != __file__:
            raise TimeLimitError

    timers = {
        (signal.SIGPROF, signal.ITIMER_PROF): seconds,
        (signal.SIGALRM, signal.ITIMER_REAL): ASLEEP * seconds,
    }
    before = {number: signal.signal(number, interrupt) for number, _ in timers}
    for (_, timer), first in timers.items():
        signal.setitimer(timer, first, AGAIN)
    try:
        return function(*args)
    finally:
        for number, timer in timers:
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def _stopped_by_exception(seconds, function, args):
    done, thread = threading.Event(), ctypes.c_ulong(threading.get_ident())
    started, computed = time.monotonic(), time.process_time()

    def interrupt():
        while not done.wait(AGAIN):
            late = time.monotonic() - started > ASLEEP * seconds
            if late or time.process_time() - computed > seconds:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeLimitError))

    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        return function(*args)
    finally:
        done.set()
        watch.join()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
