"""Whole models in one drawing: towers of layers, recurrent networks, the inside of a layer."""

from collections.abc import Sequence

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import INK, MUTED
from attncourse.figures.picture import Picture, picture
from attncourse.figures.saying import say
from attncourse.figures.stacks import MODELS, SIDE, STREAM, WIDE, Stack, Tower

APART = 60  # from one tower to the next, in pixels


def architecture(
    model: str,
    *,
    norm: str = "post",
    highlight: str | Sequence[str] = (),
    layers: str = "× L",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw a model as towers of layers with their residual streams.

    Args:
        model: encoder, encoder-decoder, gpt, bert, vit, captioner, detr or diffusion.
        norm: "post" (after the sum, as in the paper) or "pre" (before the layer, as today).
        highlight: names of boxes that the lesson is about.
        layers: how often the block is repeated, written into its corner.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; got {model!r}")
    if norm not in ("pre", "post"):
        raise ValueError(f"norm must be 'pre' or 'post'; got {norm!r}")
    new = {highlight} if isinstance(highlight, str) else set(highlight)
    look = {"norm": norm, "new": new, "layers": layers}
    towers = [Tower(stack, named=not k, **look) for k, stack in enumerate(MODELS[model])]
    floor, sheet = max(tower.height for tower in towers), Canvas()
    for k, tower in enumerate(towers):
        sheet.place(tower.sheet, k * (WIDE + APART), floor)
    if len(towers) > 1:
        _memory(sheet, *towers, floor)
    size = len(towers) * (WIDE + APART) - APART, floor + 2
    said = say(title, *_say(MODELS[model], norm, new, layers)) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


def _memory(sheet: Canvas, left: Tower, right: Tower, floor: float) -> None:
    """Keys and values, from the top of one tower to the cross-attention of the next."""
    start, end = floor + left.middle["memory"], floor + right.middle["cross-attention"]
    x = WIDE + APART / 2
    sheet.arrow(
        [(STREAM + 60, start), (x, start), (x, end), (WIDE + APART + SIDE - 2, end)], colour=INK
    )
    sheet.text(x - 8, start - 12, "keys, values", size=12, colour=MUTED, anchor="end")


def _say(stacks: Sequence[Stack], norm: str, new: set[str], layers: str):
    order = "a norm after each sum" if norm == "post" else "a norm before each layer"
    for stack in stacks:
        yield f"{stack.title}, from below: {', '.join(stack.before)}"
        yield (
            f"A block {layers} of {', '.join(stack.layers)}, each added to the residual stream, "
            f"{order}; then {', '.join(stack.after)}"
        )
    if len(stacks) > 1:
        yield "The memory gives keys and values to the cross-attention"
    yield f"Highlighted: {', '.join(sorted(new))}" if new else ""
