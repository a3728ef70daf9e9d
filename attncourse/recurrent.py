"""An encoder–decoder that learns to align.

A recurrent encoder reads the source word by word and remembers its state after each: the *memory*.
A recurrent decoder writes the target word by word; before each word, its state asks the memory.
How it asks is a score, and the score is all that differs between the models of lesson 09.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.attention import masked_softmax
from attncourse.masks import padding_mask
from attncourse.scoring import additive_score, bilinear_score, dot_score

Score = Callable[[Tensor, Tensor], Tensor]  # (*batch, M, d_q), (*batch, N, d_k) → (*batch, M, N)


def context_vector(
    state: Float[Tensor, "*batch d_state"],
    memory: Float[Tensor, "*batch N d_memory"],
    mask: Bool[Tensor, "*batch N"],
    score: Score,
) -> tuple[Float[Tensor, "*batch d_memory"], Float[Tensor, "*batch N"]]:
    """Ask the memory one question: the decoder's state is the query, keys are values.

    c = Σ_j α_j h_j,  α = softmax over the real words j of score(s, h_j)

    Args:
        state: s, one vector per sentence.
        memory: h_1 … h_N, the encoder's states.
        mask: True = a real word, False = padding.
        score: compares queries (*batch, 1, d_state) with keys, as `dot_score` does.

    Returns: (context, weights).
    Source: Bahdanau et al. 2015, equations 5 and 6. Derived in: lesson 09.
    """
    scores = score(state.unsqueeze(-2), memory)  # *batch 1 N
    weights = masked_softmax(scores, mask.unsqueeze(-2))
    return (weights @ memory).squeeze(-2), weights.squeeze(-2)


def shift_right(tokens: Int[Tensor, "*batch T"], bos: int) -> Int[Tensor, "*batch T"]:
    """What the decoder reads while it is taught: at each place the word before, at first `bos`.

    (y_1, y_2, …, y_T) becomes (bos, y_1, …, y_{T−1})

    Args:
        tokens: the target; it stays as it is.
        bos: the token that stands for the beginning.

    Source: Williams and Zipser 1989, "teacher forcing". Derived in: lesson 09.
    """
    return F.pad(tokens, (1, 0), value=bos)[..., :-1]


def sequence_loss(
    logits: Float[Tensor, "*batch T V"], target: Int[Tensor, "*batch T"], pad: int
) -> Float[Tensor, ""]:
    """Mean surprise at the target's words, in nats: each real word counts once, padding never.

    −1/n Σ ln softmax(logits_t)[target_t]  over the n places where target_t ≠ pad

    Args:
        logits: scores of the V tokens at each place.
        target: the token that should stand there.
        pad: the token that only fills up.

    Returns: 0 where everything is padding.
    Raises: ValueError if the sizes do not fit. Derived in: lesson 09.
    """
    if logits.shape[:-1] != target.shape:
        got = f"{tuple(logits.shape[:-1])} and {tuple(target.shape)}"
        raise ValueError(f"logits and target must share their batch axes and T; got {got}")
    flat = logits.reshape(-1, logits.shape[-1]), target.reshape(-1)
    total = F.cross_entropy(*flat, ignore_index=pad, reduction="sum")
    return total / (target != pad).sum().clamp_min(1)


def fixed_score(
    query: Float[Tensor, "*batch M d_q"], key: Float[Tensor, "*batch N d_k"]
) -> Float[Tensor, "*batch M N"]:
    """Ask nothing: a_ij = 1000 (j − N), so the last real word gets all the weight.

    The encoder's last state has read the whole sentence: it is the one fixed vector into which a
    model without attention squeezes it. exp(−1000) is exactly 0 in every dtype.

    Derived in: lesson 09.
    """
    places = torch.arange(1 - key.shape[-2], 1, dtype=key.dtype, device=key.device)
    return (1000 * places).expand(*query.shape[:-1], -1)


class GeneralScore(nn.Module):
    """Luong's "general": a learned matrix between query and key."""

    def __init__(self, width: int):
        super().__init__()
        self.W = _parameter(width, width)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Scores a_ij = q_iᵀ W k_j."""
        return bilinear_score(query, key, self.W)


class AdditiveScore(nn.Module):
    """Bahdanau's: a small network looks at query and key."""

    def __init__(self, width: int):
        super().__init__()
        self.W_q, self.W_k = _parameter(width, width), _parameter(width, width)
        self.w_v = _parameter(width)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Scores a_ij = w_v · tanh(q_i W_q + k_j W_k)."""
        return additive_score(query, key, self.W_q, self.W_k, self.w_v)


SCORES = {  # name → what makes the score for a width; the first two have no parameters
    "fixed": lambda width: fixed_score,
    "dot": lambda width: dot_score,
    "general": GeneralScore,
    "additive": AdditiveScore,
}


class Memory(NamedTuple):
    """What the encoder leaves behind: its state after each word, and which words are real."""

    states: Float[Tensor, "B N width"]
    mask: Bool[Tensor, "B N"]

    def of(self, rows: Int[Tensor, " n"]) -> "Memory":
        """The memories of these sentences."""
        return Memory(self.states[rows], self.mask[rows])


class EncoderDecoder(nn.Module):
    """Read a sentence with one GRU, write another with a second one that looks back.

    Args:
        source_size, target_size: numbers of tokens in the two vocabularies.
        score: "fixed", "additive", "dot" or "general": how the decoder asks the memory.
        width: of embeddings, states and memory, the same for every score.
        pad: the token that fills up sources at their end.

    Source: Cho et al. 2014 ("fixed"); Bahdanau et al. 2015 ("additive"); Luong et al. 2015 ("dot",
        "general", here asked before the word is written, as Bahdanau does).
    """

    def __init__(
        self, source_size: int, target_size: int, score: str, *, width: int = 64, pad: int = 0
    ):
        super().__init__()
        if score not in SCORES:
            raise ValueError(f"score must be one of {', '.join(SCORES)}; got {score!r}")
        self.pad = pad
        self.read = nn.Embedding(source_size, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.bridge = nn.Linear(width, width)  # from the last state to the decoder's first
        self.score = SCORES[score](width)
        self.written = nn.Embedding(target_size, width)
        self.decoder = nn.GRUCell(2 * width, width)
        self.write = nn.Linear(2 * width, target_size)

    def encode(self, source: Int[Tensor, "B N"]) -> tuple[Memory, Float[Tensor, "B width"]]:
        """Read the source; returns the memory and the decoder's first state."""
        lengths = (source != self.pad).sum(-1)
        states, _ = self.encoder(self.read(source))  # a state never sees the padding after it
        last = states[torch.arange(len(source)), lengths - 1]
        mask = padding_mask(lengths, source.shape[1]).squeeze(-2)
        return Memory(states, mask), torch.tanh(self.bridge(last))

    def step(
        self, token: Int[Tensor, " B"], state: Float[Tensor, "B width"], memory: Memory
    ) -> tuple[Float[Tensor, "B V"], Float[Tensor, "B width"], Float[Tensor, "B N"]]:
        """Ask, read the word before, write; returns (logits, new state, weights)."""
        seen, state, weights = self._ask_and_read(self.written(token), state, memory)
        return self.write(seen), state, weights

    def forward(
        self, source: Int[Tensor, "B N"], inputs: Int[Tensor, "B M"]
    ) -> tuple[Float[Tensor, "B M V"], Float[Tensor, "B M N"]]:
        """Teacher forcing: at each place the decoder reads the right word before, not its own.

        Args: source; inputs, the target shifted right.
        Returns: (logits, weights), one row per place of the target.
        """
        memory, state = self.encode(source)
        rows = []
        for word in self.written(inputs).unbind(-2):
            seen, state, weights = self._ask_and_read(word, state, memory)
            rows.append((seen, weights))
        seen, weights = (torch.stack(parts, dim=-2) for parts in zip(*rows, strict=True))
        return self.write(seen), weights

    def _ask_and_read(self, word: Tensor, state: Tensor, memory: Memory):
        """One word further: (new state and context side by side, new state, weights)."""
        context, weights = context_vector(state, memory.states, memory.mask, self.score)
        state = self.decoder(torch.cat([word, context], dim=-1), state)
        return torch.cat([state, context], dim=-1), state, weights


@torch.no_grad()
def greedy_decode(
    model: EncoderDecoder, source: Int[Tensor, "B N"], *, bos: int, eos: int, longest: int
) -> tuple[Int[Tensor, "B M"], Float[Tensor, "B M N"]]:
    """Write the likeliest word each time, until every sentence has ended or is `longest`.

    Args: bos, eos: the tokens that begin and end a target.
    Returns: (tokens, weights); what follows a sentence's eos is padding.
    Derived in: lesson 09.
    """
    memory, state = model.encode(source)
    token = torch.full((len(source),), bos)
    ended = torch.zeros(len(source), dtype=torch.bool)
    steps = []
    while len(steps) < longest and not ended.all():
        logits, state, weights = model.step(token, state, memory)
        token = logits.argmax(-1).masked_fill(ended, model.pad)
        steps.append((token, weights))
        ended = ended | (token == eos)
    tokens, weights = zip(*steps, strict=True)
    return torch.stack(tokens, dim=-1), torch.stack(weights, dim=-2)


@torch.no_grad()
def beam_decode(
    model: EncoderDecoder,
    source: Int[Tensor, "1 N"],
    *,
    bos: int,
    eos: int,
    longest: int,
    beams: int = 4,
) -> tuple[Int[Tensor, " M"], float]:
    """Keep the `beams` likeliest beginnings, extend each by every word, keep the best again.

    Args: source, one sentence; beams, 1 is greedy.
    Returns: (the best sentence found, the logarithm of its probability).
    Source: Sutskever et al. 2014, section 3.2. Derived in: lesson 09.
    """
    memory, state = model.encode(source)
    tokens, total = torch.tensor([[bos]]), torch.zeros(1)
    for _ in range(longest):
        ended = tokens[:, -1] == eos
        if ended[total.argmax()]:  # longer sentences can only become less likely
            break
        logits, state, _ = model.step(tokens[:, -1], state, memory)
        grown = total.unsqueeze(-1) + _extend(logits.log_softmax(-1), ended, eos)
        total, place = grown.flatten().topk(min(beams, grown.numel()))
        parent, token = place // logits.shape[-1], place % logits.shape[-1]
        tokens = torch.cat([tokens[parent], token.unsqueeze(-1)], dim=-1)
        state, memory = state[parent], memory.of(parent)
    best = total.argmax()
    return tokens[best, 1:], total[best].item()


def _extend(log_probability: Tensor, ended: Tensor, eos: int) -> Tensor:
    """An ended sentence goes on in one way, at no cost: it repeats its eos."""
    only_eos = torch.full_like(log_probability[0], -torch.inf)
    only_eos[eos] = 0.0
    return torch.where(ended.unsqueeze(-1), only_eos, log_probability)


def _parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape) / shape[0] ** 0.5)
