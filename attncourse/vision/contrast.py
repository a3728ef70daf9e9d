"""Pictures and sentences as vectors of one space: near each other where they belong together."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.attention import fused_attention
from attncourse.blocks import Block
from attncourse.positions import LearnedPositions
from attncourse.text import embed
from attncourse.vision.patches import PictureEncoder


def similarity(image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Cosine of the angle between every picture and every sentence."""
    return F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).mT


def contrastive_loss(
    image: Float[Tensor, "n d"], text: Float[Tensor, "n_text d"], temperature: float = 0.05
) -> Float[Tensor, ""]:
    """Let each picture find its sentence among n, and each sentence its picture.

    s_ij = cos(image_i, text_j) / temperature
    loss = −1/2n Σ_i (ln softmax_j(s_i·)[i] + ln softmax_i(s_·i)[i])

    Args:
        image, text: row i of one belongs to row i of the other; of any norm.
        temperature: the lower, the more the most similar wrong ones count.

    Raises: ValueError if pictures and sentences are not as many.
    Source: Radford et al. 2021, figure 3. Derived in: lesson 13.
    """
    if len(image) != len(text):
        raise ValueError(f"every picture needs one sentence; got {len(image)} and {len(text)}")
    scores = similarity(image, text) / temperature
    right = torch.arange(len(image), device=image.device)
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.mT, right)) / 2


def contrast_gradient(scores: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
    """Derivative of the contrastive loss by each score s_ij.

    ∂loss/∂s_ij = (softmax_j(s_i·)[j] + softmax_i(s_·j)[i] − 2 [i = j]) / 2n

    Derived in: lesson 13's exercises.
    """
    n = len(scores)
    right = torch.eye(n, dtype=scores.dtype, device=scores.device)
    return (scores.softmax(-1) + scores.softmax(0) - 2 * right) / (2 * n)


def caption_probabilities(
    image: Float[Tensor, "n d"], text: Float[Tensor, "m d"], temperature: float = 0.05
) -> Float[Tensor, "n m"]:
    """How likely each caption is for each picture: the captions of a picture compete.

    output_ij = softmax_j(cos(image_i, text_j) / temperature)

    Source: Radford et al. 2021, section 3.1.2 (zero-shot). Derived in: lesson 13.
    """
    return (similarity(image, text) / temperature).softmax(-1)


class SentenceEncoder(nn.Module):
    """A sentence is the mean of what one Transformer block makes of its words, in their order."""

    def __init__(self, vocab_size: int, d: int, *, T_max: int = 9):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocab_size, d))
        self.positions = LearnedPositions(T_max, d)
        self.block, self.norm = Block(d, 4, 2 * d), nn.LayerNorm(d)

    def forward(self, tokens: Int[Tensor, "m T"]) -> Float[Tensor, "m d"]:
        """Look up, add positions, attend, average."""
        x = embed(tokens, self.table) + self.positions(tokens.shape[-1])
        return self.norm(self.block(x, attend=fused_attention)[0]).mean(-2)


class CLIP(nn.Module):
    """Two towers into one space: pictures on one side, sentences on the other.

    Args:
        pictures: the mean of its tokens is mapped to d numbers.
        sentences: gives d numbers.

    Source: Radford et al. 2021. Derived in: lesson 13.
    """

    def __init__(self, pictures: PictureEncoder, sentences: SentenceEncoder, d: int):
        super().__init__()
        self.pictures, self.sentences = pictures, sentences
        self.project = nn.Linear(pictures.d_model, d)

    def embed_pictures(self, images: Float[Tensor, "n C H W"]) -> Float[Tensor, "n d"]:
        """One vector for each picture."""
        return self.project(self.pictures(images, fused_attention)[0].mean(-2))

    def embed_sentences(self, tokens: Int[Tensor, "m T"]) -> Float[Tensor, "m d"]:
        """One vector for each sentence."""
        return self.sentences(tokens)

    def forward(
        self, images: Float[Tensor, "n C H W"], tokens: Int[Tensor, "m T"]
    ) -> Float[Tensor, "n m"]:
        """Similarity of every picture and every sentence."""
        return similarity(self.embed_pictures(images), self.embed_sentences(tokens))
