"""Assemble a whole GPT, and train it on numbers in English until it predicts unseen ones."""

import numpy as np
import torch

from attncourse import language
from attncourse.checks.engine.exercise import Case, Exercise
from attncourse.checks.exercises.assembled import (
    NONE,
    SAME,
    Probe,
    after_its_own,
    before_its_own,
    bounds_of,
    laws_of,
    learns,
)
from attncourse.data import number_words

ENOUGH = 0.7  # bits per character; counting triples of letters reaches 0.73
PROBES = (
    *before_its_own("token"),
    Probe(
        "loss-not-shifted",
        NONE,
        "the loss does not ask for the token just read",
        "did not shift the loss: it rewards a copy of what was just read",
        "Row t has read token t, so that is no prediction. Ask it for token t + 1.",
    ),
    Probe(
        "another-loss",
        SAME,
        "the loss is the mean surprise at each next token, in nats",
        "returned another loss than the mean surprise at each next token",
        "Row t of the logits is asked for token t + 1; average −ln p over all of them.",
    ),
    *after_its_own("token"),
    learns(
        "token",
        (0.0, ENOUGH),
        f"it predicts unseen numbers with less than {ENOUGH} bits per character",
    ),
)


def _text(numbers):
    """Numbers in English as ids of their letters, a line each."""
    letters = "\n abcdefghijklmnopqrstuvwxyz"
    lines = "".join(" ".join(number_words(number)) + "\n" for number in numbers)
    return torch.tensor([letters.index(letter) for letter in lines])


def _cases():
    numbers = np.random.default_rng(0).choice(1_000_000, 2150, replace=False).tolist()
    tokens = torch.randint(28, (2, 12), generator=torch.Generator().manual_seed(0))
    texts = _text(numbers[:2000]), _text(numbers[2000:])
    given = bounds_of(PROBES), tokens, *texts
    return [Case("numbers in English", *given, use=_examine, seconds=90, exact=False)]


def _examine(answer, bounds, tokens, seen, held):
    """What a fresh model says, and how it changes with what it reads; then how well it learns."""
    import math

    import torch
    from torch.nn import functional as F

    def fresh(n_layers):
        model = answer(28, 16, d_model=32, n_heads=4, n_layers=n_layers).eval()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        return model

    def apart(a, b):
        a, b = a.detach().double(), torch.as_tensor(b).detach().double()
        return float(((a - b).abs() / (1e-4 + 1e-3 * b.abs())).max())

    def surprise(logits, asked):
        return F.cross_entropy(logits.double().flatten(0, -2), asked.flatten())

    def probes():
        flat, deep = fresh(1), fresh(2)
        sizes = [sum(p.numel() for p in model.parameters()) for model in (flat, deep)]
        loss = deep.loss(tokens)
        loss.backward()
        unused = sum(p.requires_grad and p.grad is None for p in deep.parameters())
        changed, swapped = tokens.clone(), tokens.clone()
        changed[:, -1] = (tokens[:, -1] + 1) % 28
        swapped[:, [9, 10]] = tokens[:, [10, 9]]
        logits = deep(tokens)
        shape = logits.shape if isinstance(logits, torch.Tensor) else None
        told = {"logits-shape": shape == (*tokens.shape, 28)}
        if not told["logits-shape"]:
            return told
        sums = logits.double().exp().sum(-1), logits.double().sum(-1)
        due, unshifted = surprise(logits[:, :-1], tokens[:, 1:]), surprise(logits, tokens)
        return told | {
            "not-finite": int((~logits.isfinite()).sum()),
            "returned-probabilities": min(apart(each, 1.0) for each in sums),
            "changes-between-calls": apart(deep(tokens), logits),
            "future-leaks": apart(deep(changed)[:, :-1], logits[:, :-1]),
            "loss-not-shifted": apart(loss, due) > 1 >= apart(loss, unshifted),
            "another-loss": apart(loss, due),
            "no-positions": apart(flat(swapped)[:, -1], flat(tokens)[:, -1]),
            "layers-not-counted": sizes[1] - sizes[0],
            "unused-parameters": unused,
        }

    def bits(model):
        rows = held[: len(held) // 32 * 32].reshape(-1, 32)
        with torch.no_grad():
            return surprise(model.eval()(rows)[:, 8:-1], rows[:, 9:]).item() / math.log(2)

    def learned():
        model = answer(28, 32, d_model=32, n_heads=4, n_layers=1)
        optimiser = torch.optim.AdamW(model.parameters(), 2e-2, betas=(0.9, 0.95), fused=True)
        reached = math.inf
        for step in range(1, 241):
            optimiser.param_groups[0]["lr"] = 2e-2 * min(1, step / 10, (241 - step) / 120)
            starts = torch.randint(len(seen) - 32, (16, 1))
            optimiser.zero_grad()
            model.train().loss(seen[starts + torch.arange(32)]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if step % 40 == 0 and (reached := bits(model)) < bounds["learns-too-little"][1]:
                break
        return reached

    torch.manual_seed(0)
    told = probes()
    if all(bounds[name][0] <= found <= bounds[name][1] for name, found in told.items()):
        told["learns-too-little"] = learned()
    return told


EXERCISE = Exercise(
    reference=language.GPT,
    points=6,
    cases=_cases,
    mistakes=(),
    hints=(
        "In order: a table of vectors for the tokens, a vector for each position, n_layers blocks, "
        "a last norm, scores for the vocabulary.",
        "`nn.ModuleList(Block(d_model, n_heads, 4 * d_model) for _ in range(n_layers))`: a plain "
        "list would hide the blocks from the optimiser. A block returns (output, weights).",
        "Each block gets the output of the block before it, and the same causal mask: "
        "`causal_mask(tokens.shape[-1])`.",
        "The loss is your `next_token_loss`, of `self(tokens)` and `tokens`.",
        "If it learns slowly: begin with small vectors, for example "
        "`nn.init.normal_(table.weight, std=0.02)`.",
    ),
    verified="the past does not change with the future, order counts, every block and parameter "
    "takes part, the loss asks for the next token; trained by the check in at most 240 steps, it "
    f"predicts unseen numbers with less than {ENOUGH} bits per character",
    laws=laws_of(PROBES),
)
