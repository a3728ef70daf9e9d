"""Let a decoder write: the likeliest word each time, until every sentence has ended."""

import torch

from attncourse import decoding
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.inputs import integers


def write(answer, model, source, bos, eos, longest):
    """Let an answer write with a small model whose every word depends on all that came before."""
    import re

    import torch

    padding, number = map(int, re.findall(r"\d+", model))
    generator = torch.Generator().manual_seed(number)
    table = torch.randn(11, 7, 7, generator=generator, dtype=torch.float64)
    table[..., [padding, bos]] = -9.0  # neither <pad> nor <bos> is ever the likeliest

    class Model:
        pad = padding

        def encode(self, source):
            return source.double(), source.sum(-1)

        def step(self, token, state, memory):
            state = (3 * state + 5 * token + 1) % 11
            weights = (memory * (state[:, None] + 1) / 11).softmax(-1)
            return table[state, token], state, weights

    return answer(Model(), source, bos=bos, eos=eos, longest=longest)


def _cases():
    def case(label, rows, longest, seed, pad=0, bos=1, eos=2):
        model = f"a small model with <pad> = {pad}, number {seed}"
        return Case(label, model, integers(seed, 3, 9, rows, 4), bos, eos, longest, use=write)

    return [
        case("one sentence", 1, 9, 3),
        case("cut off at `longest`", 2, 2, 4),
        case("sentences of several lengths", 5, 12, 5),
        case("other numbers for <pad>, <bos> and <eos>", 8, 20, 7, pad=5, bos=4, eos=6),
        case("many sentences", 30, 8, 6),
    ]


def _with(
    model, source, *, bos, eos, longest,
    feed="own", state="new", stop="all", after="pad", keep="words", extra=0, best="largest",
    maps="rows", memory="source", typed=None, fed="own", kept="ended",
):  # fmt: skip
    pad = (typed or {}).get("pad", model.pad)
    bos, eos = (typed or {}).get("bos", bos), (typed or {}).get("eos", eos)
    memory_, moved = model.encode(source if memory == "source" else source.flip(0))
    first = token = torch.full((len(source),), bos)
    ended, steps = torch.zeros(len(source), dtype=torch.bool), []
    most = 1000 if extra == "no end" else longest + extra
    while len(steps) < most and not _stops(ended, stop):
        logits, new, weights = model.step(first if feed == "bos" else token, moved, memory_)
        moved = new if state == "new" else moved
        token = logits.argmax(-1) if best == "largest" else logits.argmin(-1)
        now = ended | (token == eos)
        hidden = {"pad": ended, "eos": ended, "nothing": ended & False, "eos too": now}[after]
        word = token.masked_fill(hidden, eos if after == "eos" else pad)
        steps.append((word, weights))
        ended = now if kept == "ended" else word == eos
        token = word if after in ("pad", "eos") or fed == "what stands there" else token
    tokens, weights = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
    tokens = torch.cat([first[:, None], tokens], dim=1) if keep == "bos too" else tokens
    return tokens, {"rows": weights, "columns": weights.mT, "last": weights[:, -1]}[maps]


def _stops(ended, stop):
    return {"all": bool(ended.all()), "any": bool(ended.any()), "never": False}[stop]


EXERCISE = Exercise(
    reference=decoding.greedy_decode,
    points=4,
    cases=_cases,
    hints=(
        "Before the loop: `model.encode(source)` gives memory and state, and every sentence starts "
        "with `bos`.",
        "In the loop: `model.step(token, state, memory)`, then the likeliest word of each row. "
        "Both the word and the new state go into the next step.",
        "Keep a bool per sentence, `ended`. Where it is already True, the word is `model.pad`. "
        "Only then update it with `token == eos`: the eos itself is kept.",
        "Collect words and weights in a list; `torch.stack(..., dim=1)` joins them.",
    ),
    returns=("tokens", "weights"),
    sizes=lambda model, source, bos, eos, longest: {"B": len(source), "longest": longest},
    rewrite=_with,
    mistakes=(
        Mistake(
            "fed-bos-each-time",
            "fed bos at every step",
            "From the second step on, the decoder reads the word that it wrote last.",
            feed="bos",
        ),
        Mistake(
            "kept-first-state",
            "used the first state at every step",
            "`step` returns a new state: hand it to the next step.",
            state="old",
        ),
        Mistake(
            "stopped-at-first-end",
            "stopped as soon as one sentence had ended",
            "The others still have words to write: stop when all have ended.",
            stop="any",
        ),
        Mistake(
            "never-stopped",
            "went on to `longest` after all sentences had ended",
            "When every sentence has its eos, nothing is left to write.",
            stop="never",
        ),
        Mistake(
            "wrote-after-eos",
            "kept writing after a sentence's eos",
            "What follows its eos is padding: `model.pad`.",
            after="nothing",
        ),
        Mistake(
            "padded-eos",
            "replaced the eos itself by padding",
            "The eos belongs to the sentence. Update `ended` after the word is kept.",
            {"after": "eos too"},
            {"after": "eos too", "fed": "what stands there"},
        ),
        Mistake(
            "returned-bos",
            "returned bos as the first word",
            "bos is only read; the sentence begins with the first word written.",
            keep="bos too",
        ),
        Mistake(
            "one-word-too-many",
            "wrote one word more than `longest`",
            "Check the condition of your loop.",
            extra=1,
        ),
        Mistake(
            "one-word-too-few",
            "wrote one word fewer than `longest`",
            "Check the condition of your loop.",
            extra=-1,
        ),
        Mistake(
            "took-unlikeliest",
            "took the word with the smallest logit",
            "The larger a logit, the likelier its word.",
            best="smallest",
        ),
        Mistake(
            "transposed-weights",
            "returned the weights with source words down",
            "One row for each word written, one column for each word read: B × M × N.",
            maps="columns",
        ),
        Mistake(
            "typed-pad",
            "typed 0 for the padding",
            "It is `model.pad`, whatever number that is.",
            typed={"pad": 0},
        ),
        Mistake(
            "typed-bos-and-eos",
            "typed the notebook's numbers for bos and eos",
            "They are arguments: `bos` and `eos`.",
            {"typed": {"bos": 1, "eos": 2}},
            {"typed": {"bos": 1}},
            {"typed": {"eos": 2}},
        ),
        Mistake(
            "padded-with-eos",
            "filled ended sentences up with eos",
            "What follows the eos is padding: `model.pad`.",
            after="eos",
        ),
        Mistake(
            "forgot-who-ended",
            "forgot after one step which sentences had ended",
            "Once ended, always ended: `ended |= token == eos`.",
            kept="this step's",
        ),
        Mistake(
            "ignored-longest",
            "wrote on beyond `longest`",
            "A sentence that finds no end is cut off there.",
            extra="no end",
            alone=True,
        ),
        Mistake(
            "last-weights-alone",
            "returned the weights of the last step alone",
            "Every word written has its row: collect them as the words.",
            maps="last",
        ),
    ),
    verified="words and weights for one sentence and for many of different lengths: each word "
    "depends on all before it, an ended sentence is padded, and the loop stops in time",
)
