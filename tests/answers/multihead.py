"""Answers to lesson 07 as learners write them: right ones, however written, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from torch import nn

from attncourse.attention import masked_softmax, scaled_dot_product_attention

# Right --------------------------------------------------------------------------------------------


def split_by_view_and_transpose(x, n_heads):
    *batch, T, d_model = x.shape
    return x.reshape(*batch, T, n_heads, d_model // n_heads).transpose(-3, -2)


def split_by_chunks(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=-3)


def split_by_slices(x, n_heads):
    width = x.shape[-1] // n_heads
    pieces = [x[..., h * width : (h + 1) * width] for h in range(n_heads)]
    return torch.stack(pieces, dim=x.ndim - 2)


def split_by_unflatten(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).movedim(-2, -3)


def split_into_a_new_tensor(x, n_heads):
    *batch, T, d_model = x.shape
    width = d_model // n_heads
    heads = x.new_zeros(*batch, n_heads, T, width)
    for h in range(n_heads):
        for t in range(T):
            heads[..., h, t, :] = x[..., t, h * width : (h + 1) * width]
    return heads


def split_by_swapping_after_contiguous(x, n_heads):
    heads = x.contiguous().view(*x.shape[:-1], n_heads, x.shape[-1] // n_heads)
    return heads.swapaxes(-2, -3).contiguous()


def merge_by_transpose_and_reshape(x):
    *batch, H, T, d_head = x.shape
    return x.transpose(-3, -2).reshape(*batch, T, H * d_head)


def merge_by_cat(x):
    return torch.cat(x.unbind(dim=-3), dim=-1)


def merge_by_flatten(x):
    return x.movedim(-3, -2).flatten(-2)


def merge_in_a_loop(x):
    merged = x[..., 0, :, :]
    for h in range(1, x.shape[-3]):
        merged = torch.cat((merged, x[..., h, :, :]), dim=-1)
    return merged


def merge_by_contiguous_view(x):
    turned = x.swapaxes(-2, -3).contiguous()
    return turned.view(*turned.shape[:-2], -1)


def merge_by_einsum(x):
    H, _, d_head = x.shape[-3:]
    places = torch.eye(H * d_head, dtype=x.dtype).reshape(H, d_head, H * d_head)
    return einsum(x, places, "... H T d, H d out -> ... T out")


class Layers(nn.Module):
    """The four projections, named as the exercise asks."""

    def __init__(self, d_model, n_heads):
        super().__init__()
        self.d_model, self.n_heads, self.d_k = d_model, n_heads, d_model // n_heads
        self.W_q = nn.Linear(d_model, d_model)
        self.W_k = nn.Linear(d_model, d_model)
        self.W_v = nn.Linear(d_model, d_model)
        self.W_o = nn.Linear(d_model, d_model)

    def heads(self, x):
        return x.unflatten(-1, (self.n_heads, self.d_k)).transpose(-3, -2)

    def attend(self, q, k, v, mask):
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        weights = masked_softmax(scores, mask)
        return weights @ v, weights

    def merge(self, x):
        return x.transpose(-3, -2).flatten(-2)

    def forward(self, query, key, value, mask=None):
        q, k, v = (
            self.heads(self.W_q(query)),
            self.heads(self.W_k(key)),
            self.heads(self.W_v(value)),
        )
        output, weights = self.attend(q, k, v, mask)
        return self.W_o(self.merge(output)), weights


class ByPackage(Layers):
    def attend(self, q, k, v, mask):
        return scaled_dot_product_attention(q, k, v, mask)


class ByLoop(Layers):
    def forward(self, query, key, value, mask=None):
        outputs, maps = [], []
        for h in range(self.n_heads):
            part = slice(h * self.d_k, (h + 1) * self.d_k)
            q, k, v = (
                self.W_q(query)[..., part],
                self.W_k(key)[..., part],
                self.W_v(value)[..., part],
            )
            allowed = mask
            if mask is not None and mask.ndim > 2:
                allowed = mask[..., min(h, mask.shape[-3] - 1), :, :]
            output, weights = scaled_dot_product_attention(q, k, v, allowed)
            outputs.append(output)
            maps.append(weights)
        return self.W_o(torch.cat(outputs, dim=-1)), torch.stack(maps, dim=-3)


class ByEinsum(Layers):
    def forward(self, query, key, value, mask=None):
        pattern = "... T (H d) -> ... H T d"
        q, k, v = (
            rearrange(layer(x), pattern, H=self.n_heads)
            for layer, x in ((self.W_q, query), (self.W_k, key), (self.W_v, value))
        )
        scores = einsum(q, k, "... H M d, ... H N d -> ... H M N") * self.d_k**-0.5
        if mask is not None:
            scores = scores.masked_fill(mask.logical_not(), float("-inf"))
        weights = F.softmax(scores, dim=-1)
        if mask is not None:
            weights = weights.nan_to_num(0.0)
        output = einsum(weights, v, "... H M N, ... H N d -> ... M H d")
        return self.W_o(output.flatten(-2)), weights


class InDoublePrecision(Layers):
    def attend(self, q, k, v, mask):
        output, weights = super().attend(q.double(), k.double(), v.double(), mask)
        return output.to(q.dtype), weights.to(q.dtype)


class ByLargeNegative(Layers):
    def attend(self, q, k, v, mask):
        scores = q @ k.mT / self.d_k**0.5
        if mask is not None:
            scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        if mask is not None:
            weights = weights * mask.any(-1, keepdim=True)
        return weights @ v, weights


class WithHeadsInFront(Layers):
    def heads(self, x):
        return torch.stack(x.chunk(self.n_heads, -1))

    def attend(self, q, k, v, mask):
        if mask is not None and mask.ndim > 2:
            mask = mask.movedim(-3, 0)
        output, weights = super().attend(q, k, v, mask)
        return output, weights.movedim(0, -3)

    def merge(self, x):
        return torch.cat(tuple(x), -1)


class WithScaledQueries(Layers):
    def attend(self, q, k, v, mask):
        return super().attend(q, k * 1.0, v, mask)

    def forward(self, query, key, value, mask=None):
        q = self.heads(self.W_q(query) / self.d_k**0.25)
        k = self.heads(self.W_k(key) / self.d_k**0.25)
        weights = masked_softmax(q @ k.mT, mask)
        return self.W_o(self.merge(weights @ self.heads(self.W_v(value)))), weights


# Wrong --------------------------------------------------------------------------------------------


def split_straight_to_the_shape(x, n_heads):
    *batch, T, d_model = x.shape
    return x.contiguous().view(*batch, n_heads, T, d_model // n_heads)


def split_without_transpose(x, n_heads):
    return x.reshape(*x.shape[:-1], n_heads, -1)


def split_dealing(x, n_heads):
    return torch.stack([x[..., h::n_heads] for h in range(n_heads)], dim=-3)


def split_stacked_in_front(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1))


def split_into_pieces_of_n_heads(x, n_heads):
    return torch.stack(x.split(n_heads, dim=-1), dim=-3)


def split_three_axes(x, n_heads):
    B, T, d_model = x.shape
    return x.reshape(B, T, n_heads, d_model // n_heads).transpose(1, 2)


def split_three_axes_by_view(x, n_heads):
    B, T, d_model = x.shape
    return x.reshape(B, n_heads, T, d_model // n_heads)


def split_and_transpose_too_much(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).permute(*range(x.ndim - 2), -2, -1, -3)


def split_like_pytorch_inside(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(-3, -2).flatten(0, -3)


def split_detached(x, n_heads):
    return x.detach().unflatten(-1, (n_heads, -1)).transpose(-3, -2)


def split_to_float(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(-3, -2).float()


def split_to_list(x, n_heads):
    return list(x.chunk(n_heads, dim=-1))


def merge_straight_to_the_shape(x):
    *batch, H, T, d_head = x.shape
    return x.contiguous().view(*batch, T, H * d_head)


def merge_interleaved(x):
    return x.movedim(-3, -1).flatten(-2)


def merge_by_mean(x):
    return torch.mean(x, dim=-3)


def merge_by_sum(x):
    total = 0
    for head in x.unbind(-3):
        total = total + head
    return total


def merge_below_each_other(x):
    return torch.cat(x.unbind(-3), dim=-2)


def merge_only_transposed(x):
    return x.transpose(-2, -3)


def merge_four_axes(x):
    B, H, T, d_head = x.shape
    return x.transpose(1, 2).reshape(B, T, H * d_head)


def merge_reversed(x):
    return torch.cat(x.unbind(-3)[::-1], dim=-1)


def merge_reversed_and_interleaved(x):
    return x.flip(-3).movedim(-3, -1).flatten(-2)


def merge_first(x):
    return x.unbind(-3)[0]


def merge_turned(x):
    return x.transpose(-3, -2).flatten(-2).mT


class NoScale(Layers):
    def attend(self, q, k, v, mask):
        weights = masked_softmax(torch.matmul(q, k.transpose(-2, -1)), mask)
        return torch.matmul(weights, v), weights


class ScaledByModel(Layers):
    def attend(self, q, k, v, mask):
        weights = masked_softmax(q @ k.mT * self.d_model**-0.5, mask)
        return weights @ v, weights


class ScaledByWidth(Layers):
    def attend(self, q, k, v, mask):
        weights = masked_softmax(q @ k.mT / self.d_k, mask)
        return weights @ v, weights


class SplitByView(Layers):
    def heads(self, x):
        *batch, T, _ = x.shape
        return x.reshape(*batch, self.n_heads, T, self.d_k)


class MergeByView(Layers):
    def merge(self, x):
        *batch, H, T, d_k = x.shape
        return x.reshape(*batch, T, H * d_k)


class MergeInterleaved(Layers):
    def merge(self, x):
        return rearrange(x, "... h t d -> ... t (d h)")


class NoOutputProjection(Layers):
    def forward(self, query, key, value, mask=None):
        q, k, v = (
            self.heads(self.W_q(query)),
            self.heads(self.W_k(key)),
            self.heads(self.W_v(value)),
        )
        output, weights = self.attend(q, k, v, mask)
        return self.merge(output), weights


class OneProjection(Layers):
    def forward(self, query, key, value, mask=None):
        q, k, v = (
            self.heads(self.W_q(query)),
            self.heads(self.W_q(key)),
            self.heads(self.W_v(value)),
        )
        output, weights = self.attend(q, k, v, mask)
        return self.W_o(self.merge(output)), weights


class KeysForValues(Layers):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, key, mask)


class OnlySelf(Layers):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, query, query, mask)


class OverQueries(Layers):
    def attend(self, q, k, v, mask):
        scores = q @ k.mT / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
        weights = scores.softmax(dim=-2).nan_to_num(0.0)
        return weights @ v, weights


class OverHeads(Layers):
    def attend(self, q, k, v, mask):
        scores = q @ k.mT / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
        weights = torch.nan_to_num(torch.softmax(scores, dim=-3))
        return weights @ v, weights


class Inverted(Layers):
    def attend(self, q, k, v, mask):
        return super().attend(q, k, v, None if mask is None else ~mask)


class NoMask(Layers):
    def attend(self, q, k, v, mask):
        return super().attend(q, k, v, None)


class MaskAfter(Layers):
    def attend(self, q, k, v, mask):
        weights = (q @ k.mT / math.sqrt(self.d_k)).softmax(-1)
        if mask is not None:
            weights = weights * mask.float()
        return weights @ v, weights


class MaskedByMinusInfinity(Layers):
    def attend(self, q, k, v, mask):
        scores = q @ k.mT / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, float("-inf"))
        weights = F.softmax(scores, dim=-1)
        return weights @ v, weights


class MaskedByMinusBillion(Layers):
    def attend(self, q, k, v, mask):
        scores = q @ k.mT / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        weights = F.softmax(scores, dim=-1)
        return weights @ v, weights


class AveragedWeights(Layers):
    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return output, weights.mean(dim=-3)


class OutputOnly(Layers):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, mask)[0]


class Swapped(Layers):
    def forward(self, query, key, value, mask=None):
        return super().forward(query, key, value, mask)[::-1]


class OneBatchAxis(Layers):
    def heads(self, x):
        B, T, _ = x.shape
        return x.view(B, T, self.n_heads, self.d_k).transpose(1, 2)

    def merge(self, x):
        B, _, T, _ = x.shape
        return x.transpose(1, 2).reshape(B, T, self.d_model)


class DetachedWeights(Layers):
    def attend(self, q, k, v, mask):
        weights = super().attend(q, k, v, mask)[1].detach()
        return weights @ v, weights


class NoScaleNoOutput(NoOutputProjection, NoScale):
    pass


class ScaledByModelSplitByView(ScaledByModel, SplitByView):
    pass


class OneProjectionInverted(OneProjection, Inverted):
    pass


class MergeByViewNoMask(MergeByView, NoMask):
    pass


RIGHT = {
    "split_heads": [
        split_by_view_and_transpose,
        split_by_chunks,
        split_by_slices,
        split_by_unflatten,
        split_into_a_new_tensor,
        split_by_swapping_after_contiguous,
    ],
    "merge_heads": [
        merge_by_transpose_and_reshape,
        merge_by_cat,
        merge_by_flatten,
        merge_in_a_loop,
        merge_by_contiguous_view,
        merge_by_einsum,
    ],
    "MultiHeadAttention": [
        Layers,
        ByPackage,
        ByLoop,
        ByEinsum,
        InDoublePrecision,
        ByLargeNegative,
        WithHeadsInFront,
        WithScaledQueries,
    ],
}

WRONG = {
    "split_heads": [
        (split_straight_to_the_shape, "`view` where a transpose is due"),
        (split_without_transpose, "left the heads to the right"),
        (split_dealing, "dealt the numbers out"),
        (split_stacked_in_front, "before the batch"),
        (split_into_pieces_of_n_heads, "n_heads for the width"),
        (split_three_axes, "exactly one batch axis"),
        (split_three_axes_by_view, "`view` where a transpose is due"),
        (split_and_transpose_too_much, "transposed each head"),
        (split_like_pytorch_inside, "folded the heads"),
        (split_detached, "gradient"),
        (split_to_float, "float32"),
        (split_to_list, "list"),
    ],
    "merge_heads": [
        (merge_straight_to_the_shape, "`view` where a transpose is due"),
        (merge_interleaved, "wrong order"),
        (merge_by_mean, "averaged the heads"),
        (merge_by_sum, "added the heads up"),
        (merge_below_each_other, "below each other"),
        (merge_only_transposed, "did not join"),
        (merge_four_axes, "exactly one batch axis"),
        (merge_reversed, "last head first"),
        (merge_reversed_and_interleaved, "wrong order"),
        (merge_first, "only the first head"),
        (merge_turned, "transpose"),
    ],
    "MultiHeadAttention": [
        (NoScale, "forgot to divide by √d_k"),
        (ScaledByModel, "√d_model instead of √d_k"),
        (ScaledByWidth, "d_k instead of √d_k"),
        (SplitByView, "when splitting"),
        (MergeByView, "when merging"),
        (MergeInterleaved, "wrong order"),
        (NoOutputProjection, "forgot the output projection"),
        (OneProjection, "W_q for queries and keys"),
        (KeysForValues, "values from the key"),
        (OnlySelf, "keys and values from the query"),
        (OverQueries, "softmax over the queries"),
        (OverHeads, "softmax over the heads"),
        (Inverted, "True in the mask as hidden"),
        (NoMask, "ignored the mask"),
        (MaskAfter, "masked after the softmax"),
        (MaskedByMinusInfinity, "return NaN"),
        (MaskedByMinusBillion, "look everywhere"),
        (AveragedWeights, "averaged the weights"),
        (OutputOnly, "output"),
        (Swapped, "returned weights, output"),
        (OneBatchAxis, "exactly one batch axis"),
        (DetachedWeights, "gradient"),
        (NoScaleNoOutput, "forgot to divide by √d_k"),
        (ScaledByModelSplitByView, "√d_model instead of √d_k"),
        (OneProjectionInverted, "W_q for queries and keys"),
        (MergeByViewNoMask, "ignored the mask"),
    ],
}
