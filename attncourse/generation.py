"""Learning from text, and writing it: what to predict, what to hide, what to draw."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor


def next_token_loss(
    logits: Float[Tensor, "*batch T V"], tokens: Int[Tensor, "*batch T"]
) -> Float[Tensor, ""]:
    """Mean surprise at each next token, in nats: row t of the logits is asked for token t + 1.

    −1/(T − 1) Σ_t ln softmax(logits_t)[token_{t+1}],  t = 0 … T − 2, averaged over the batch

    Args:
        logits: scores of the V tokens after each position; nobody asks the last row.
        tokens: what was read; nobody predicts the first.

    Raises: ValueError if there is nothing to predict or the sizes do not fit.
    Source: Bengio et al. 2003, section 2; Radford et al. 2018, equation 1.
    Derived in: lesson 11.
    """
    if logits.shape[:-1] != tokens.shape:
        got = f"{tuple(logits.shape[:-1])} and {tuple(tokens.shape)}"
        raise ValueError(f"logits and tokens must share their batch axes and T; got {got}")
    if tokens.shape[-1] < 2:
        raise ValueError(f"a next token needs T of at least 2; got {tokens.shape[-1]}")
    asked = rearrange(logits[..., :-1, :], "... T V -> (... T) V")
    return F.cross_entropy(asked, tokens[..., 1:].flatten())


def next_token_gradient(
    logits: Float[Tensor, "*batch T V"], tokens: Int[Tensor, "*batch T"]
) -> Float[Tensor, "*batch T V"]:
    """Derivative of `next_token_loss` by the logits: what was expected less what came.

    (softmax(logits_t) − onehot(token_{t+1})) / n for t = 0 … T − 2, and 0 in the last row

    Args: as `next_token_loss`; n is the number of predictions, (T − 1) · the batch.
    Source: Bridle 1990. Derived in: lesson 11.
    """
    expected = logits[..., :-1, :].softmax(-1)
    came = F.one_hot(tokens[..., 1:], logits.shape[-1]).to(logits)
    n = tokens[..., 1:].numel()
    return F.pad((expected - came) / n, (0, 0, 0, 1))


def mask_tokens(
    tokens: Int[Tensor, "*batch T"],
    mask_id: int,
    vocab_size: int,
    generator: torch.Generator | None = None,
    *,
    rate: float = 0.15,
) -> tuple[Int[Tensor, "*batch T"], Bool[Tensor, "*batch T"]]:
    """Choose 15 % of the tokens; hide 8 of 10 of them, replace 1 by any token, leave 1 as it is.

    Args:
        mask_id: the token that stands for a blank.
        vocab_size: replacements are drawn from 0 … vocab_size − 1.
        rate: part of the tokens that is chosen.

    Returns: (corrupted tokens, True where the model has to say what stood there).
    Source: Devlin et al. 2019, section 3.1. Derived in: lesson 11.
    """
    draw = {"generator": generator, "device": tokens.device}
    chosen = torch.rand(tokens.shape, **draw) < rate
    fate = torch.rand(tokens.shape, **draw)
    anything = torch.randint(vocab_size, tokens.shape, dtype=tokens.dtype, **draw)
    corrupted = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where(chosen & (fate >= 0.9), anything, corrupted), chosen


def hidden_token_loss(
    logits: Float[Tensor, "*batch T V"],
    tokens: Int[Tensor, "*batch T"],
    chosen: Bool[Tensor, "*batch T"],
) -> Float[Tensor, ""]:
    """Mean surprise at the tokens that were chosen, in nats: each row is asked for its own token.

    Args:
        tokens: what stood there before anything was hidden.
        chosen: which count, from `mask_tokens`; no other position does.

    Raises: ValueError if nothing was chosen.
    Source: Devlin et al. 2019, section 3.1. Derived in: lesson 11.
    """
    if not chosen.any():
        raise ValueError("at least one token must be chosen; got 0")
    return F.cross_entropy(logits[chosen], tokens[chosen])


def keep_likeliest(
    logits: Float[Tensor, "*batch V"], *, top_k: int | None = None, top_p: float | None = None
) -> Float[Tensor, "*batch V"]:
    """Rule out unlikely tokens: all but the `top_k` best, and the tail beyond a share `top_p`.

    Args:
        top_k: how many tokens stay.
        top_p: the fewest tokens that together have this probability stay ("nucleus").

    Returns: the logits, −∞ for what is ruled out.
    Source: Fan, Lewis, Dauphin 2018, section 5.1 (k); Holtzman et al. 2020, section 3.1 (p).
    Derived in: lesson 11.
    """
    if (top_k is not None and top_k < 1) or (top_p is not None and not 0 < top_p <= 1):
        raise ValueError(f"top_k must be at least 1, top_p in (0, 1]; got {top_k} and {top_p}")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    places = order.argsort(dim=-1)  # of each token: 0 is the best
    ruled_out = places >= (top_k or logits.shape[-1])
    if top_p is not None:
        best_first = logits.softmax(-1).gather(-1, order)
        before = best_first.cumsum(-1) - best_first  # what the better ones have together
        ruled_out |= (before >= top_p).gather(-1, places)
    return logits.masked_fill(ruled_out, -torch.inf)


@torch.no_grad()
def generate(
    model: Callable[[Tensor], Tensor],
    prompt: Int[Tensor, "*batch T"],
    n: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
    *,
    top_p: float | None = None,
    context: int | None = None,
) -> Int[Tensor, "*batch T_plus_n"]:
    """Write n tokens, one at a time: draw from softmax(last logits / temperature), append, repeat.

    Args:
        model: tokens (…, T) → logits (…, T, V).
        temperature: below 1 bolder, above 1 wilder; 0 always takes the likeliest.
        top_k, top_p: what may be drawn at all, see `keep_likeliest`.
        context: how far back the model can read; everything if None.

    Returns: the prompt and what was written.
    Derived in: lesson 11.
    """
    if prompt.shape[-1] < 1 or n < 0 or temperature < 0:
        got = f"{prompt.shape[-1]}, {n} and {temperature}"
        raise ValueError(f"needs T ≥ 1, n ≥ 0 and temperature ≥ 0; got {got}")
    tokens = prompt
    for _ in range(n):
        logits = model(tokens if context is None else tokens[..., -context:])[..., -1, :]
        token = _draw(logits, temperature, top_k, top_p, generator)
        tokens = torch.cat([tokens, token[..., None].to(tokens)], dim=-1)
    return tokens


def _draw(logits, temperature, top_k, top_p, generator) -> Tensor:
    """One token per row of logits."""
    if temperature == 0:
        return logits.argmax(-1)
    cooled = (logits - logits.amax(-1, keepdim=True)) / temperature  # 0 on top: no overflow
    weights = keep_likeliest(cooled, top_k=top_k, top_p=top_p).softmax(-1)
    drawn = torch.multinomial(weights.reshape(-1, weights.shape[-1]), 1, generator=generator)
    return drawn.reshape(weights.shape[:-1])
