"""A time limit on a call that leaves the kernel alive, on every system."""

import ctypes
import signal
import threading


class TimeLimitError(BaseException):
    """Raised inside a call that took too long; no `except Exception` of the caller swallows it."""


def call_limited(seconds, function, *args):
    """Return `function(*args)`, or raise TimeLimitError after `seconds` of wall time.

    The main thread of Linux and macOS is stopped by a signal, any other by an asynchronous
    exception. Both repeat until the call has ended: a bare `except:` in a loop escapes only once.
    """
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer"):
        return _stopped_by_signal(seconds, function, args)
    return _stopped_by_exception(seconds, function, args)


def _stopped_by_signal(seconds, function, args):
    def interrupt(_number, frame):
        if frame is not None and frame.f_code.co_filename != __file__:
            raise TimeLimitError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.001)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stopped_by_exception(seconds, function, args):
    done, thread = threading.Event(), ctypes.c_ulong(threading.get_ident())

    def interrupt():
        pause = seconds
        while not done.wait(pause):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeLimitError))
            pause = 0.01

    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        return function(*args)
    finally:
        done.set()
        watch.join()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
