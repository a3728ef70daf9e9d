"""Recurrent encoder–decoders that learn to align, and the same without attention.

An encoder reads the source word by word and keeps its state after each: the *memory*. A decoder
writes the target word by word and, for each word, attends to the memory. Without attention the
memory is one vector, which has to hold the whole sentence.
"""

from typing import NamedTuple

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attncourse.attention import masked_softmax
from attncourse.recurrent import SCORES, context_vector


class Memory(NamedTuple):
    """What the encoder leaves behind: K states, one per word or one in all, and which are real."""

    states: Float[Tensor, "B K width"]
    mask: Bool[Tensor, "B K"]

    def of(self, rows: Int[Tensor, " n"]) -> "Memory":
        """The memories of these sentences."""
        return Memory(self.states[rows], self.mask[rows])


class EncoderDecoder(nn.Module):
    """Read a sentence with one GRU; write another with a second one that attends to the first.

    Args:
        source_size, target_size: numbers of tokens in the two vocabularies.
        score: "additive", "dot" or "general": how the decoder's state fits a state of the memory.
        width: of embeddings, states and memory.
        attention: False: the memory is one vector, the encoder's last state in each direction.
        bidirectional: half of each state has read from the left, half from the right.
        pad: the token that fills up sources at their end.

    Source: Bahdanau et al. 2015; without attention Cho et al. 2014.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        score: str = "additive",
        *,
        width: int = 64,
        attention: bool = True,
        bidirectional: bool = True,
        pad: int = 0,
    ):
        super().__init__()
        if score not in SCORES:
            raise ValueError(f"score must be one of {', '.join(SCORES)}; got {score!r}")
        if bidirectional and width % 2:
            raise ValueError(f"two directions need an even width; got {width}")
        self.attention, self.pad = attention, pad
        self.read = nn.Embedding(source_size, width)
        half = width // 2 if bidirectional else width
        self.encoder = nn.GRU(width, half, batch_first=True, bidirectional=bidirectional)
        self.bridge = nn.Linear(width, width)  # from the encoder's last state to the first here
        self.score = SCORES[score](width)
        self.written = nn.Embedding(target_size, width)
        self.decoder = nn.GRUCell(2 * width, width)
        self.write = nn.Linear(2 * width, target_size)

    def encode(self, source: Int[Tensor, "B N"]) -> tuple[Memory, Float[Tensor, "B width"]]:
        """Read the source; returns the memory and the decoder's first state."""
        mask = source != self.pad
        options = {"batch_first": True, "enforce_sorted": False}
        packed = pack_padded_sequence(self.read(source), mask.sum(-1), **options)  # no padding
        states, last = self.encoder(packed)
        summary = rearrange(last, "directions B half -> B (directions half)")
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=source.shape[1])
        memory = Memory(states, mask)
        if not self.attention:
            memory = Memory(summary.unsqueeze(1), mask[:, :1])
        return memory, torch.tanh(self.bridge(summary))

    def step(
        self, token: Int[Tensor, " B"], state: Float[Tensor, "B width"], memory: Memory
    ) -> tuple[Float[Tensor, "B V"], Float[Tensor, "B width"], Float[Tensor, "B K"]]:
        """Attend, read the word before, write; returns (logits, new state, weights)."""
        seen, state, weights = self._advance(self.written(token), state, memory)
        return self.write(seen), state, weights

    def forward(
        self, source: Int[Tensor, "B N"], inputs: Int[Tensor, "B M"]
    ) -> tuple[Float[Tensor, "B M V"], Float[Tensor, "B M K"]]:
        """Teacher forcing: at each place the decoder reads the right word before, not its own.

        Args: source; inputs, the target shifted right.
        Returns: (logits, weights), one row per place of the target.
        """
        memory, state = self.encode(source)
        rows = []
        for word in self.written(inputs).unbind(-2):
            seen, state, weights = self._advance(word, state, memory)
            rows.append((seen, weights))
        seen, weights = (torch.stack(parts, dim=-2) for parts in zip(*rows, strict=True))
        return self.write(seen), weights

    def _advance(self, word: Tensor, state: Tensor, memory: Memory):
        """One word further: (new state and context side by side, new state, weights)."""
        context, weights = context_vector(state, memory.states, memory.mask, self.score)
        state = self.decoder(torch.cat([word, context], dim=-1), state)
        return torch.cat([state, context], dim=-1), state, weights


class LateAttention(EncoderDecoder):
    """Luong's order: the GRU moves first, and its *new* state asks the memory.

    No state waits for a context, so all words of a target are read in one call and all M queries
    attend at once.

    Source: Luong et al. 2015, section 3, without "input feeding".
    """

    def __init__(self, source_size: int, target_size: int, score: str = "dot", **options):
        super().__init__(source_size, target_size, score, **options)
        width = self.written.embedding_dim
        self.decoder = nn.GRU(width, width, batch_first=True)

    def step(
        self, token: Int[Tensor, " B"], state: Float[Tensor, "B width"], memory: Memory
    ) -> tuple[Float[Tensor, "B V"], Float[Tensor, "B width"], Float[Tensor, "B K"]]:
        """Read the word before, attend, write; returns (logits, new state, weights)."""
        logits, state, weights = self._decode(token.unsqueeze(-1), state, memory)
        return logits.squeeze(-2), state, weights.squeeze(-2)

    def forward(
        self, source: Int[Tensor, "B N"], inputs: Int[Tensor, "B M"]
    ) -> tuple[Float[Tensor, "B M V"], Float[Tensor, "B M K"]]:
        """Teacher forcing, as in `EncoderDecoder`: returns (logits, weights)."""
        memory, state = self.encode(source)
        logits, _, weights = self._decode(inputs, state, memory)
        return logits, weights

    def _decode(self, inputs: Tensor, state: Tensor, memory: Memory):
        """Any number of words further: (logits, last state, weights)."""
        states, last = self.decoder(self.written(inputs), state.unsqueeze(0))
        scores = self.score(states, memory.states)  # B M N
        weights = masked_softmax(scores, memory.mask.unsqueeze(-2))
        seen = torch.cat([states, weights @ memory.states], dim=-1)
        return self.write(seen), last.squeeze(0), weights
