"""What lesson 00 claims."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.claims import claim

CAUSAL = torch.ones(4, 4, dtype=torch.bool).tril()


@claim(
    "The module answers NaN",
    holds=lambda wrong, right: wrong == 1 and right == 0,
    beside="share of NaN in the last row with ~mask",
)
def module_with_our_mask(seed):
    torch.manual_seed(seed)
    x, module = torch.randn(4, 2), nn.MultiheadAttention(embed_dim=2, num_heads=1)
    outputs = (module(x, x, x, attn_mask=mask)[0][-1] for mask in (CAUSAL, ~CAUSAL))
    return tuple(output.isnan().float().mean() for output in outputs)


@claim(
    "The function answers zeros for the last word",
    holds=lambda wrong, right: wrong == 0 and right > 0,
    beside="largest output of the last word with the right mask",
)
def function_with_the_modules_mask(seed):
    torch.manual_seed(seed)
    x = torch.randn(4, 2)
    outputs = (F.scaled_dot_product_attention(x, x, x, mask)[-1] for mask in (~CAUSAL, CAUSAL))
    return tuple(output.abs().max() for output in outputs)
