"""Train a language model of your own within a time, and predict unseen text."""

import numpy as np

from attncourse import project
from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.checks.exercises.generation.GPT import _text as letters_of

SECONDS = 1.0
PAIRS = 1.73  # bits per character that counting pairs of letters reaches on this text


def _cases():
    numbers = np.random.default_rng(1).choice(1_000_000, 2400, replace=False).tolist()
    seen, held = letters_of(numbers[:2000]), letters_of(numbers[2000:])
    label = f"numbers in English, {SECONDS:g} second of training"
    return [Case(label, seen, 28, SECONDS, held, use=_train, seconds=12, exact=False)]


def _train(answer, seen, vocab_size, seconds, held):
    """Train an answer, and ask its model about text that it has not seen."""
    import math
    import time

    import torch

    number = torch.zeros(1, requires_grad=True)
    number.sum().backward()
    torch.optim.AdamW([number], fused=True).step()  # what PyTorch loads once is nobody's time
    torch.manual_seed(0)
    rows = held[: len(held) // 64 * 64].reshape(-1, 64)
    before, start = seen.clone(), time.process_time()
    model = answer(seen, vocab_size, seconds)
    took = time.process_time() - start
    told = {"in time": took < 2.5 * seconds, "kept": bool(torch.equal(before, seen))}
    other = rows[:8].clone()
    other[:, -1] = (other[:, -1] + 1) % vocab_size
    with torch.no_grad():
        logits, again, short = model(rows), model(rows[:8]), model(rows[:8, :40])
        changed = model(other)
    told |= {"shape": list(logits.shape), "asked": [*rows.shape, vocab_size]}
    if told["shape"] != told["asked"]:
        return told
    told |= {
        "leak": (changed[:, :-1] - again[:, :-1]).abs().max().item(),
        "cut": (short - again[:, :40]).abs().max().item(),
        "moved": (logits[:8] - again).abs().max().item(),
    }
    chances = logits.double().log_softmax(-1)[:, 7:-1].gather(-1, rows[:, 8:, None])
    return told | {"bits": -chances.mean().item() / math.log(2)}


def _of_model(holds):
    """A law of what the model says; where the shape is wrong, it says nothing."""
    return lambda told, *given: "bits" not in told or holds(told)


EXERCISE = Exercise(
    reference=project.fit,
    points=4,
    cases=_cases,
    mistakes=(),
    score=lambda told: told["bits"],
    hints=(
        "Begin with lesson 11's `GPT` and its loss, and with `windows` of attncourse.corpus, which "
        "draws batches. Make it run first, for one step.",
        "`time.process_time()` counts the processor's seconds. Ask it in every step, and let the "
        "learning rate fall to 0 with the time that is left.",
        "Then change one thing at a time, on three seeds: width, depth, batch, learning rate, "
        "Muon, the parts of this lesson. In a second a small model takes more steps.",
    ),
    verified="the past does not change with the future, training keeps its time, and unseen "
    f"numbers are predicted better than by counting pairs of letters ({PAIRS} bits per character)",
    laws=(
        Law(
            "the model returns logits (B, T, vocab_size)",
            lambda told, *given: told["shape"] == told["asked"],
            Finding(
                "logits-shape",
                "returned a model whose logits have another shape",
                "Called with tokens (B, T), it returns one row of vocab_size scores for each.",
            ),
        ),
        Law(
            "the same text gets the same logits",
            _of_model(lambda told: told["moved"] < 1e-3),
            Finding(
                "changes-between-calls",
                "returned a model that says something else the second time",
                "Call `model.eval()` before you return it: dropout is for training.",
            ),
        ),
        Law(
            "changing the last token changes no row before it",
            _of_model(lambda told: told["leak"] < 1e-3),
            Finding(
                "future-leaks",
                "let the future leak into the past",
                "A row changed with a token that comes after it: what it predicts, it has read.",
            ),
        ),
        Law(
            "what has been read gets the same logits, however long the text goes on",
            _of_model(lambda told: told["cut"] < 1e-3),
            Finding(
                "length-matters",
                "let a row depend on how long the text goes on",
                "Row t may use the tokens up to t, and nothing else.",
            ),
        ),
        Law(
            "training keeps its time",
            lambda told, *given: told["in time"],
            Finding(
                "too-slow",
                "trained for longer than the time given",
                "`seconds` counts everything, of the processor: compare `time.process_time()` with "
                "its value at the start, in every step.",
            ),
        ),
        Law(
            "the text to learn from is left as it is",
            lambda told, *given: told["kept"],
            Finding("changed-text", "changed the text to learn from", "Work on a copy."),
        ),
        Law(
            f"unseen numbers take less than {PAIRS} bits per character",
            _of_model(lambda told: told["bits"] < PAIRS),
            Finding(
                "learns-too-little",
                "returned a model that predicts worse than counting pairs of letters",
                "Is the loss asked for the next token? Is the learning rate high enough for a "
                "second? A smaller model takes more steps in it.",
            ),
        ),
    ),
)
