"""Assemble a whole Transformer; it is trained on rows of digits and judged on rows never seen."""

from attncourse import transformer
from attncourse.checks.engine.exercise import Case, Exercise
from attncourse.checks.exercises.assembled import NONE, SOME, Probe, bounds_of, laws_of, learns

STILL, MOVED = (0.0, 1e-4), (1e-6, 1e30)  # the largest difference between two logits
PROBES = (
    Probe(
        "wrong-shape",
        SOME,
        "logits have the shape (B, M, target_size)",
        "returned logits of another shape",
        "One row of target_size scores for each place of the target: B × M × target_size.",
    ),
    Probe(
        "future-leaks",
        STILL,
        "what comes later in the target changes no earlier prediction",
        "let the future leak: the causal mask is missing",
        "A later word of the target changed an earlier prediction. In training the model would "
        "copy the answer; when it writes, there is nothing to copy.",
    ),
    Probe(
        "mask-inverted",
        NONE,
        "what is hidden is the padding",
        "showed the padding and hid the words",
        "In this course True = may attend: source != pad.",
    ),
    Probe(
        "source-unread",
        MOVED,
        "another source gives other predictions",
        "never read the source",
        "Another source, and the same predictions: the memory must reach every decoder block.",
    ),
    Probe(
        "padding-attended",
        STILL,
        "padding after the source changes nothing",
        "attended to the padding of the source",
        "Two masks hide it: one in the encoder, one in cross-attention.",
    ),
    Probe(
        "typed-pad",
        STILL,
        "padding with another number changes nothing, either",
        "hid the number 0, not `pad`",
        "`pad` is an argument: keep it as self.pad, and hide where source == self.pad.",
    ),
    Probe(
        "newest-unread",
        MOVED,
        "the last prediction depends on the last word that was read",
        "did not let a row read its own token",
        "The target comes in shifted already: row t has read the tokens up to t, that one "
        "included.",
    ),
    Probe(
        "layers-not-counted",
        SOME,
        "a model of two layers has more parameters than one of one layer",
        "made the same number of blocks whatever n_layers says",
        "Make n_layers blocks on either side, and keep them in an nn.ModuleList, where the "
        "optimiser finds their parameters.",
    ),
    Probe(
        "layers-too-small",
        (0.95, 1.05),
        "a layer more is one Block and one DecoderBlock more",
        "gave a further layer another number of parameters than its two blocks have",
        "n_layers blocks on either side, each with numbers of its own ([block] * n is one block n "
        "times), in an nn.ModuleList, with feed-forward layers 4 · d_model wide.",
    ),
    Probe(
        "unused-parameters",
        NONE,
        "every parameter has a gradient",
        "left parameters without any part in the result, or without a gradient",
        "Is each block given what the block before it returned? Is each norm used? Does the loss "
        "reach the encoder?",
    ),
    Probe(
        "encoder-hides",
        NONE,
        "each word of the source may attend to all of its words",
        "hid words of the source from each other",
        "The encoder reads in both directions: only padding is hidden there.",
    ),
    Probe(
        "self-hidden",
        NONE,
        "each word of the target may attend to itself and to all before it",
        "hid a word of the target from itself, or from later ones",
        "The causal mask keeps the diagonal: row t has read the tokens up to t, that one included.",
    ),
    Probe(
        "memory-hidden",
        NONE,
        "each word of the target may attend to the whole memory",
        "hid a part of the memory from the decoder",
        "The source is known from the start: of the memory, only padding is hidden.",
    ),
    Probe(
        "no-source-positions",
        MOVED,
        "the order of the source matters",
        "gave the source no positions",
        "Turned round, the source gives the same predictions: without positions it is a set.",
    ),
    Probe(
        "no-target-positions",
        MOVED,
        "the order of the target matters",
        "gave the target no positions",
        "Two earlier words of the target changed places, and the last prediction stayed.",
    ),
    Probe(
        "softmax-inside",
        (1e-3, 1e30),
        "logits are not probabilities",
        "returned probabilities in place of logits",
        "The loss applies the softmax: leave it out of the model.",
    ),
    learns("word", (0.9, 1.0), "after 140 steps it sorts at least 90 % of 300 new rows"),
)


def learn_to_sort(answer, bounds, steps):
    """Probe a fresh model; if that went well, train it to sort four digits and to write new rows.

    Returns: how far each probe moves the logits, and the share of 300 new rows that are right.
    """
    import torch
    from torch.nn import functional as F

    torch.manual_seed(0)
    draws = torch.Generator().manual_seed(1)

    def rows(n):
        digits = torch.randint(3, 7, (n, 4), generator=draws)
        target = F.pad(digits.sort(-1).values, (0, 1), value=2)
        return digits, F.pad(target, (1, 0), value=1)[:, :-1], target

    def fresh(layers):
        return answer(8, 12, d_model=16, n_heads=2, n_layers=layers, pad=7).eval()

    def other_pad():
        """(whether the shape is right, how far padding with a 7 moves the logits)."""
        other, few = fresh(1), torch.arange(3, 7).expand(2, 4)
        written = torch.tensor([1, 11, 9, 10, 8]).expand(2, 5)
        ours = other(few, written)
        if ours.shape != (2, 5, 12):
            return False, 0.0
        padded = other(F.pad(few, (0, 3), value=7), written)
        return True, float((padded - ours).abs().max())

    def layers():
        """Of one layer: its parameters, compared with its blocks'; parameters without gradient."""
        sizes = [sum(p.numel() for p in fresh(n).parameters()) for n in (1, 2)]
        attention, think, norm = 4 * (16 * 16 + 16), 2 * 16 * 64 + 64 + 16, 2 * 16
        due = 3 * attention + 2 * think + 5 * norm  # a Block and a DecoderBlock of d_model 16
        deep = fresh(2)
        with torch.enable_grad():
            logits = deep(torch.arange(3, 7).expand(2, 4), torch.arange(1, 6).expand(2, 5))
            (logits * torch.randn(logits.shape)).sum().backward()
        return {
            "layers-not-counted": float(sizes[1] - sizes[0]),
            "layers-too-small": (sizes[1] - sizes[0]) / due,
            "unused-parameters": float(
                sum(p.requires_grad and p.grad is None for p in deep.parameters())
            ),
        }

    def hidden(model, N=24, M=25):
        """How many pairs have no weight in any head though they may; of a long text."""
        seen = []
        watched = [
            module.register_forward_hook(
                lambda module, given, result: seen.extend(result if type(result) is tuple else ())
            )
            for module in model.modules()
        ]
        model(torch.full((1, N), 3), torch.full((1, M), 3))
        for each in watched:
            each.remove()
        maps = [x.amax((0, 1)) for x in seen if torch.is_tensor(x) and x.ndim == 4]

        def missing(rows, columns):
            found = [x for x in maps if x.shape == (rows, columns)]
            return float(sum(((x == 0) & may[:rows, :columns]).sum() for x in found))

        may = torch.ones(M, M, dtype=torch.bool)
        told = {"encoder-hides": missing(N, N), "memory-hidden": missing(M, N)}
        may = may.tril()
        return told | {"self-hidden": missing(M, M)}

    def probes(model):
        source, inputs = torch.arange(3, 7).expand(20, 4), rows(20)[1]
        newest, late, ordered = inputs.clone(), inputs.clone(), inputs.clone()
        newest[:, -1] = 8
        late[:, -2:] = torch.tensor([3, 8])
        ordered[:] = torch.tensor([1, 3, 4, 5, 6])
        logits, in_order = model(source, inputs), model(source, ordered)
        has_shape, typed = other_pad()
        if not has_shape or logits.shape != (20, 5, 9):
            return {"wrong-shape": 0.0}

        def moved(found, places=slice(None), due=logits):
            return float((found - due)[:, places].abs().max())

        read = moved(model(source + 1, inputs))
        padded = moved(model(F.pad(source, (0, 3)), inputs))
        last, turned = slice(-1, None), ordered[:, [0, 2, 1, 3, 4]]
        return {
            "wrong-shape": 1.0,
            "future-leaks": moved(model(source, late), slice(0, -2)),
            "mask-inverted": float(read < 1e-6 and padded > 1e-4),
            "source-unread": read,
            "padding-attended": padded,
            "typed-pad": typed,
            "newest-unread": moved(model(source, newest), last),
            **layers(),
            **hidden(model),
            "no-source-positions": moved(model(source.flip(1), inputs)),
            "no-target-positions": moved(model(source, turned), last, in_order),
            "softmax-inside": float((in_order.sum(-1) - 1).abs().max()),
        }

    def sorted_rows(model):
        """Share of 300 new rows that are written in the right order."""
        source, inputs, target = new
        written = inputs[:, :1]
        with torch.no_grad():
            for _ in range(5):
                best = model.eval()(source, written)[:, -1:].argmax(-1)
                written = torch.cat([written, best], dim=1)
        return float((written[:, 1:] == target).all(-1).float().mean())

    def learned(model):
        optimiser = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99), fused=True)
        reached = 0.0
        for step in range(1, steps + 1):
            optimiser.param_groups[0]["lr"] = 4e-3 * min(1, step / 30) * (1 - step / (steps + 1))
            source, inputs, target = rows(32)
            optimiser.zero_grad()
            F.cross_entropy(model.train()(source, inputs).mT, target).backward()
            optimiser.step()
            if step >= 80 and step % 20 == 0:
                reached = sorted_rows(model)
                if reached >= bounds["learns-too-little"][0]:
                    break
        return reached

    model = answer(9, 9, d_model=32, n_heads=4, n_layers=1).eval()
    with torch.no_grad():
        told = probes(model)
    if all(bounds[name][0] <= found <= bounds[name][1] for name, found in told.items()):
        new = rows(300)
        told["learns-too-little"] = learned(model)
    return told


EXERCISE = Exercise(
    reference=transformer.Transformer,
    points=6,
    cases=lambda: [
        Case(
            "four digits to sort",
            bounds_of(PROBES),
            140,
            use=learn_to_sort,
            seconds=90,
            exact=False,
        ),
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
    laws=laws_of(PROBES),
    verified="shapes, both masks, positions on both sides; trained for at most 140 steps, it sorts "
    "at least 90 % of 300 rows that it has never seen",
)
