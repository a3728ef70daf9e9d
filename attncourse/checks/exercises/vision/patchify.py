"""Split a picture into the tokens of a Transformer."""

import torch
from einops import rearrange

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape
from attncourse.vision import patches

PATTERNS = {
    "patches": "... C (r y) (c x) -> ... (r c) (y x C)",
    "down": "... C (r y) (c x) -> ... (c r) (y x C)",
    "planes": "... C (r y) (c x) -> ... (r c) (C y x)",
    "transposed": "... C (r y) (c x) -> ... (r c) (x y C)",
    "spread": "... C (y r) (x c) -> ... (r c) (y x C)",
    "grid": "... C (r y) (c x) -> ... r c (y x C)",
    "unflattened": "... C (r y) (c x) -> ... (r c) y x C",
    "numbers": "... C (r y) (c x) -> ... (y x C) (r c)",
    "folded": "B ... C (r y) (c x) -> (B ... r c) (y x C)",
}


def _cases():
    return [
        Case("plain", by_shape(2, 4, 6), 2),
        Case("one patch", by_shape(3, 5, 5), 5),
        Case("patches of one pixel", by_shape(2, 3, 4), 1),
        Case("grey", by_shape(1, 6, 9), 3),
        Case("a batch", by_shape(4, 3, 70, 4), 2),
        Case("two batch axes", by_shape(2, 3, 2, 4, 8), 2),
        Case("float32", by_shape(3, 8, 4, dtype=torch.float32), 4),
        Case("not contiguous", by_shape(9, 6, 2).permute(2, 0, 1), 3),
    ]


def _with(image, size, *, order="patches", batch="any"):
    if batch == "one":
        _, _, _, _ = image.shape
    if batch == "none":
        _, _, _ = image.shape
    C = image.shape[-3]
    if order == "view":
        return image.reshape(*image.shape[:-3], -1, C * size**2)
    if order == "view of pixels":
        return image.movedim(-3, -1).reshape(*image.shape[:-3], -1, C * size**2)
    sides = {"x": size, "y": size}
    if order == "n patches":
        sides = {"r": size, "c": size}
        order = "patches"
    return rearrange(image, PATTERNS[order], **sides)


def _top_left(result, image, size):
    corner = image[..., :size, :size].flatten(-3)
    return torch.equal(result[..., 0, :].sort(-1).values, corner.sort(-1).values)


EXERCISE = Exercise(
    reference=patches.patchify,
    points=2,
    cases=_cases,
    hints=(
        "Look at the first patch alone: which pixels belong to it? Its first pixel gives the first "
        "C numbers.",
        "First give the rows and the columns of patches axes of their own, without moving a "
        "number. Then bring the axes into the order (row, column, y, x, colour), and flatten.",
        "In an einops pattern the axis to be split stands in brackets, the outer factor first: "
        "(r y) is `height`, r rows of patches with y lines of pixels each.",
    ),
    verified="colour and grey, oblong pictures, one patch, patches of one pixel, any number of "
    "batch axes, float32 and float64, non-contiguous input; every number where it should be",
    sizes=lambda image, size: {
        "C": image.shape[-3],
        "height": image.shape[-2],
        "width": image.shape[-1],
        "size": size,
    },
    rewrite=_with,
    laws=(
        Law("the first token holds the numbers of the patch at the top left", _top_left),
        Law(
            "the first token begins with the colours of the first pixel",
            lambda result, image, size: torch.equal(
                result[..., 0, : image.shape[-3]], image[..., 0, 0]
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "used-view",
            "used `reshape` alone, which cuts the picture into strips",
            "Memory holds a picture line by line, so a run of numbers is part of a line and no "
            "square. Split the axes first, then change their order.",
            {"order": "view"},
            {"order": "view of pixels"},
        ),
        Mistake(
            "read-down",
            "read the patches downwards, column by column",
            "The order is that of reading: along the first row of patches, then along the second.",
            order="down",
        ),
        Mistake(
            "colour-planes",
            "put the colours of a patch one after the other",
            "A token holds pixel after pixel, with the C numbers of a pixel side by side.",
            order="planes",
        ),
        Mistake(
            "transposed-patch",
            "read the pixels inside a patch downwards",
            "Inside a patch, too, the order is that of reading: along the first line of pixels.",
            order="transposed",
        ),
        Mistake(
            "took-every-nth",
            "took every n-th pixel instead of neighbours",
            "A patch is a small square of neighbours. In the pattern the patch is the outer "
            "factor, (r y), and the pixel inside it is the inner one.",
            order="spread",
        ),
        Mistake(
            "size-counts-patches",
            "took the size for the number of patches along a side",
            "A patch has `size` pixels along each side; how many patches fit is what comes out.",
            order="n patches",
        ),
        Mistake(
            "kept-grid",
            "kept the rows and columns of patches apart",
            "A Transformer reads a sequence: N patches along one axis.",
            order="grid",
        ),
        Mistake(
            "kept-pixels",
            "left the pixels of a patch unflattened",
            "Each patch becomes one vector of size · size · C numbers.",
            order="unflattened",
        ),
        Mistake(
            "tokens-last",
            "put the patches last",
            "One row is one token: (…, N, numbers).",
            order="numbers",
        ),
        Mistake(
            "folded-batch",
            "joined the patches of all pictures in one sequence",
            "Each picture keeps a sequence of its own: (…, N, numbers).",
            order="folded",
        ),
        Mistake(
            "one-batch-axis",
            "counted on exactly one batch axis",
            "There may be none, or several. Count from the right: C is −3, height −2, width −1.",
            batch="one",
        ),
        Mistake(
            "no-batch-axis",
            "counted on a single picture",
            "There may be any number of axes before (C, height, width).",
            batch="none",
        ),
    ),
)
