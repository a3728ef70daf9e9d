"""Instruments for reading a model: what a map says, and what happens when a part is changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.multihead import MultiHeadAttention, merge_heads, split_heads


def attention_entropy(weights: Float[Tensor, "*batch M N"]) -> Float[Tensor, "*batch M"]:
    """How widely each query spreads its weights, in nats: 0 for one key, ln N for all alike.

    entropy_i = −Σ_j α_ij ln α_ij,  where 0 ln 0 = 0

    Args:
        weights: one row for each query; a row of zeros has no entropy, 0.

    Source: Shannon 1948, section 6. Derived in: lesson 16.
    """
    return torch.special.entr(weights).sum(-1)


def rollout(
    weights_per_layer: Sequence[Float[Tensor, "*batch H T T"]],
) -> Float[Tensor, "*batch T T"]:
    """Follow the weights through all layers, as if each layer passed on an average of its inputs.

    R = A_L · … · A_1,  A_l = (I + mean over heads of layer l's weights) / 2

    Args:
        weights_per_layer: the maps of all layers, first layer first.

    Returns: (*batch, T, T), how much of each input token reaches each last vector by this count.
    Source: Abnar and Zuidema 2020, section 3. Derived in: lesson 16.
    """
    T = weights_per_layer[0].shape[-1]
    passed = torch.eye(T, dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        passed = (torch.eye(T, dtype=weights.dtype) + weights.mean(-3)) / 2 @ passed
    return passed


def ablate_head(outputs: Float[Tensor, "B H T d_head"], head: int) -> Float[Tensor, "B H T d_head"]:
    """Let one head say the same in every sequence: at each place its mean over the batch.

    output[b, h, t] = mean over b of outputs[b, h, t] for h = head, else as it was

    Args:
        outputs: what each head found, before W_o.
        head: the one to silence.

    Source: Wang et al. 2023, "mean ablation". Derived in: lesson 16.
    """
    silenced = outputs.clone()
    silenced[:, head] = outputs[:, head].mean(0)
    return silenced


@contextmanager
def without_heads(layer: MultiHeadAttention, heads: Sequence[int]) -> Iterator[None]:
    """Silence heads of a layer inside the block, by `ablate_head`."""

    def change(_, inputs):
        outputs = split_heads(inputs[0], layer.n_heads)
        for head in heads:
            outputs = ablate_head(outputs, head)
        return (merge_heads(outputs),)

    hook = layer.W_o.register_forward_pre_hook(change)
    try:
        yield
    finally:
        hook.remove()


def removal_effect(
    logits: Float[Tensor, "*batch V"],
    logits_without: Float[Tensor, "*batch V"],
    tokens: Int[Tensor, "*batch"],
) -> Float[Tensor, ""]:
    """How much worse a model foresees what came once a part is gone, in nats per token.

    mean of ln p(token) − ln p_without(token)

    Args:
        logits, logits_without: scores of the whole model, and of the model without the part.
        tokens: what came.

    Derived in: lesson 16.
    """
    before, after = (x.log_softmax(-1) for x in (logits, logits_without))
    return (before - after).gather(-1, tokens.unsqueeze(-1)).mean()


def induction_score(weights: Float[Tensor, "*batch T T"], period: int) -> Float[Tensor, "*batch"]:
    """How strongly tokens attend to what followed them last time, if a phrase is repeated.

    mean over i ≥ period of α[i, i − period + 1]

    Args:
        weights: of one head, on a sequence in which token i equals token i − period.
        period: length of the phrase, less than T.

    Returns: 0 … 1, one number for each map.
    Raises: ValueError if nothing is repeated.
    Source: Olsson et al. 2022, "prefix matching". Derived in: lesson 16.
    """
    T = weights.shape[-1]
    if not 1 <= period < T:
        raise ValueError(f"period must lie in 1 … {T - 1}; got {period}")
    place = torch.arange(period, T)
    return weights[..., place, place - period + 1].mean(-1)


def patch(
    before: Callable[[Tensor], Tensor],
    after: Callable[[Tensor], Tensor],
    x: Tensor,
    other: Tensor,
    place: int,
) -> Tensor:
    """Run one input through a model, with another input's activation at one place.

    output = after(h),  h = before(x), but h[…, place, :] = before(other)[…, place, :]

    Args:
        before: the model up to some depth, inputs → (…, T, d).
        after: the rest of the model, (…, T, d) → outputs.
        x: the input that is run; other: the one that lends an activation.
        place: the token whose vector is exchanged.

    Source: Vig et al. 2020; Meng et al. 2022, section 2. Derived in: lesson 16.
    """
    lent = torch.arange(before(x).shape[-2]) == place
    return after(torch.where(lent[:, None], before(other), before(x)))


def norm_weighted(
    layer: MultiHeadAttention, value: Float[Tensor, "B T d_model"], weights: Tensor
) -> Float[Tensor, "B H T T"]:
    """How long the vector is that each key sends to each query: α_ij ‖W_o^h W_v^h x_j‖.

    Args:
        value: what the layer reads, after its norm; weights: its map, B × H × T × T.

    Source: Kobayashi et al. 2020. Derived in: lesson 16.
    """
    values = split_heads(layer.W_v(value), layer.n_heads)  # B H T d_head
    W_o = layer.W_o.weight.unflatten(1, (layer.n_heads, -1))  # d_model H d_head
    sent = torch.einsum("bhtc,mhc->bhtm", values, W_o)
    return weights * sent.norm(dim=-1).unsqueeze(-2)
