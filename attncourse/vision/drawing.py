"""The denoisers of lesson 14: trained when first asked for, with fixed steps and a seed."""

from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attncourse.cache import trained_once
from attncourse.tasks import PAD, SPECIAL
from attncourse.text import Vocabulary
from attncourse.training import seeded, train
from attncourse.vision.diffusion import Denoiser
from attncourse.vision.handwriting import DIGITS, handwriting
from attncourse.vision.learning import RECIPE
from attncourse.vision.noise import add_noise

NO_WORD = PAD  # stands in place of each word where the denoiser is to draw anything
STROKES = ("light", "bold")
WORDS = Vocabulary((*SPECIAL, "a", *STROKES, *DIGITS))


def caption(digit: int, bold: int) -> str:
    """Write "a light three" or "a bold three"."""
    return f"a {STROKES[bold]} {DIGITS[digit]}"


def tokenise(sentences: list[str]) -> Int[Tensor, "n 3"]:
    """Write captions as token ids."""
    return torch.tensor([WORDS.encode(sentence.split()) for sentence in sentences])


@cache
def usual_ink() -> Float[Tensor, " 10"]:
    """Median ink of each digit, over the pictures that may be learned from."""
    images, labels = handwriting("train")
    ink = images.mean((1, 2))
    return torch.stack([ink[labels == digit].median() for digit in range(len(DIGITS))])


def is_bold(images: Float[Tensor, "n 8 8"], digits: Int[Tensor, " n"]) -> Bool[Tensor, " n"]:
    """Whether a digit has more ink than is usual for it."""
    return images.mean((1, 2)) > usual_ink()[digits]


@trained_once
def denoiser(*, told: bool = True, steps: int = 330, seed: int = 0):
    """Draws digits as captions ask for them, in about 13 s of CPU.

    Args: told, whether captions belong to their pictures; else they are dealt out at random.
    """
    images, digits = handwriting("train")
    bold = is_bold(images, digits).tolist()
    words = tokenise([caption(*kind) for kind in zip(digits.tolist(), bold, strict=True)])
    with seeded(seed):
        model = Denoiser(len(WORDS))
        words = words if told else words[torch.randperm(len(words))]

    def loss() -> Float[Tensor, ""]:
        rows, t = torch.randint(len(images), (96,)), torch.rand(96)
        said = words[rows].where(torch.rand(96, 1) > 0.15, NO_WORD)
        image = 2 * images[rows, None] - 1
        noise = torch.randn_like(image)
        return F.mse_loss(model(add_noise(image, noise, t), t, said), noise)

    return model, lambda: train(model, loss, steps, seed=seed, **RECIPE)
