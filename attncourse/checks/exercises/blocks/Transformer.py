"""Assemble a whole Transformer; it is trained on rows of digits and judged on rows never seen."""

from attncourse import transformer
from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law


def learn_to_sort(answer, steps):
    """Probe a fresh model, train it to sort four digits, and let it write new rows.

    Returns: how far each probe moves the logits, and the share of 300 new rows that are right.
    """
    import torch
    from torch.nn import functional as F

    torch.manual_seed(0)
    draws = torch.Generator().manual_seed(1)
    model = answer(9, 9, d_model=32, n_heads=4, n_layers=1)

    def rows(n):
        digits = torch.randint(3, 7, (n, 4), generator=draws)
        target = F.pad(digits.sort(-1).values, (0, 1), value=2)
        return digits, F.pad(target, (1, 0), value=1)[:, :-1], target

    def moved(source, inputs, places):
        return float((model(source, inputs) - logits)[:, places].abs().max())

    def fresh(layers):
        return answer(8, 12, d_model=16, n_heads=2, n_layers=layers, pad=7).eval()

    source, inputs, target = rows(20)
    distinct = torch.arange(3, 7).expand(20, 4)
    model.eval()
    with torch.no_grad():
        logits = model(distinct, inputs)
        other, few = fresh(1), torch.arange(3, 7).expand(2, 4)
        written = torch.tensor([1, 11, 9, 10, 8]).expand(2, 5)
        ours = other(few, written)
        sizes = [sum(p.numel() for p in fresh(n).parameters()) for n in (1, 2)]
        probes = {"shape": float(logits.shape == (20, 5, 9) and ours.shape == (2, 5, 12))}
        if not probes["shape"]:
            return probes
        probes["layers"] = float(sizes[1] - sizes[0])
        padded = other(F.pad(few, (0, 3), value=7), written)
        probes["other padding"] = float((padded - ours).abs().max())
        newest = inputs.clone()
        newest[:, -1] = 8
        probes["newest"] = moved(distinct, newest, slice(-1, None))
        late, swapped = inputs.clone(), inputs.clone()
        late[:, -1] = 8
        late[:, -2] = 3
        probes["future"] = moved(distinct, late, slice(0, -2))
        probes["source"] = moved(distinct + 1, inputs, slice(None))
        probes["padding"] = moved(F.pad(distinct, (0, 3)), inputs, slice(None))
        probes["source order"] = moved(distinct.flip(1), inputs, slice(None))
        swapped[:] = torch.tensor([1, 3, 4, 5, 6])
        logits = model(distinct, swapped)
        probes["target order"] = moved(distinct, swapped[:, [0, 2, 1, 3, 4]], slice(-1, None))
        probes["sum"] = float((logits.sum(-1) - 1).abs().max())
    model.train()
    moments = [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in model.parameters()]
    for step in range(1, steps + 1):  # Adam by hand: torch.optim imports what no sandbox has
        rate = 4e-3 * min(1, step / 30) * (1 - step / (steps + 1))
        source, inputs, target = rows(32)
        model.zero_grad()
        F.cross_entropy(model(source, inputs).mT, target).backward()
        with torch.no_grad():
            for p, mean, square in moments:
                if p.grad is not None:
                    mean.lerp_(p.grad, 0.1)
                    square.lerp_(p.grad**2, 0.01)
                    size = (square / (1 - 0.99**step)).sqrt() + 1e-8
                    p -= rate * mean / (1 - 0.9**step) / size
    model.eval()
    with torch.no_grad():
        source, inputs, target = rows(300)
        written = inputs[:, :1]
        for _ in range(5):
            best = model(source, written)[:, -1:].argmax(-1)
            written = torch.cat([written, best], dim=1)
    return {**probes, "right": float((written[:, 1:] == target).all(-1).float().mean())}


def _law(name, holds, *broken):
    return Law(name, lambda told, steps: holds(told), Finding(*broken) if broken else None)


EXERCISE = Exercise(
    reference=transformer.Transformer,
    points=6,
    cases=lambda: [
        Case("four digits to sort", 140, use=learn_to_sort, seconds=90, exact=False),
    ],
    hints=(
        "Three stages: embed, pass the source through the encoder blocks, pass the target through "
        "the decoder blocks with the result as memory; then a linear map to target_size scores.",
        "An embedding is a row of `nn.Embedding(size, d_model)`; add `sinusoidal_encoding(T, "
        "d_model)`. Source and target have a table each.",
        "`nn.ModuleList(Block(d_model, n_heads, 4 * d_model) for _ in range(n_layers))` is a "
        "stack: call one block after the other, each with what the one before returned.",
        "Two masks: `causal_mask(M)` for the target; for the source (source != pad) with axes for "
        "heads and queries, B × 1 × 1 × N, in the encoder and in cross-attention.",
        "Pre-norm blocks leave the stream as it grew: normalise it after each stack.",
    ),
    mistakes=(),
    laws=(
        _law(
            "logits have the shape (B, M, target_size)",
            lambda told: told["shape"] == 1,
            "wrong-shape",
            "returned logits of another shape",
            "One row of target_size scores for each place of the target: B × M × target_size.",
        ),
        _law(
            "what comes later in the target changes no earlier prediction",
            lambda told: told["future"] < 1e-4,
            "future-leaks",
            "let the future leak: the causal mask is missing",
            "A later word of the target changed an earlier prediction. In training the model would "
            "copy the answer; when it writes, there is nothing to copy.",
        ),
        _law(
            "what is hidden is the padding",
            lambda told: told["source"] > 1e-6 or told["padding"] < 1e-4,
            "mask-inverted",
            "showed the padding and hid the words",
            "In this course True = may attend: source != pad.",
        ),
        _law(
            "another source gives other predictions",
            lambda told: told["source"] > 1e-6,
            "source-unread",
            "never read the source",
            "Another source, and the same predictions: the memory must reach every decoder block.",
        ),
        _law(
            "padding after the source changes nothing",
            lambda told: told["padding"] < 1e-4,
            "padding-attended",
            "attended to the padding of the source",
            "Two masks hide it: one in the encoder, one in cross-attention.",
        ),
        _law(
            "padding with another number changes nothing, either",
            lambda told: told["other padding"] < 1e-4,
            "typed-pad",
            "hid the number 0, not `pad`",
            "`pad` is an argument: keep it as self.pad, and hide where source == self.pad.",
        ),
        _law(
            "the last prediction depends on the last word that was read",
            lambda told: told["newest"] > 1e-6,
            "newest-unread",
            "did not let a row read its own token",
            "The target comes in shifted already: row t has read the tokens up to t, that one "
            "included.",
        ),
        _law(
            "a model of two layers has more parameters than one of one layer",
            lambda told: told["layers"] > 0,
            "layers-not-counted",
            "made the same number of blocks whatever n_layers says",
            "Make n_layers blocks on either side, and keep them in an nn.ModuleList, where the "
            "optimiser finds their parameters.",
        ),
        _law(
            "the order of the source matters",
            lambda told: told["source order"] > 1e-6,
            "no-source-positions",
            "gave the source no positions",
            "Turned round, the source gives the same predictions: without positions it is a set.",
        ),
        _law(
            "the order of the target matters",
            lambda told: told["target order"] > 1e-6,
            "no-target-positions",
            "gave the target no positions",
            "Two earlier words of the target changed places, and the last prediction stayed.",
        ),
        _law(
            "logits are not probabilities",
            lambda told: told["sum"] > 1e-3,
            "softmax-inside",
            "returned probabilities in place of logits",
            "The loss applies the softmax: leave it out of the model.",
        ),
        _law(
            "after 140 steps it sorts at least 90 % of 300 new rows",
            lambda told: told["right"] >= 0.9,
        ),
    ),
    verified="shapes, both masks, positions on both sides; trained for 140 steps, it sorts at "
    "least 90 % of 300 rows that it has never seen",
)
