"""Language models that lessons share, trained on real text when first asked for.

As in `attncourse.trained`: steps and seeds are fixed, so that every lesson gets the same model.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attncourse.attention import fused_attention
from attncourse.cache import trained_once
from attncourse.corpus import docstring_corpus, windows
from attncourse.generation import mask_tokens
from attncourse.language import BERT, GPT
from attncourse.masks import causal_mask
from attncourse.muon import muon
from attncourse.names import BLANK, LONGEST, PAD, FewLabels, character_name_rows, is_word
from attncourse.training import one_thread, seeded, train

CONTEXT = 64  # tokens that the GPT can read


@trained_once
def gpt(
    split: int = 0,
    *,
    share: float = 1.0,
    steps: int = 750,
    d_model: int = 96,
    n_heads: int = 3,
    seed: int = 0,
):
    """Lesson 11's GPT on Python's docstrings: 750 steps on 16 windows of 64 tokens.

    Args: split, which packages are held out; share, of the text that is learned from.
    """
    corpus = docstring_corpus(split, share=share)
    with seeded(seed):
        sizes = {"d_model": d_model, "n_heads": n_heads, "n_layers": 3}
        model = GPT(len(corpus.tokenizer), CONTEXT, activation=squared_relu, **sizes)
    begin_with_nothing(model)
    batches = windows(corpus.seen_tokens, CONTEXT, 16)
    recipe = {"learning_rate": 0.02, "weight_decay": 0.0, "warmup": steps // 32, "clip": None}

    def loss():
        return model.loss(next(batches))

    return model, lambda: train(model, loss, steps, seed=seed, optimizer=muon, **recipe)


def squared_relu(x: Tensor) -> Tensor:
    """max(0, x)²: as good as GELU, and cheap. Source: So et al. 2021, section 4.2."""
    return torch.relu(x).square()


def begin_with_nothing(model: nn.Module) -> None:
    """Set the last map of each sublayer to 0: at first, a block adds nothing to the stream."""
    for block in model.blocks:
        nn.init.zeros_(block.attention.W_o.weight)
        nn.init.zeros_(block.feed_forward.W_2.weight)


class LeftToRight(BERT):
    """A BERT under the causal mask: the control that reads in one direction, all else equal."""

    def mask(self, tokens: Tensor) -> Tensor:
        """Attend to earlier words and to yourself, but not to padding."""
        return super().mask(tokens) & causal_mask(tokens.shape[-1])


def untrained_bert(split: int = 0, *, reads: str = "both ways", seed: int = 0) -> BERT:
    """A fresh model for names of characters; reads "both ways" or only "left to right"."""
    kind = {"both ways": BERT, "left to right": LeftToRight}[reads]
    with seeded(seed):
        words = character_name_rows(split).words
        model = kind(len(words), LONGEST, pad=PAD, activation=squared_relu)
    begin_with_nothing(model)
    return model


@trained_once
def bert(split: int = 0, *, reads: str = "both ways", steps: int = 400, seed: int = 0):
    """Lesson 11's BERT on names of characters: 400 steps on 128 names of one length.

    Args: split, which scripts are held out; reads, as in `untrained_bert`.
    """
    names, model = character_name_rows(split), untrained_bert(split, reads=reads, seed=seed)
    lengths = (names.seen != PAD).sum(-1)
    alike = {n: names.seen[lengths == n, :n] for n in lengths.unique().tolist()}

    def loss():
        rows = alike[int(lengths[torch.randint(len(lengths), ())])]  # so nothing is padding
        return hidden_words(model, rows[torch.randint(len(rows), (128,))])

    recipe = {"learning_rate": 0.02, "weight_decay": 0.0, "warmup": steps // 32, "clip": None}
    return model, lambda: train(model, loss, steps, seed=seed, optimizer=muon, **recipe)


def hidden_words(model: BERT, rows: Tensor) -> Tensor:
    """The loss on three of ten words, which are hidden."""
    corrupted, chosen = mask_tokens(rows, BLANK, len(model.table.weight), rate=0.3)
    chosen &= is_word(rows)
    vectors, _ = model.encode(corrupted.where(rows != PAD, PAD), attend=fused_attention)
    return F.cross_entropy(model.score(vectors[chosen]), rows[chosen])


def repeated_rows(n: int, length: int = 12) -> Tensor:
    """n rows of random letters (26 of them), each written twice: n × 2 length."""
    letters = torch.randint(26, (n, length))
    return torch.cat([letters, letters], dim=1)


@trained_once
def copier(*, steps: int = 150, seed: int = 0):
    """A GPT of two blocks that reads rows of letters written twice: 250 steps take 12 s of CPU."""
    with seeded(seed):
        model = GPT(26, 24, d_model=64, n_heads=4, n_layers=2, activation=squared_relu)
    begin_with_nothing(model)
    recipe = {"learning_rate": 0.02, "weight_decay": 0.0, "warmup": 10, "clip": None}

    def loss():
        return model.loss(repeated_rows(64))

    return model, lambda: train(model, loss, steps, seed=seed, optimizer=muon, **recipe)


class Classifier(nn.Module):
    """A BERT with one linear map on top of the mean of its vectors.

    Source: Devlin et al. 2019, section 4.1, which takes the vector of an extra token instead.
    """

    def __init__(self, bert: BERT, n_classes: int):
        super().__init__()
        self.bert = bert
        self.decide = nn.Linear(bert.norm.normalized_shape[0], n_classes)
        nn.init.zeros_(self.decide.weight)

    def forward(self, rows: Tensor) -> Tensor:
        """Return logits, one row per name."""
        vectors, _ = self.bert.encode(rows, attend=fused_attention)
        there = (rows != self.bert.pad)[..., None]
        return self.decide((vectors * there).sum(1) / there.sum(1))


def fine_tune(bert: BERT, labels: FewLabels, *, steps: int = 60, seed: int = 0) -> float:
    """Train a copy of a BERT to tell classes apart; returns the share it gets right."""
    with seeded(seed):
        model = Classifier(copy.deepcopy(bert), len(labels.classes))

    def loss():
        return F.cross_entropy(model(labels.few), labels.few_labels)

    train(model, loss, steps, learning_rate=3e-3, warmup=5)
    with torch.no_grad(), one_thread():
        return (model(labels.many).argmax(-1) == labels.many_labels).float().mean().item()
