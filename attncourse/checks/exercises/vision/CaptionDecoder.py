"""Assemble a caption decoder, and train it until it describes scenes that it has never seen."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.checks.exercises.inputs import integers, normal
from attncourse.vision import captions
from attncourse.vision.scenes import hold_out, kinds, pair_scenes
from attncourse.vision.sentences import tokenise

ENOUGH = 0.75  # of the scenes word for word
CLOSE = {"rtol": 1e-3, "atol": 1e-4}
V, LONGEST, WIDTH = 27, 9, 32


def _memory(scenes):
    """A perfect eye: each quarter of a scene as one vector that says what stands in it, if any."""
    digit, colour, place = (normal(seed, n, WIDTH) for seed, n in ((1, 10), (2, 4), (3, 4)))
    right, below = (scenes.boxes[..., :2] > 0.5).unbind(-1)
    memory = place.repeat(len(scenes.digits), 1, 1)
    rows, quarters = torch.arange(len(memory))[:, None], 2 * below.long() + right.long()
    memory[rows, quarters] += digit[scenes.digits] + colour[scenes.colours]
    return memory.float()


def _cases():
    seen, held = hold_out(kinds(), 8)
    learn, test = pair_scenes(3000, seen), pair_scenes(300, held, part="test")
    return [
        Case(
            "a fresh model",
            integers(0, 3, V, 2, 6),
            normal(4, 2, 5, WIDTH).float(),
            use=_probe,
            seconds=20,
            exact=False,
        ),
        Case(
            "trained on scenes",
            tokenise(learn.captions),
            _memory(learn),
            tokenise(test.captions),
            _memory(test),
            use=_train,
            seconds=90,
            exact=False,
        ),
    ]


def _probe(answer, tokens, memory):
    """What a model with random parameters says, and how it changes with what it reads."""
    import torch

    torch.manual_seed(0)
    deep = answer(27, 9, d_model=32, n_heads=4, n_layers=2).eval()
    flat = answer(27, 9, d_model=32, n_heads=4, n_layers=1).eval()
    told = {"sizes": [sum(p.numel() for p in model.parameters()) for model in (flat, deep)]}
    for model in (deep, flat):
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    logits = deep(tokens, memory)
    if isinstance(logits, torch.Tensor):
        (logits * torch.randn(logits.shape)).sum().backward()
    told |= {"logits": logits, "unused": sum(p.grad is None for p in deep.parameters())}
    future, swapped, last, turned = tokens.clone(), tokens.clone(), memory.clone(), memory.flip(1)
    future[:, -1] = (tokens[:, -1] + 1) % 27
    swapped[:, [2, 4]] = tokens[:, [4, 2]]
    last[:, -1] += 1
    with torch.no_grad():
        told |= {"another future": deep(future, memory), "another last patch": deep(tokens, last)}
        told |= {"patches turned": deep(tokens, turned), "one layer": flat(tokens, memory)}
        told |= {"two words swapped": flat(swapped, memory)}
    return told


def _train(answer, tokens, memory, held_tokens, held_memory):
    """Share of unseen scenes that the trained decoder describes word for word."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = answer(27, 9, d_model=32, n_heads=4, n_layers=1).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-2, betas=(0.9, 0.95))
    shifted = torch.cat((torch.ones(len(tokens), 1, dtype=torch.long), tokens[:, :-1]), dim=1)
    for step in range(220):
        optimiser.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 10, (220 - step) / 110)
        rows = torch.randint(len(tokens), (48,))
        logits = model(shifted[rows], memory[rows])
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(logits.mT, tokens[rows], ignore_index=0).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    model.eval()
    written = torch.ones(len(held_tokens), 1, dtype=torch.long)
    with torch.no_grad():
        for _ in range(9):
            best = model(written, held_memory)[:, -1:].argmax(-1)
            written = torch.cat((written, best), dim=1)
    torch.set_num_threads(threads)
    right = (written[:, 1:] == held_tokens) | (held_tokens == 0)
    return {"right": right.all(-1).float().mean().item()}


def _of_probe(holds):
    """A law of the fresh model, which has nothing to say about the trained one."""
    return lambda told, *given: "right" in told or holds(told, *given)


def _same(a, b):
    return torch.allclose(a.double(), b.double(), **CLOSE)


def _has_shape(told, tokens, memory):
    logits = told["logits"]
    return isinstance(logits, torch.Tensor) and logits.shape == (*tokens.shape, V)


def _are_logits(told, *given):
    sums = told["logits"].double().exp().sum(-1), told["logits"].double().sum(-1)
    return not any(_same(found, torch.ones_like(found)) for found in sums)


def _keeps_the_past(told, *given):
    return _same(told["logits"][:, :-1], told["another future"][:, :-1])


def _sees(told, *given):
    return not _same(told["logits"], told["another last patch"])


def _sees_all(told, *given):
    return not _same(told["logits"][:, 0], told["another last patch"][:, 0])


def _reads_a_set(told, *given):
    return _same(told["logits"], told["patches turned"])


def _hears_order(told, *given):
    return not _same(told["one layer"][:, -1], told["two words swapped"][:, -1])


EXERCISE = Exercise(
    reference=captions.CaptionDecoder,
    points=6,
    cases=_cases,
    mistakes=(),
    hints=(
        "In order: a table of vectors for the words, a vector for each position, n_layers blocks, "
        "a last norm, scores for the vocabulary. It is lesson 11's GPT with another block.",
        "`DecoderBlock(d_model, n_heads, d_ff)` of lesson 10 is called as `block(x, memory, mask)` "
        "and returns three things; the first is what goes on.",
        "The mask hides later *words*: `causal_mask(tokens.shape[-1])`. Every word may attend to "
        "every patch, so the memory needs no mask.",
        "Keep the blocks in an `nn.ModuleList`, or the optimiser will not find them.",
        "If it learns slowly: begin with small vectors, for example "
        "`nn.init.normal_(table.weight, std=0.1)`.",
    ),
    verified="the past does not change with the future, every word sees every patch, order counts "
    "among words, every block and parameter takes part; trained by the check in 220 steps, it "
    f"describes more than {ENOUGH:.0%} of unseen scenes word for word",
    laws=(
        Law(
            "the logits are (B, T, vocab_size)",
            _of_probe(_has_shape),
            Finding(
                "logits-shape",
                "returned something else than logits, (B, T, vocab_size)",
                "Calling the model returns one row of vocab_size scores for each word, and "
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
            "changing the last word changes no row before it",
            _of_probe(_keeps_the_past),
            Finding(
                "future-leaks",
                "let the future leak into the past",
                "A row changed with a word that comes after it. Give every block the causal mask.",
            ),
        ),
        Law(
            "another patch changes the logits",
            _of_probe(_sees),
            Finding(
                "blind",
                "never attended to the picture",
                "The logits stayed the same for another memory: cross-attention takes its keys and "
                "values from `memory`.",
            ),
        ),
        Law(
            "the first word sees the last patch",
            _of_probe(_sees_all),
            Finding(
                "masked-picture",
                "hid a part of the picture from the first words",
                "The causal mask is for the words. Patches do not come one after the other: every "
                "word may attend to all of them.",
            ),
        ),
        Law(
            "the order of the patches does not matter",
            _of_probe(_reads_a_set),
            Finding(
                "memory-order",
                "made the order of the patches count",
                "The memory comes with its positions in it, from the encoder. The decoder adds "
                "positions to the words only.",
            ),
        ),
        Law(
            "the last row changes where two earlier words change places",
            _of_probe(_hears_order),
            Finding(
                "no-positions",
                "left out the positions of the words",
                "Attention reads a set (lesson 08): one block gave the same answer for another "
                "order of the words. Add a vector for each position to the words' vectors.",
            ),
        ),
        Law(
            "a model of two layers has more parameters than one of one layer",
            _of_probe(lambda told, *given: told["sizes"][1] > told["sizes"][0]),
            Finding(
                "layers-not-counted",
                "made the same number of blocks whatever n_layers says",
                "Make n_layers blocks, and keep them in an nn.ModuleList, where the optimiser "
                "finds their parameters.",
            ),
        ),
        Law(
            "every parameter has a gradient",
            _of_probe(lambda told, *given: told["unused"] == 0),
            Finding(
                "unused-parameters",
                "left parameters without any part in the result",
                "Does each block get what the block before it returned?",
            ),
        ),
        Law(
            f"it describes more than {ENOUGH:.0%} of unseen scenes word for word",
            lambda told, *given: "right" not in told or told["right"] > ENOUGH,
            Finding(
                "learns-too-little",
                "built a model that learns too little",
                "Everything else is in order. Is there a last norm? Do the vectors of words and "
                "positions begin small, and alike in size?",
            ),
        ),
    ),
)
