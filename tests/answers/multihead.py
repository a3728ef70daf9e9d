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


# Numbers, masks, circuits, designs ----------------------------------------------------------------


def numbers(**changes):
    """What to predict of 8 heads in a width of 512, with some of it changed."""
    wide = 4 * 512 * 513
    told = {"d_k": 64, "parameters": wide, "weights": (4, 8, 100, 100)}
    return lambda: told | {"parameters of 16 heads": wide} | changes


def numbers_by_running():
    layers = [nn.MultiheadAttention(512, H, batch_first=True) for H in (8, 16)]
    eight, sixteen = (sum(p.numel() for p in layer.parameters()) for layer in layers)
    told = {"d_k": 512 // 8, "parameters": eight, "weights": [4, 8, 100, 100]}
    return told | {"parameters of 16 heads": sixteen}


def numbers_as_floats():
    return numbers(d_k=64.0, parameters=1_050_624.0)()


def numbers_in_lists():
    return numbers(weights=[4, 8, 100, 100])()


def numbers_reversed():
    return dict(reversed(numbers()().items()))


def padded(mask_of):
    """Heads without projections under the mask that `mask_of` makes."""

    def heads_with_padding(x, lengths, n_heads):
        heads = split_by_unflatten(x, n_heads)
        mask = mask_of(torch.arange(x.shape[1]), lengths)
        output, weights = scaled_dot_product_attention(heads, heads, heads, mask)
        return merge_by_flatten(output), weights

    return heads_with_padding


def padded_by_loop(x, lengths, n_heads):
    outputs, maps = [], []
    for b, n in enumerate(lengths.tolist()):
        heads = split_by_chunks(x[b], n_heads)
        mask = (torch.arange(x.shape[1]) < n)[None, None]
        output, weights = scaled_dot_product_attention(heads, heads, heads, mask)
        outputs.append(merge_by_cat(output))
        maps.append(weights)
    return torch.stack(outputs), torch.stack(maps)


def padded_by_repeating(x, lengths, n_heads):
    heads = split_by_unflatten(x, n_heads)
    mask = (torch.arange(x.shape[1]) < lengths[:, None])[:, None, None]
    mask = mask.expand(-1, n_heads, x.shape[1], -1)
    output, weights = scaled_dot_product_attention(heads, heads, heads, mask)
    return merge_by_flatten(output), weights


def padded_by_heads_first(x, lengths, n_heads):
    heads = split_by_unflatten(x, n_heads).transpose(0, 1)  # H B T d_head
    mask = (torch.arange(x.shape[1]) < lengths[:, None])[:, None]  # B 1 T
    output, weights = scaled_dot_product_attention(heads, heads, heads, mask)
    return merge_by_flatten(output.transpose(0, 1)), weights.transpose(0, 1)


def padded_by_scores(x, lengths, n_heads):
    heads = split_by_unflatten(x, n_heads)
    scores = heads @ heads.mT / heads.shape[-1] ** 0.5
    hidden = torch.arange(x.shape[1]) >= lengths.view(-1, 1, 1, 1)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    return merge_by_flatten(weights @ heads), weights


right_mask = padded(lambda place, lengths: (place < lengths[:, None])[:, None, None])
queries_hidden = padded(lambda place, lengths: (place < lengths[:, None])[:, None, :, None])
nothing_hidden = padded(lambda place, lengths: None)
one_token_more = padded(lambda place, lengths: (place <= lengths[:, None])[:, None, None])
padding_kept = padded(lambda place, lengths: (place >= lengths[:, None])[:, None, None])


def circuits_by_chunks(W_q, W_k, W_v, W_o, n_heads):
    q, k, v = (W.chunk(n_heads, dim=1) for W in (W_q, W_k, W_v))
    o = W_o.chunk(n_heads, dim=0)
    qk = torch.stack([a @ b.T for a, b in zip(q, k, strict=True)])
    return qk, torch.stack([a @ b for a, b in zip(v, o, strict=True)])


def circuits_by_einsum(W_q, W_k, W_v, W_o, n_heads):
    q, k, v = (rearrange(W, "m (h d) -> h m d", h=n_heads) for W in (W_q, W_k, W_v))
    o = rearrange(W_o, "(h d) m -> h d m", h=n_heads)
    return torch.einsum("hmd,hnd->hmn", q, k), torch.einsum("hmd,hdn->hmn", v, o)


def circuits_by_slices(W_q, W_k, W_v, W_o, n_heads):
    d = len(W_q) // n_heads
    parts = [slice(h * d, (h + 1) * d) for h in range(n_heads)]
    qk = torch.stack([W_q[:, part] @ W_k[:, part].T for part in parts])
    return qk, torch.stack([W_v[:, part] @ W_o[part] for part in parts])


def circuits_by_masks(W_q, W_k, W_v, W_o, n_heads):
    d = len(W_q) // n_heads
    own = torch.eye(n_heads, dtype=W_q.dtype).repeat_interleave(d, dim=1)  # H d_model
    return (W_q * own[:, None]) @ W_k.T, (W_v * own[:, None]) @ W_o


def circuits_by_view(W_q, W_k, W_v, W_o, n_heads):
    m = len(W_q)
    q, k, v = (W.view(m, n_heads, -1).transpose(0, 1) for W in (W_q, W_k, W_v))
    return q @ k.mT, v @ W_o.view(n_heads, -1, m)


def circuits_of_columns(W_q, W_k, W_v, W_o, n_heads):
    return circuits_by_chunks(W_q, W_k, W_v, W_o.T, n_heads)


def circuits_turned(W_q, W_k, W_v, W_o, n_heads):
    qk, ov = circuits_by_chunks(W_q, W_k, W_v, W_o, n_heads)
    return qk.mT, ov


def circuits_divided(W_q, W_k, W_v, W_o, n_heads):
    qk, ov = circuits_by_chunks(W_q, W_k, W_v, W_o, n_heads)
    return qk / (len(W_q) // n_heads) ** 0.5, ov


def circuits_swapped(W_q, W_k, W_v, W_o, n_heads):
    return circuits_by_chunks(W_q, W_k, W_v, W_o, n_heads)[::-1]


def designed(W_q, W_k):
    return lambda: (torch.tensor(W_q), torch.tensor(W_k))


def designed_by_columns():
    asks, loud, neither = torch.tensor([[3.0, 0], [0, 1], [-1, -1]])
    return torch.stack([asks, asks], dim=1), torch.stack([loud, neither], dim=1)


def factors(values):
    return lambda: torch.diag(torch.tensor(values))


def read_by_halves():
    return torch.diag(torch.tensor([1.25**digit for digit in range(9, -1, -1)]))


RIGHT = {
    "multi_head_numbers": [
        numbers(),
        numbers_by_running,
        numbers_as_floats,
        numbers_in_lists,
        numbers_reversed,
    ],
    "heads_with_padding": [
        right_mask,
        padded_by_loop,
        padded_by_repeating,
        padded_by_heads_first,
        padded_by_scores,
    ],
    "circuits": [
        circuits_by_chunks,
        circuits_by_einsum,
        circuits_by_slices,
        circuits_by_masks,
        circuits_by_view,
    ],
    "heads_for_dog": [
        designed([[1.0, 1.0], [0.0, 0.0]], [[0.0, -1.0], [1.0, -1.0]]),
        designed([[0.0, 0.0], [4.0, 4.0]], [[0.0, -2.0], [3.0, -2.0]]),
        designed([[1.0, -1.0], [0.0, 0.0]], [[-1.0, 1.0], [2.0, 1.0]]),
        designed([[2.0, 3.0], [1.0, -1.0]], [[-0.5, -1.0], [1.0, -1.5]]),
        designed_by_columns,
    ],
    "read_the_weaker": [
        factors([1.3**digit for digit in range(10)]),
        factors([2.0**digit for digit in range(10)]),
        factors([1.23 ** (3 * digit) for digit in range(10)]),
        read_by_halves,
        factors([float(10**digit) for digit in (3, 1, 4, 0, 5, 9, 2, 6, 8, 7)]),
    ],
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
    "multi_head_numbers": [
        (numbers(d_k=512), "the full width"),
        (numbers(weights=(4, 100, 100)), "one map for all"),
        (numbers(weights=(8, 100, 100)), "forgot the batch"),
        (numbers(parameters=4 * 512**2), "forgot the biases"),
        (numbers(**{"parameters of 16 heads": 8 * 512 * 513}), "more parameters"),
        (numbers(d_k=63), ""),
    ],
    "heads_with_padding": [
        (queries_hidden, "hid the queries"),
        (nothing_hidden, "hid nothing"),
        (one_token_more, "one token too many"),
        (padding_kept, "kept the padding"),
    ],
    "circuits": [
        (circuits_of_columns, "columns of W_o"),
        (circuits_turned, "transposed qk"),
        (circuits_divided, "divided by √d_k"),
        (circuits_swapped, "ov"),
    ],
    "heads_for_dog": [
        (designed([[1.0, 1.0], [0.0, 0.0]], [[-1.0, 0.0], [-1.0, 1.0]]), "swapped the heads"),
        (designed([[1.0, 1.0], [0.0, 0.0]], [[1.0, -1.0], [1.0, -1.0]]), "to *barked*"),
        (designed([[1.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]), "to *saw*"),
        (designed([[0.1, 0.1], [0.0, 0.0]], [[0.0, -1.0], [1.0, -1.0]]), "*barked* 75 %"),
    ],
    "read_the_weaker": [
        (factors([1.0] * 10), "the stronger digit"),
        (factors([-1.0] * 10), "not there"),
        (factors([1.1**digit for digit in range(10)]), ""),
    ],
    "split_heads": [
        (split_straight_to_the_shape, "`view` where a transpose is due"),
        (split_without_transpose, "left the heads to the right"),
        (split_dealing, "dealt the numbers out"),
        (split_stacked_in_front, "before the batch"),
        (split_into_pieces_of_n_heads, "n_heads for the width"),
        (split_three_axes, "exactly one batch axis"),
        (split_three_axes_by_view, "`view` where a transpose is due"),
        (split_and_transpose_too_much, "transposed each head"),
        (split_like_pytorch_inside, "exactly 2 axes"),
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
        (MaskedByMinusBillion, "attend to everything"),
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
