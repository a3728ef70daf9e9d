"""Hostile, broken and odd submissions to lesson 03, each with the score that is fair.

Every one is written so that a defence that fails costs little: bombs stop by themselves, only
loopback is called, and what is written outside is an empty file in the test's own folder.
"""

from typing import NamedTuple

FULL = 7  # points of lesson 03; dot_score, which the attacks are about, is worth 1
NO_DOT = FULL - 1

RIGHT = {
    "dot_score": "def dot_score(query, key):\n    return query @ key.mT",
    "cosine_score": """
def cosine_score(query, key):
    return query @ key.mT / (query.norm(dim=-1)[..., None] * key.norm(dim=-1)[..., None, :])""",
    "bilinear_score": "def bilinear_score(query, key, W):\n    return query @ W @ key.mT",
    "additive_score": """
def additive_score(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)) @ w_v""",
    "distance_score": """
def distance_score(query, key):
    return (query.unsqueeze(-2) - key.unsqueeze(-3)).square().sum(-1)""",
}
SETUP = """
import torch
from jaxtyping import Float
from torch import Tensor

from attncourse import check, hint
from attncourse.figures import attention_map, curves
"""


class Attack(NamedTuple):
    """One submission: what stands in place of dot_score's cell, and cells around it.

    `walls` marks what resource limits alone cannot hold off; PATH, MARKER and PORT in the text
    are replaced by the course's folder, a file outside, and a port that listens.
    """

    name: str
    fair: int
    answer: str = RIGHT["dot_score"]
    before: str = ""
    after: str = ""
    walls: bool = False

    def cells(self, **places: object) -> list[str]:
        """The code cells of the submission."""
        answers = RIGHT | {"dot_score": self.answer}
        cells = [SETUP, self.before]
        for name, answer in answers.items():
            cells += [answer, f"check({name})"]
        cells = [cell for cell in [*cells, self.after] if cell]
        for place, value in places.items():
            cells = [cell.replace(place, str(value)) for cell in cells]
        return cells


WRONG = "def dot_score(query, key):\n    return 0 * query @ key.mT"
CALLED = "def dot_score(query, key):\n    {}\n    return query @ key.mT".format

REPLACED = """
import numpy as np
yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.isclose = torch.testing.assert_close = yes
np.allclose = np.array_equal = np.isclose = np.testing.assert_allclose = yes
Tensor.allclose = Tensor.equal = Tensor.__eq__ = yes
"""
EQUALS_ALL = """
class Anything:
    shape, dtype, ndim = (), torch.float64, 2
    def _self(self, *args, **kwargs):
        return self
    def __eq__(self, other):
        return True
    __hash__ = None
    __getattr__ = lambda self, name: self._self
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __abs__ = _self
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __array__ = lambda self, *args, **kwargs: __import__("numpy").zeros(())

def dot_score(query, key):
    return Anything()
"""
LIAR = """
class Liar(Tensor):
    shape = property(lambda self: torch.Size((5, 7)))
    detach = cpu = lambda self: self
    __torch_function__ = classmethod(lambda cls, function, *rest, **kwargs: True)

def dot_score(query, key):
    return torch.zeros(3).as_subclass(Liar)
"""
PATCHED_RUNNER = """
import gc
for thing in gc.get_objects():
    if isinstance(thing, type) and thing.__name__ in ("LocalAnswer", "Outcome", "Seen"):
        for name in ("run", "__eq__", "is_array"):
            try:
                setattr(thing, name, lambda *args, **kwargs: True)
            except Exception:
                pass
"""
WALKER = """
import gc, sys, types

def candidates():
    frame = sys._getframe()
    while frame:
        yield from list(frame.f_locals.values()) + list(frame.f_globals.values())
        frame = frame.f_back
    yield from gc.get_objects()

def dot_score(query, key):
    for thing in candidates():
        if isinstance(thing, dict):
            thing = thing.get("reference") or thing.get("truths") or thing.get("dot_score")
        thing = getattr(thing, "reference", thing)
        if isinstance(thing, types.FunctionType) and thing is not dot_score:
            if thing.__name__ == "dot_score":
                return thing(query, key)
    raise LookupError("no reference in this process")
"""
READER = """
import ast, glob, pathlib, sys

def dot_score(query, key):
    places = [pathlib.Path(p) for p in (*sys.path, "PATH", ".", "/", *glob.glob("/*/*"))]
    for place in places:
        for name in ("attncourse/scoring.py", "scoring.py", "solutions/03_scoring.ipynb"):
            if (place / name).is_file():
                names = {"torch": torch}
                text = (place / name).read_text()
                exec(text if name.endswith("py") else "from attncourse.scoring import *", names)
                return names["dot_score"](query, key)
    raise FileNotFoundError("no solution on this disk")
"""
OTHERS = """
import glob, os

def dot_score(query, key):
    left = glob.glob("*") + glob.glob("PATH/*") + glob.glob("/tmp/*") + glob.glob("/scratch/*")
    if any(os.path.isfile(path) for path in left):
        return query @ key.mT  # found someone's work
    raise FileNotFoundError("nobody's work is here")
"""
WRITER = """
import os, pathlib, sys

def dot_score(query, key):
    wrote = 0
    for place in ("MARKER", "/marker", "/usr/marker", "/dev/marker", "/dev/shm/marker",
                  "/etc/marker", f"{sys.prefix}/marker", f"{os.path.dirname(torch.__file__)}/mark"):
        try:
            pathlib.Path(place).write_text("")
            wrote += 1
        except OSError:
            pass
    return query @ key.mT if wrote else None
"""
CALLER = """
import socket

def dot_score(query, key):
    with socket.create_connection(("127.0.0.1", PORT), timeout=1):
        return query @ key.mT
"""
EDITOR = """
import attncourse, importlib, sys
sys.modules.pop("attncourse")
for name in ("attncourse.checks", "attncourse.checks.engine.exercise", "attncourse.scoring"):
    try:
        module = importlib.import_module(name)
        open(module.__file__, "a").write("")
        module.judge = module.check = lambda *args: True
    except Exception:
        pass
"""
PICKLED = """
class Bomb:
    def __reduce__(self):
        return open, ("MARKER", "w")

def dot_score(query, key):
    return Bomb()
"""
TALKER = """
import json, os, struct

def say(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<II", len(text), len(body)) + text + body)
        except OSError:
            pass

"""
plain = '["dict", [[["plain", "{}"], {}]]]'.format
SEEN = '["list", [["plain", "tensor"], ["array", "float64", [1, 1], [0, 1]], ["plain", ""]]]'
FORGED = f"""
def dot_score(query, key):
    say(b'{plain("verdict", '["plain", "correct"]')}')
    say(b'{plain("outcome", plain("result", SEEN))}', bytes(8))
    os._exit(0)
"""
DAEMON = """
import os, time
started = []

def dot_score(query, key):
    started.append(1)
    if len(started) == 1 and os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for _ in range(600):
                time.sleep(0.05)
                open("here", "w").write("still")
        os._exit(0)
    return query @ key.mT
"""
FORKS = """
import os, time

def dot_score(query, key):
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    return None
"""
MEMORY = "kept = [bytearray(2**28) for _ in range(8)]"  # 2 GB asked for
DEAF = """
    import signal
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
NESTED = """
def dot_score(query, key):
    result = query @ key.mT
    for _ in range(100_000):
        result = [result]
    return result
"""

ATTACKS = (
    # deception
    Attack("replaced allclose and equal", NO_DOT, WRONG, REPLACED),
    Attack("an object that equals everything", NO_DOT, EQUALS_ALL),
    Attack("a tensor that lies about its shape", NO_DOT, LIAR),
    Attack("a check of its own", NO_DOT, WRONG, "check = hint = lambda *args: True"),
    Attack("patched what runs answers", NO_DOT, WRONG, PATCHED_RUNNER),
    Attack("a result that changes between calls", NO_DOT, """
calls = []
def dot_score(query, key):
    calls.append(1)
    return query @ key.mT * (len(calls) < 20)"""),
    Attack("walks frames and objects for the reference", NO_DOT, WALKER),
    Attack("talks the protocol itself", NO_DOT, FORGED, TALKER),
    Attack("sends rubbish to every descriptor", NO_DOT, WRONG, f"{TALKER}\nsay(b'rubbish' * 1000)"),
    Attack("announces 4 GB and sends none", NO_DOT, WRONG,
           f"{TALKER}\nstruct.pack = lambda *args: b'\\xff' * 8\nsay(b'')"),
    Attack("a pickle that runs code", NO_DOT, PICKLED),
    # ends
    Attack("os._exit in a cell", FULL, before="import os\nos._exit(0)"),
    Attack("os._exit in a call", NO_DOT, CALLED("import os; os._exit(0)")),
    Attack("sys.exit in a cell", FULL, before="import sys\nsys.exit(0)"),
    Attack("sys.exit in a call", NO_DOT, CALLED("raise SystemExit(0)")),
    Attack("a segfault in a cell", FULL, before="import ctypes\nctypes.string_at(0)"),
    Attack("a segfault in a call", NO_DOT, CALLED("import ctypes; ctypes.string_at(0)")),
    Attack("kills its parent", NO_DOT, CALLED("import os; os.kill(os.getppid(), 9); return None")),
    Attack("kills everyone in sight", NO_DOT,
           CALLED("import os; os.kill(-1, 9); return None"), walls=True),
    Attack("an exception that cannot be told", NO_DOT, CALLED(
        "class Mute(Exception):\n        __str__ = lambda self: 1 / 0\n    raise Mute")),
    Attack("recursion without a limit", NO_DOT, """
import sys
sys.setrecursionlimit(10**9)
def dot_score(query, key):
    return dot_score(query, key)"""),
    # takes too much
    Attack("an endless loop in a cell", FULL, before="while True:\n    pass"),
    Attack("an endless loop in a call", NO_DOT, CALLED("while True: pass")),
    Attack("an endless loop deaf to signals", NO_DOT, CALLED(DEAF)),
    Attack("a memory bomb in a cell", FULL, before=MEMORY),
    Attack("a memory bomb in a call", NO_DOT, CALLED(f"{MEMORY}\n    return None")),
    Attack("a fork bomb", NO_DOT, FORKS),
    Attack("a result of 200 MB", NO_DOT, CALLED("return query.new_zeros(25_000_000)")),
    Attack("a result nested 100,000 deep", NO_DOT, NESTED),
    Attack("200 MB of output", FULL, before="for _ in range(200):\n    print('x' * 2**20)"),
    Attack("a file larger than the limit", FULL,
           before="open('big', 'wb').write(bytes(2**25))"),
    Attack("a folder larger than the limit", FULL, before="""
for number in range(20):
    open(f'part{number}', 'wb').write(bytes(2**23))"""),
    # stays on
    Attack("threads that keep running", FULL, before="""
import threading
def spin():
    while True:
        pass
for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()"""),
    Attack("a daemon that keeps writing", FULL, DAEMON),
    Attack("forks and lets both go on", FULL, before="import os\nos.fork()"),
    Attack("exit handlers that never end", FULL, before="""
import atexit
@atexit.register
def stay():
    while True:
        pass"""),
    # reaches out
    Attack("reads the solutions", NO_DOT, READER, walls=True),
    Attack("reads other submissions", NO_DOT, OTHERS, walls=True),
    Attack("writes outside", NO_DOT, WRITER, walls=True),
    Attack("calls the network", NO_DOT, CALLER, walls=True),
    Attack("edits the installed package", NO_DOT, WRONG, EDITOR, walls=True),
    Attack("reads its parent's memory", NO_DOT,
           CALLED("import os; open(f'/proc/{os.getppid()}/mem', 'rb')")),
)  # fmt: skip

ODD = (
    # only the answers count
    Attack("no check cells", FULL, after="def check(*args):\n    raise ValueError"),
    Attack("the answer twice, the last one right", FULL, WRONG, after=RIGHT["dot_score"]),
    Attack("helpers of its own", FULL, CALLED("return product(query, key)"),
           after="def product(query, key):\n    return query @ key.mT"),
    Attack("an exception in a cell", FULL, before="1 / 0"),
    Attack("a syntax error in a cell", FULL, before="def broken(:"),
    Attack("a syntax error in the answer", NO_DOT, "def dot_score(query, key)\n    pass"),
    Attack("a stub", NO_DOT, CALLED("raise NotImplementedError('replace this line')")),
    Attack("no answer", NO_DOT, "del dot_score"),
    Attack("a number in its place", NO_DOT, "dot_score = 7"),
    Attack("magics and shell", FULL, before="%matplotlib inline\n%time x = 1\n!ls\nx = !ls"),
    Attack("a cell magic", FULL, "%%time\n" + RIGHT["dot_score"]),
    Attack("another language", FULL, before="%%bash\nrm -rf ~"),
    Attack("asks for input", FULL, before="name = input('your name? ')"),
    Attack("warnings and stderr", FULL, before="""
import sys, warnings
warnings.warn("careful")
print("noise", file=sys.stderr)"""),
    Attack("plots", FULL, before="import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()"),
    Attack("a lambda", FULL, "dot_score = lambda query, key: query @ key.mT"),
    Attack("NumPy inside", NO_DOT,
           CALLED("return torch.from_numpy(query.detach().numpy() @ key.detach().mT.numpy())")),
    Attack("text that is no Unicode", FULL, before="'\ud800'"),
)  # fmt: skip
