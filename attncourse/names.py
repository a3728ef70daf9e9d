"""Names of characters as small sentences: words to hide, blanks to fill, scripts to recognise."""

from collections import Counter
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from attncourse.splits import split_scripts
from attncourse.text import Vocabulary

LONGEST = 12  # words in a name
RARE, PAD, BLANK = 0, 1, 2  # tokens that are no words; 3 and 4 stand before and after a name
AFTER = 4


class Names(NamedTuple):
    """Names to learn from and names of other scripts to judge by, a row of word ids each."""

    words: Vocabulary
    seen: Int[Tensor, "N 12"]
    held: Int[Tensor, "M 12"]


@cache
def character_name_rows(seed: int = 0) -> Names:
    """Split names of characters by whole scripts; words seen fewer than 5 times are <rare>."""
    split = split_scripts(seed)
    counts = Counter(word for name in split.seen for word in name.split())
    known = [word for word, count in counts.most_common() if count >= 5]
    words = Vocabulary(["<rare>", "<pad>", "____", "<before>", "<after>", *known], unknown="<rare>")
    return Names(words, *(rows_of(part, words) for part in (split.seen, split.held)))


def rows_of(names: list[str], words: Vocabulary) -> Int[Tensor, "N 12"]:
    """Names as rows of word ids, filled up with padding."""
    ids = [words.encode(name.split()) for name in names]
    return torch.tensor([row + [PAD] * (LONGEST - len(row)) for row in ids])


def one_blank_each(
    rows: Int[Tensor, "N 12"], seed: int = 0, *, commonest: int | None = None
) -> tuple[Int[Tensor, "M 12"], Int[Tensor, " M"], Int[Tensor, " M"]]:
    """Hide one known word in each name that has one; returns (rows, place of the blank, word).

    Args: commonest, hide only words that are among so many commonest ones.
    """
    asked = is_word(rows) & (rows <= AFTER + (commonest or 10**6))
    rows, asked = rows[asked.any(-1)], asked[asked.any(-1)]
    luck = torch.rand(rows.shape, generator=torch.Generator().manual_seed(seed))
    place = (luck * asked).argmax(-1)
    word = rows.gather(-1, place[:, None])[:, 0]
    return rows.scatter(-1, place[:, None], BLANK), place, word


def is_word(rows: Int[Tensor, "*batch T"]) -> Bool[Tensor, "*batch T"]:
    """Whether a token is a word that the model may be asked for."""
    return rows > AFTER


class FewLabels(NamedTuple):
    """Names without their first word, and which word that was: few to learn from, many to judge."""

    classes: tuple[str, ...]
    few: Int[Tensor, "N 12"]
    few_labels: Int[Tensor, " N"]
    many: Int[Tensor, "M 12"]
    many_labels: Int[Tensor, " M"]


def few_labels(split: int = 0, *, n_classes: int = 8, each: int = 5, seed: int = 0) -> FewLabels:
    """Take the largest groups of held-out names: `each` names with a label, up to 60 without."""
    names, groups = character_name_rows(split), {}
    for name in split_scripts(split).held:
        first, *rest = name.split()
        groups.setdefault(first, []).append(" ".join(rest))
    largest = sorted(groups, key=lambda group: (-len(groups[group]), group))[:n_classes]
    order, parts = torch.Generator().manual_seed(seed), ([], [])
    for group in largest:
        drawn = torch.randperm(len(groups[group]), generator=order)[: each + 60].tolist()
        rows = rows_of([groups[group][i] for i in drawn], names.words)
        parts[0].append(rows[:each])
        parts[1].append(rows[each:])
    labels = (
        torch.arange(n_classes).repeat_interleave(torch.tensor(list(map(len, p)))) for p in parts
    )
    few, many = (torch.cat(part) for part in parts)
    few_ids, many_ids = labels
    return FewLabels(tuple(largest), few, few_ids, many, many_ids)


def by_naive_bayes(labels: FewLabels, vocab_size: int, smoothing: float = 1.0) -> float:
    """Count, for each class, in how many names a word occurs; returns the share it gets right.

    score(class) = Σ over words: ln p if the word is there, ln (1 − p) if it is not,
    p = (names of the class with the word + s) / (names of the class + 2 s)
    """
    few, many = (_bags(rows, vocab_size) for rows in (labels.few, labels.many))
    of_class = one_hot(labels.few_labels, len(labels.classes)).float()
    p = (of_class.T @ few + smoothing) / (of_class.sum(0)[:, None] + 2 * smoothing)
    scores = many @ p.log().T + (1 - many) @ (1 - p).log().T
    return (scores.argmax(-1) == labels.many_labels).float().mean().item()


def _bags(rows: Int[Tensor, "N 12"], vocab_size: int) -> Float[Tensor, "N V"]:
    there = torch.zeros(len(rows), vocab_size).scatter(1, rows, 1.0)
    there[:, PAD] = 0
    return there
