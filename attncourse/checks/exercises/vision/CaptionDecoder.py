"""Assemble a caption decoder, and train it until it describes scenes that it has never seen."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise
from attncourse.checks.exercises.assembled import (
    MOVED,
    SAME,
    Probe,
    after_its_own,
    before_its_own,
    bounds_of,
    laws_of,
    learns,
)
from attncourse.checks.exercises.inputs import integers, normal
from attncourse.vision import captions
from attncourse.vision.scenes import hold_out, kinds, pair_scenes
from attncourse.vision.sentences import tokenise

ENOUGH = 0.75  # of the scenes word for word
WIDTH = 32
PROBES = (
    *before_its_own("word"),
    Probe(
        "blind",
        MOVED,
        "another patch changes the logits",
        "never attended to the picture",
        "The logits stayed the same for another memory: cross-attention takes its keys and "
        "values from `memory`.",
    ),
    Probe(
        "masked-picture",
        MOVED,
        "the first word sees the last patch",
        "hid a part of the picture from the first words",
        "The causal mask is for the words. Patches do not come one after the other: every "
        "word may attend to all of them.",
    ),
    Probe(
        "memory-order",
        SAME,
        "the order of the patches does not matter",
        "made the order of the patches count",
        "The memory comes with its positions in it, from the encoder. The decoder adds "
        "positions to the words only.",
    ),
    *after_its_own("word"),
    learns(
        "word",
        (ENOUGH, 1.0),
        f"it describes more than {ENOUGH:.0%} of unseen scenes word for word",
    ),
)


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
    fresh = integers(0, 3, 27, 2, 6), normal(4, 2, 5, WIDTH).float()
    scenes = [(tokenise(each.captions), _memory(each)) for each in (learn, test)]
    given = bounds_of(PROBES), fresh, *scenes
    return [Case("scenes", *given, use=_examine, seconds=90, exact=False)]


def _examine(answer, bounds, fresh, seen, held):
    """What a fresh model says, and how it changes with what it reads; then how well it learns."""
    import torch
    from torch.nn import functional as F

    tokens, memory = fresh

    def random_model(n_layers):
        model = answer(27, 9, d_model=32, n_heads=4, n_layers=n_layers).eval()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        return model

    def apart(a, b):
        a, b = a.detach().double(), torch.as_tensor(b).detach().double()
        return float(((a - b).abs() / (1e-4 + 1e-3 * b.abs())).max())

    def probes():
        flat, deep = random_model(1), random_model(2)
        sizes = [sum(p.numel() for p in model.parameters()) for model in (flat, deep)]
        logits = deep(tokens, memory)
        shape = logits.shape if isinstance(logits, torch.Tensor) else None
        told = {"logits-shape": shape == (*tokens.shape, 27)}
        if not told["logits-shape"]:
            return told
        (logits * torch.randn(logits.shape)).sum().backward()
        unused = sum(p.requires_grad and p.grad is None for p in deep.parameters())
        future, swapped, last = tokens.clone(), tokens.clone(), memory.clone()
        future[:, -1] = (tokens[:, -1] + 1) % 27
        swapped[:, [3, 4]] = tokens[:, [4, 3]]
        last[:, -1] += 1
        sums = logits.double().exp().sum(-1), logits.double().sum(-1)
        seen_last = deep(tokens, last)
        return told | {
            "not-finite": int((~logits.isfinite()).sum()),
            "returned-probabilities": min(apart(each, 1.0) for each in sums),
            "changes-between-calls": apart(deep(tokens, memory), logits),
            "future-leaks": apart(deep(future, memory)[:, :-1], logits[:, :-1]),
            "blind": apart(seen_last, logits),
            "masked-picture": apart(seen_last[:, 0], logits[:, 0]),
            "memory-order": apart(deep(tokens, memory.flip(1)), logits),
            "no-positions": apart(flat(swapped, memory)[:, -1], flat(tokens, memory)[:, -1]),
            "layers-not-counted": sizes[1] - sizes[0],
            "unused-parameters": unused,
        }

    def described(model):
        """Share of unseen scenes that are described word for word."""
        tokens, memory = held
        written = torch.ones(len(tokens), 1, dtype=torch.long)
        with torch.no_grad():
            for _ in range(9):
                best = model.eval()(written, memory)[:, -1:].argmax(-1)
                written = torch.cat((written, best), dim=1)
        return float(((written[:, 1:] == tokens) | (tokens == 0)).all(-1).float().mean())

    def learned():
        tokens, memory = seen
        shifted = F.pad(tokens[:, :-1], (1, 0), value=1)
        model = answer(27, 9, d_model=32, n_heads=4, n_layers=1)
        optimiser = torch.optim.AdamW(model.parameters(), 1e-2, betas=(0.9, 0.95), fused=True)
        reached = 0.0
        for step in range(1, 221):
            optimiser.param_groups[0]["lr"] = 1e-2 * min(1, step / 10, (221 - step) / 110)
            rows = torch.randint(len(tokens), (48,))
            logits = model.train()(shifted[rows], memory[rows])
            optimiser.zero_grad()
            F.cross_entropy(logits.mT, tokens[rows], ignore_index=0).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if step >= 80 and step % 20 == 0:
                reached = described(model)
                if reached > bounds["learns-too-little"][0]:
                    break
        return reached

    torch.manual_seed(0)
    told = probes()
    if all(bounds[name][0] <= found <= bounds[name][1] for name, found in told.items()):
        told["learns-too-little"] = learned()
    return told


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
    "among words, every block and parameter takes part; trained by the check in at most 220 steps, "
    f"it describes more than {ENOUGH:.0%} of unseen scenes word for word",
    laws=laws_of(PROBES),
)
