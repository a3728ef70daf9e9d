"""Where queries, keys and values come from.

Attention asks for queries, keys and values; a layer has only the vectors of a sequence. Three
learned matrices turn the one into the others. They stand on the right, x @ W, as in the equations,
so a row of x stays a row; `nn.Linear(d_model, d_k)` keeps the transposed matrix, d_k × d_model.
"""

from jaxtyping import Bool, Float
from torch import Tensor

from attncourse.attention import scaled_dot_product_attention


def self_attention(
    x: Float[Tensor, "*batch T d_model"],
    W_q: Float[Tensor, "d_model d_k"],
    W_k: Float[Tensor, "d_model d_k"],
    W_v: Float[Tensor, "d_model d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch T d_v"], Float[Tensor, "*batch T T"]]:
    """Let every position of a sequence ask all positions of the same sequence.

    Q = x W_q, K = x W_k, V = x W_v, O = softmax(Q Kᵀ / √d_k) V

    Args:
        x: T vectors.
        W_q, W_k, W_v: what a position asks, what it is found by, what it gives.
        mask: True = may attend; broadcasts to (*batch, T, T).

    Returns: (output, weights).
    Source: Vaswani et al. 2017, section 3.2.3. Derived in: lesson 06.
    """
    return cross_attention(x, x, W_q, W_k, W_v, mask)


def cross_attention(
    x: Float[Tensor, "*batch M d_model"],
    memory: Float[Tensor, "*batch N d_memory"],
    W_q: Float[Tensor, "d_model d_k"],
    W_k: Float[Tensor, "d_memory d_k"],
    W_v: Float[Tensor, "d_memory d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M N"]]:
    """Let every position of one sequence ask all positions of another, the memory.

    Q = x W_q, K = memory W_k, V = memory W_v, O = softmax(Q Kᵀ / √d_k) V

    Args:
        x: M vectors that ask.
        memory: N vectors that answer; they may have a width of their own.
        mask: True = may attend; broadcasts to (*batch, M, N).

    Returns: (output, weights).
    Raises: ValueError if a matrix does not fit its vectors or the others.
    Source: Vaswani et al. 2017, section 3.2.3. Derived in: lesson 06.
    """
    for name, vectors, W in (("W_q", x, W_q), ("W_k", memory, W_k), ("W_v", memory, W_v)):
        if vectors.shape[-1] != W.shape[0]:
            got = f"{W.shape[0]} rows for vectors of width {vectors.shape[-1]}"
            raise ValueError(f"{name} must have one row per entry of a vector; got {got}")
    if W_q.shape[1] != W_k.shape[1]:
        raise ValueError(f"W_q and W_k must share d_k; got {W_q.shape[1]} and {W_k.shape[1]}")
    return scaled_dot_product_attention(x @ W_q, memory @ W_k, memory @ W_v, mask)
