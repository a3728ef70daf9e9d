"""PyTorch's layers, copied into ours: every option is copied or refused.

A copy gives the same numbers as the layer it came from; tests hold both side by side.
"""

import torch
from torch import nn

from attncourse.multihead import MultiHeadAttention


def copy_layer(layer: nn.Module, block: type, attentions: dict[str, nn.MultiheadAttention]):
    """Make a block with the weights and options of a Transformer layer of PyTorch's.

    Args:
        block: `Block` or `DecoderBlock`.
        attentions: name in the block → the layer's attention.

    Raises: ValueError if the layer drops anything or has an option that attention refuses.
    """
    if any(isinstance(part, nn.Dropout) and part.p for part in layer.modules()):
        raise ValueError(f"the layer must have no dropout; got {layer.dropout.p}")
    d_ff, d_model = layer.linear1.weight.shape
    options = {"pre_norm": layer.norm_first, "activation": layer.activation}
    ours = block(d_model, layer.self_attn.num_heads, d_ff, **options)
    for name, attention in attentions.items():
        setattr(ours, name, MultiHeadAttention.from_torch(attention))
    ours.to(layer.linear1.weight)
    _copy(layer.linear1, ours.feed_forward.W_1)
    _copy(layer.linear2, ours.feed_forward.W_2)
    for number in range(1, len(attentions) + 2):
        _copy(getattr(layer, f"norm{number}"), getattr(ours, f"norm_{number}"))
    return ours


def _copy(theirs: nn.Module, ours: nn.Module) -> None:
    """Copy weight, bias and eps; a part without a bias gets one of 0."""
    bias = torch.zeros_like(ours.bias) if theirs.bias is None else theirs.bias
    ours.load_state_dict({"weight": theirs.weight, "bias": bias})
    if isinstance(theirs, nn.LayerNorm):
        ours.eps = theirs.eps
