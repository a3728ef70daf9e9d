"""Hostile, broken and odd submissions to lesson 03, each with the score that is fair.

Every one is written so that a defence that fails costs little: bombs stop by themselves, only
loopback is called, and what is written outside is an empty file in the test's own folder.
"""

from typing import NamedTuple

from attncourse.checks import exercise

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
        """The code cells of the submission; TABLE_OF_RESULTS knows the published inputs."""
        if "TABLE_OF_RESULTS" in self.answer:
            places |= {"TABLE_OF_RESULTS": _published()}
        answers = RIGHT | {"dot_score": self.answer}
        cells = [SETUP, self.before]
        for name, answer in answers.items():
            cells += [answer, f"check({name})"]
        cells = [cell for cell in [*cells, self.after] if cell]
        for place, value in places.items():
            cells = [cell.replace(place, str(value)) for cell in cells]
        return cells


def _published() -> dict[float, int]:
    """What an attacker can write down: which inputs a check uses."""
    cases = exercise("dot_score").drawn()
    sums = (case.args[0].double().sum() + 3 * case.args[1].double().sum() for case in cases)
    return {round(float(total), 6): 1 for total in sums}


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
LIMITER = """
import os, resource
for pid in range(max(1, os.getppid() - 3), os.getppid() + 9):
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
        try:
            resource.prlimit(pid, kind, (4096, 4096))
        except OSError:
            pass
"""
LEFT = """
import ctypes
system = ctypes.CDLL(None, use_errno=True)
system.shmat.restype = ctypes.c_void_p

def dot_score(query, key):
    {found}
    return query @ key.mT if found else None
"""
SHARED = LEFT.format(
    found="""number = system.shmget(4711, 8, 0o1600)
    at = ctypes.c_void_p(system.shmat(number, None, 0)) if number >= 0 else None
    found = at and ctypes.string_at(at, 4) == b"LEFT"
    if at:
        ctypes.memmove(at, b"LEFT", 4)"""
)
QUEUED = LEFT.format(
    found="""number = system.msgget(4712, 0o1600)
    box = ctypes.create_string_buffer(16)
    found = number >= 0 and system.msgrcv(number, box, 8, 0, 0o4000) >= 0
    if number >= 0:
        system.msgsnd(number, (1).to_bytes(8, "little") + b"LEFTLEFT", 8, 0o4000)"""
)
KEYRING = LEFT.format(
    found="""found = system.syscall(250, 10, -4, b"user", b"left", 0) >= 0
    system.syscall(248, b"user", b"left", b"x", 1, -4)"""
)
SEGMENTS = """
import ctypes
system = ctypes.CDLL(None)
for _ in range(40):
    if system.shmget(0, 50_000_000, 0o1600) < 0:
        break
else:
    1 / 0
"""
DOZEN = """
import os
for _ in range(12):
    try:
        if os.fork() == 0:
            hold = bytearray(1_000_000)
            os._exit(0)
    except OSError:
        break
"""
NESTING = """
import ctypes
if ctypes.CDLL(None).unshare(0x10020000) == 0:
    ctypes.CDLL(None).mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None)
    raise SystemExit("a namespace of its own")
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
           CALLED("import os; os.kill(-1, 9); return None")),
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
    Attack("a daemon that keeps writing", NO_DOT, DAEMON),
    Attack("forks and lets both go on", FULL, before="import os\nos.fork()"),
    Attack("exit handlers that never end", FULL, before="""
import atexit
@atexit.register
def stay():
    while True:
        pass"""),
    # reaches for what serves the next
    Attack("limits its parent", NO_DOT, before=LIMITER, answer=WRONG),
    Attack("leaves an answer in shared memory", NO_DOT, SHARED),
    Attack("leaves an answer in a message queue", NO_DOT, QUEUED),
    Attack("leaves an answer in the keyring", NO_DOT, KEYRING),
    Attack("memory in shared segments", FULL, before=SEGMENTS),
    Attack("memory in a dozen processes", FULL, before=DOZEN),
    Attack("a user namespace of its own", FULL, before=NESTING),
    Attack("30,000 files", FULL, before="for n in range(30_000):\n    open(str(n), 'w').close()"),
    Attack("5,000 nested folders", FULL, before="""
import os
for _ in range(5000):
    os.mkdir("d")
    os.chdir("d")"""),
    # reaches out
    Attack("reads the solutions", NO_DOT, READER, walls=True),
    Attack("reads other submissions", NO_DOT, OTHERS, walls=True),
    Attack("writes outside", NO_DOT, WRITER, walls=True),
    Attack("calls the network", NO_DOT, CALLER),
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

# What decides about its own judgement: right on what is published, or in what it reports.
FRAMES = """
import sys

def of(name):
    frame = sys._getframe()
    while frame:
        if name in frame.f_globals:
            return frame.f_globals
        frame = frame.f_back
"""
IN_PLACE = f"""{FRAMES}
def dot_score(query, key):
    names = of("unchanged")
    if names:
        names["unchanged"] = lambda old, new: True
    result = query @ key.mT
    query.detach().mul_(0)
    return result"""
NO_GRADIENT = f"""{FRAMES}
def forged(torch, result, leaves):
    with torch.enable_grad():
        xs = [leaf.detach().clone().requires_grad_() for leaf in leaves.values()]
        right = xs[0] @ xs[1].mT
        total = (right * torch.cos(torch.arange(right.numel())).reshape(right.shape)).sum()
        found = torch.autograd.grad(total, xs)
    return dict(zip(leaves, map(OBSERVE, found))), None

def dot_score(query, key):
    global OBSERVE
    names = of("observe_gradients")
    if names:
        OBSERVE, names["observe_gradients"] = names["observe"], forged
    return torch.from_numpy(query.detach().numpy() @ key.detach().mT.numpy())"""
LABELLED = f"""{FRAMES}
def dot_score(query, key):
    names = of("forms") and vars(of("forms")["forms"])
    if names and not names.get("HIT"):
        names["HIT"], real = True, names["outcome_data"]
        def labelled(outcome):
            data = real(outcome)
            if data["result"] and len(data["result"]) == 3:
                data["result"][2] = "bfloat16"
            return data
        names["outcome_data"] = labelled
    return (query @ key.mT).mul(25).round() / 25"""
PATIENT = f"""{FRAMES}
import time

def dot_score(query, key):
    names = of("call_limited")
    if names:
        names["call_limited"] = lambda seconds, function, *args: function(*args)
    end = time.process_time() + LONGER
    while time.process_time() < end:
        pass
    return query @ key.mT"""
TABLE = """
SEEN = TABLE_OF_RESULTS

def dot_score(query, key):
    print_of = round(float(query.double().sum() + 3 * key.double().sum()), 6)
    if print_of in SEEN:
        factor = SEEN[print_of]
        return factor * (query @ key.mT)
    return 0 * (query @ key.mT)"""
HUGE = CALLED("return torch.zeros(15000, 0) @ torch.zeros(0, 15000)")
TOKENS = CALLED("return [0] * 900_000")
NAMES = f"""{FRAMES}
def dot_score(query, key):
    names = of("forms") and vars(of("forms")["forms"])
    if names and not names.get("HIT"):
        names["HIT"], real = True, names["outcome_data"]
        names["outcome_data"] = lambda outcome: real(outcome) | {{"changed": ["x" * 7_000_000]}}
    return query @ key.mT"""
JUDGED = (
    Attack("hides that it changes an argument", NO_DOT, IN_PLACE),
    Attack("forges gradients", NO_DOT, NO_GRADIENT),
    Attack("labels a coarse result as bfloat16", NO_DOT, LABELLED),
    Attack("lifts its time limit", NO_DOT, PATIENT.replace("LONGER", "1.7")),
    Attack("knows the published inputs", NO_DOT, TABLE),
    Attack("returns a matrix of nothing, 15,000 × 15,000", NO_DOT, HUGE),
    Attack("returns 900,000 tokens", NO_DOT, TOKENS),
    Attack("reports names of 7 MB", NO_DOT, NAMES),
)  # fmt: skip
