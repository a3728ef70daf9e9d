"""Assemble a whole GPT, and train it on numbers in English until it predicts unseen ones."""

import numpy as np
import torch

from attncourse import language
from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.data import number_words

ENOUGH = 0.7  # bits per character; counting triples of letters reaches 0.73
CLOSE = {"rtol": 1e-3, "atol": 1e-4}


def _text(numbers):
    """Numbers in English as ids of their letters, a line each."""
    letters = "\n abcdefghijklmnopqrstuvwxyz"
    lines = "".join(" ".join(number_words(number)) + "\n" for number in numbers)
    return torch.tensor([letters.index(letter) for letter in lines])


def _cases():
    numbers = np.random.default_rng(0).choice(1_000_000, 2400, replace=False).tolist()
    tokens = torch.randint(28, (2, 12), generator=torch.Generator().manual_seed(0))
    return [
        Case("a fresh model", tokens, use=_probe, seconds=20, exact=False),
        Case(
            "trained on numbers in English",
            _text(numbers[:2000]),
            _text(numbers[2000:]),
            use=_train,
            seconds=90,
            exact=False,
        ),
    ]


def _probe(answer, tokens):
    """What a model with random parameters says, and how it changes with what it reads."""
    import torch

    torch.manual_seed(0)
    deep = answer(28, 16, d_model=32, n_heads=4, n_layers=2).eval()
    flat = answer(28, 16, d_model=32, n_heads=4, n_layers=1).eval()
    told = {"sizes": [sum(p.numel() for p in model.parameters()) for model in (flat, deep)]}
    for model in (deep, flat):
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    loss = deep.loss(tokens)
    loss.backward()
    told |= {"loss": loss, "unused": sum(p.grad is None for p in deep.parameters())}
    changed, swapped = tokens.clone(), tokens.clone()
    changed[:, -1] = (tokens[:, -1] + 1) % 28
    swapped[:, [2, 5]] = tokens[:, [5, 2]]
    with torch.no_grad():
        told |= {"logits": deep(tokens), "asked again": deep(tokens)}
        told |= {"with another future": deep(changed)}
        told |= {"one layer": flat(tokens), "with two words swapped": flat(swapped)}
    return told


def _train(answer, seen, held):
    """Bits per character of unseen text, and how often the model repeats what it has just read."""
    import math

    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = answer(28, 32, d_model=32, n_heads=4, n_layers=2).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-2, betas=(0.9, 0.95))
    for step in range(240):
        optimiser.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 10, (240 - step) / 120)
        starts = torch.randint(len(seen) - 32, (16, 1))
        optimiser.zero_grad()
        model.loss(seen[starts + torch.arange(32)]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    rows = held[: len(held) // 32 * 32].reshape(-1, 32)
    with torch.no_grad():
        logits = model.eval()(rows)
    torch.set_num_threads(threads)
    surprise = torch.nn.functional.cross_entropy(logits[:, 8:-1].mT, rows[:, 9:])
    return {"bits": surprise.item() / math.log(2)}


def _of_probe(holds):
    """A law of the fresh model, which has nothing to say about the trained one."""
    return lambda told, *given: "bits" in told or holds(told, *given)


def _same(a, b):
    return torch.allclose(a.double(), b.double(), **CLOSE)


def _surprise(logits, tokens):
    """Mean −ln p of each token by the logits beside it."""
    chances = logits.double().log_softmax(-1)
    return -chances.gather(-1, tokens[..., None]).mean()


def _has_shape(told, tokens):
    return told["logits"].shape == (*tokens.shape, 28)


def _are_logits(told, tokens):
    sums = told["logits"].double().exp().sum(-1), told["logits"].double().sum(-1)
    return not any(_same(found, torch.ones_like(found)) for found in sums)


def _keeps_the_past(told, tokens):
    return _same(told["logits"][:, :-1], told["with another future"][:, :-1])


def _asks_for_others(told, tokens):
    return not _same(told["loss"], _surprise(told["logits"], tokens))


def _asks_for_next(told, tokens):
    return _same(told["loss"], _surprise(told["logits"][:, :-1], tokens[:, 1:]))


def _hears_order(told, tokens):
    return not _same(told["one layer"][:, -1], told["with two words swapped"][:, -1])


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
    f"takes part, the loss asks for the next token; trained by the check in 240 steps, it predicts "
    f"unseen numbers with less than {ENOUGH} bits per character",
    laws=(
        Law(
            "the logits are (B, T, vocab_size)",
            _of_probe(_has_shape),
            Finding(
                "logits-shape",
                "returned logits of another shape",
                "Calling the model returns one row of vocab_size scores for each token, and "
                "nothing else: a block's weights are not asked for.",
            ),
        ),
        Law(
            "the scores are logits",
            _of_probe(_are_logits),
            Finding(
                "returned-probabilities",
                "returned probabilities",
                "The loss contains the softmax already: return the scores before it.",
            ),
        ),
        Law(
            "the same text gets the same logits",
            _of_probe(lambda told, tokens: _same(told["logits"], told["asked again"])),
            Finding(
                "changes-between-calls",
                "gave the same text other logits the second time",
                "In evaluation nothing is random and nothing is kept between calls: look for "
                "dropout that is left on, or a counter.",
            ),
        ),
        Law(
            "changing the last token changes no row before it",
            _of_probe(_keeps_the_past),
            Finding(
                "future-leaks",
                "let the future leak into the past",
                "A row changed with a token that comes after it. Give every block the causal mask.",
            ),
        ),
        Law(
            "the loss does not ask for the token just read",
            _of_probe(_asks_for_others),
            Finding(
                "loss-not-shifted",
                "did not shift the loss: it rewards a copy of what was just read",
                "Row t has read token t, so that is no prediction. Ask it for token t + 1.",
            ),
        ),
        Law(
            "the loss is the mean surprise at each next token, in nats",
            _of_probe(_asks_for_next),
            Finding(
                "another-loss",
                "returned another loss than the mean surprise at each next token",
                "Row t of the logits is asked for token t + 1; average −ln p over all of them.",
            ),
        ),
        Law(
            "the last row changes where two earlier tokens change places",
            _of_probe(_hears_order),
            Finding(
                "no-positions",
                "left out the positions",
                "Attention reads a set (lesson 08): one block gave the same answer for another "
                "order of the words. Add a vector for each position to the tokens' vectors.",
            ),
        ),
        Law(
            "a model of two layers has more parameters than one of one layer",
            _of_probe(lambda told, tokens: told["sizes"][1] > told["sizes"][0]),
            Finding(
                "layers-not-counted",
                "made the same number of blocks whatever n_layers says",
                "Make n_layers blocks, and keep them in an nn.ModuleList, where the optimiser "
                "finds their parameters.",
            ),
        ),
        Law(
            "every parameter has a gradient",
            _of_probe(lambda told, tokens: told["unused"] == 0),
            Finding(
                "unused-parameters",
                "left parameters without any part in the result",
                "Does each block get what the block before it returned?",
            ),
        ),
        Law(
            f"it predicts unseen numbers with less than {ENOUGH} bits per character",
            lambda told, *given: "bits" not in told or told["bits"] < ENOUGH,
            Finding(
                "learns-too-little",
                "built a model that learns too little",
                "Everything else is in order. Is there a last norm? Do the vectors of tokens and "
                "positions begin small, and alike in size?",
            ),
        ),
    ),
)
