"""Answers to lesson 13's exercises, as students write them."""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from attncourse.blocks import DecoderBlock
from attncourse.masks import causal_mask
from attncourse.positions import sinusoidal_encoding

# picture_tokens


def tokens_counted():
    patches = (24 // 2) ** 2
    return {
        "tokens": patches + 1,
        "numbers in a patch": 2 * 2 * 3,
        "weights in a head": (patches + 1) ** 2,
    }


def tokens_written():
    return {"tokens": 145, "numbers in a patch": 12, "weights in a head": 21025}


def tokens_shape():
    picture = torch.zeros(24, 24, 3)
    tokens = 1 + len(picture.unfold(0, 2, 2).unfold(1, 2, 2).flatten(0, 1))
    weights = torch.ones(tokens, tokens)
    return {"tokens": tokens, "numbers in a patch": 12, "weights in a head": weights.numel()}


def tokens_as_floats():
    return {"tokens": 145.0, "numbers in a patch": 12.0, "weights in a head": 21025.0}


def tokens_in_another_order():
    return {"weights in a head": 145 * 145, "numbers in a patch": 12, "tokens": 145}


def tokens_patches_only():
    return {"tokens": 144, "numbers in a patch": 12, "weights in a head": 144**2}


def tokens_grey():
    return {"tokens": 145, "numbers in a patch": 4, "weights in a head": 145**2}


# patchify: right


def patch_einops(image, size):
    return rearrange(image, "... c (h p) (w q) -> ... (h w) (p q c)", p=size, q=size)


def patch_unfold(image, size):
    patches = image.unfold(-2, size, size).unfold(-2, size, size)  # … C r c y x
    return patches.movedim(-5, -1).flatten(-3).flatten(-3, -2)


def patch_reshape(image, size):
    *batch, C, height, width = image.shape
    r, c = height // size, width // size
    split = image.reshape(-1, C, r, size, c, size).permute(0, 2, 4, 3, 5, 1)
    return split.reshape(*batch, r * c, size * size * C)


def patch_loop(image, size):
    height, width = image.shape[-2:]
    found = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            patch = image[..., top : top + size, left : left + size]
            found.append(patch.movedim(-3, -1).flatten(-3))
    return torch.stack(found, dim=-2)


def patch_torch_unfold(image, size):
    *batch, C, height, width = image.shape
    columns = F.unfold(image.reshape(-1, C, height, width), size, stride=size)
    columns = columns.reshape(len(columns), C, size * size, -1).permute(0, 3, 2, 1)
    return columns.reshape(*batch, columns.shape[1], -1)


# patchify: wrong


def patch_view(image, size):
    return image.reshape(*image.shape[:-3], -1, size * size * image.shape[-3])


def patch_planes(image, size):
    patches = image.unfold(-2, size, size).unfold(-2, size, size)  # … C r c y x
    return patches.movedim(-5, -3).flatten(-3).flatten(-3, -2)


def patch_down(image, size):
    return patch_einops(image.mT, size)


def patch_single(image, size):
    C, height, width = image.shape
    split = image.reshape(C, height // size, size, width // size, size)
    return split.permute(1, 3, 2, 4, 0).flatten(2).flatten(0, 1)


def patch_spread(image, size):
    height, width = image.shape[-2:]
    r, c = height // size, width // size
    found = [image[..., i::r, j::c].movedim(-3, -1).flatten(-3) for i in range(r) for j in range(c)]
    return torch.stack(found, dim=-2)


def patch_counted(image, size):
    return rearrange(image, "... c (h p) (w q) -> ... (h w) (p q c)", h=size, w=size)


# contrastive_loss: right


def contrast_library(image, text, temperature):
    image, text = F.normalize(image, dim=1), F.normalize(text, dim=1)
    logits = image @ text.T / temperature
    labels = torch.arange(len(image))
    return 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels))


def contrast_by_hand(image, text, temperature):
    cosines = F.cosine_similarity(image[:, None], text[None], dim=-1)
    scores = cosines / temperature
    right = scores.diagonal()
    return (scores.logsumexp(0) + scores.logsumexp(1) - 2 * right).mean() / 2


def contrast_log_softmax(image, text, temperature):
    image = image / image.norm(dim=-1, keepdim=True)
    text = text / text.norm(dim=-1, keepdim=True)
    scores = torch.einsum("id,jd->ij", image, text) / temperature
    both = scores.log_softmax(0) + scores.log_softmax(1)
    return -both.diagonal().mean() / 2


def contrast_loop(image, text, temperature):
    image = image / image.norm(dim=-1, keepdim=True)
    text = text / text.norm(dim=-1, keepdim=True)
    total = 0.0
    for i in range(len(image)):
        row = torch.stack([image[i] @ other for other in text]) / temperature
        column = torch.stack([other @ text[i] for other in image]) / temperature
        total = total - row.log_softmax(0)[i] - column.log_softmax(0)[i]
    return total / (2 * len(image))


def contrast_one_hot(image, text, temperature):
    scores = F.normalize(image) @ (F.normalize(text) / temperature).T
    eye = torch.eye(len(scores), dtype=scores.dtype)
    rows, columns = F.cross_entropy(scores, eye), F.cross_entropy(scores.T, eye)
    return torch.stack((rows, columns)).mean()


# contrastive_loss: wrong


def contrast_dots(image, text, temperature):
    scores, labels = image @ text.T / temperature, torch.arange(len(image))
    return (F.cross_entropy(scores, labels) + F.cross_entropy(scores.T, labels)) / 2


def contrast_one_way(image, text, temperature):
    scores = F.normalize(image) @ F.normalize(text).T / temperature
    return F.cross_entropy(scores, torch.arange(len(image)))


def contrast_other_way(image, text, temperature):
    return contrast_one_way(text, image, temperature)


def contrast_twice(image, text, temperature):
    return 2 * contrast_library(image, text, temperature)


def contrast_hot(image, text, temperature):
    return contrast_library(image, text, 1 / temperature)


def contrast_default(image, text, temperature):
    return contrast_library(image, text, 1.0)


def contrast_of_softmax(image, text, temperature):
    scores = F.normalize(image) @ F.normalize(text).T / temperature
    labels = torch.arange(len(image))
    rows, columns = F.cross_entropy(scores.softmax(1), labels), scores.T.softmax(1)
    return (rows + F.cross_entropy(columns, labels)) / 2


def contrast_pull(image, text, temperature):
    return -(F.normalize(image) * F.normalize(text)).sum(1).div(temperature).mean()


def contrast_detached(image, text, temperature):
    return contrast_library(image, text.detach(), temperature)


# contrast_gradient


def slope_direct(scores):
    n = len(scores)
    return (scores.softmax(0) + scores.softmax(1) - 2 * torch.eye(n).to(scores)) / (2 * n)


def slope_autograd(scores):
    scores = scores.detach().requires_grad_()
    labels = torch.arange(len(scores))
    loss = (F.cross_entropy(scores, labels) + F.cross_entropy(scores.T, labels)) / 2
    return torch.autograd.grad(loss, scores)[0]


def slope_transposed(scores):
    def one(s):
        return (s.softmax(-1) - torch.eye(len(s)).to(s)) / len(s)

    return (one(scores) + one(scores.T).T) / 2


def slope_diagonal(scores):
    found = scores.softmax(0) + scores.softmax(1)
    found.diagonal().sub_(2)
    return found / (2 * len(scores))


def slope_loop(scores):
    n, found = len(scores), torch.zeros_like(scores)
    rows, columns = scores.log_softmax(1).exp(), scores.log_softmax(0).exp()
    for i in range(n):
        for j in range(n):
            found[i, j] = rows[i, j] + columns[i, j] - (2.0 if i == j else 0.0)
    return found / n / 2


def slope_rows(scores):
    return (scores.softmax(1) - torch.eye(len(scores)).to(scores)) / len(scores)


def slope_sum(scores):
    return slope_direct(scores) * 2 * len(scores)


def slope_uphill(scores):
    return -slope_direct(scores)


def slope_one(scores):
    n = len(scores)
    return (scores.softmax(0) + scores.softmax(1) - torch.eye(n).to(scores)) / (2 * n)


def slope_turned(scores):
    n = len(scores)
    both = scores.softmax(1) + scores.T.softmax(1)
    return (both - 2 * torch.eye(n).to(scores)) / (2 * n)


# caption_probabilities


def chances_softmax(image, text, temperature):
    return (F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).T / temperature).softmax(-1)


def chances_mended(image, text, temperature):
    image = image / image.norm(dim=-1, keepdim=True)
    text = text / text.norm(dim=-1, keepdim=True)
    scores = image @ text.T / temperature
    weights = (scores - scores.max(-1, keepdim=True).values).exp()
    return weights / weights.sum(-1, keepdim=True)


def chances_row_by_row(image, text, temperature):
    rows = [F.cosine_similarity(row[None], text) / temperature for row in image]
    return torch.stack([row.softmax(0) for row in rows])


def chances_logsumexp(image, text, temperature):
    scores = F.cosine_similarity(image[:, None], text, dim=-1) / temperature
    return (scores - scores.logsumexp(1, keepdim=True)).exp()


def chances_transposed(image, text, temperature):
    scores = F.normalize(text) @ F.normalize(image).T / temperature
    return scores.softmax(0).T


def chances_columns(image, text, temperature):
    return (F.normalize(image) @ F.normalize(text).T / temperature).softmax(0)


def chances_table(image, text, temperature):
    scores = F.normalize(image) @ F.normalize(text).T / temperature
    return scores.exp() / scores.exp().sum()


def chances_sigmoid(image, text, temperature):
    return (F.normalize(image) @ F.normalize(text).T / temperature).sigmoid()


def chances_dots(image, text, temperature):
    return (image @ text.T / temperature).softmax(-1)


# CaptionDecoder: right


class Plain(nn.Module):
    def __init__(self, vocab_size, T_max, d_model, n_heads=4, n_layers=1):
        super().__init__()
        self.table = nn.Embedding(vocab_size, d_model)
        self.places = nn.Parameter(0.1 * torch.randn(T_max, d_model))
        nn.init.normal_(self.table.weight, std=0.1)
        blocks = (DecoderBlock(d_model, n_heads, 2 * d_model) for _ in range(n_layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.unembed = nn.LayerNorm(d_model), nn.Linear(d_model, vocab_size)

    def embed(self, tokens):
        return self.table(tokens) + self.places[: tokens.shape[-1]]

    def forward(self, tokens, memory):
        x, mask = self.embed(tokens), causal_mask(tokens.shape[-1])
        for block in self.blocks:
            x, _, _ = block(x, memory, mask)
        return self.unembed(self.norm(x))


class WithSinusoids(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.places

    def embed(self, tokens):
        d_model = self.table.weight.shape[-1]
        return self.table(tokens) + 0.1 * sinusoidal_encoding(tokens.shape[-1], d_model)


class Tied(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unembed.weight = self.table.weight


class LargeStart(Plain):
    """As `nn.Embedding` begins: vectors of length √d_model."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        nn.init.normal_(self.table.weight)
        nn.init.normal_(self.places)


class FromTorch(nn.Module):
    """PyTorch's own decoder layer, whose masks are True where it is hidden."""

    def __init__(self, vocab_size, T_max, d_model, n_heads=4, n_layers=1):
        super().__init__()
        self.table, self.places = nn.Embedding(vocab_size, d_model), nn.Embedding(T_max, d_model)
        options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        layers = [
            nn.TransformerDecoderLayer(d_model, n_heads, 2 * d_model, **options)
            for _ in range(n_layers)
        ]
        self.layers, self.norm = nn.ModuleList(layers), nn.LayerNorm(d_model)
        self.unembed = nn.Linear(d_model, vocab_size)

    def forward(self, tokens, memory):
        T = tokens.shape[-1]
        x = self.table(tokens) + self.places(torch.arange(T))
        for layer in self.layers:
            x = layer(x, memory, tgt_mask=~causal_mask(T))
        return self.unembed(self.norm(x))


# CaptionDecoder: wrong


class Leaking(Plain):
    def forward(self, tokens, memory):
        x = self.embed(tokens)
        for block in self.blocks:
            x, _, _ = block(x, memory)
        return self.unembed(self.norm(x))


class Blind(Plain):
    def forward(self, tokens, memory):
        x, mask = self.embed(tokens), causal_mask(tokens.shape[-1])
        for block in self.blocks:
            x, _, _ = block(x, x, mask, mask)
        return self.unembed(self.norm(x))


class FirstPatchOnly(Plain):
    """The causal mask laid over the picture as well."""

    def forward(self, tokens, memory):
        x, mask = self.embed(tokens), causal_mask(tokens.shape[-1])
        over = torch.ones(tokens.shape[-1], memory.shape[1]).tril().bool()
        for block in self.blocks:
            x, _, _ = block(x, memory, mask, over)
        return self.unembed(self.norm(x))


class PlacesForPatches(Plain):
    def forward(self, tokens, memory):
        return super().forward(tokens, memory + self.places[: memory.shape[1]])


class Orderless(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.places

    def embed(self, tokens):
        return self.table(tokens)


class Shares(Plain):
    def forward(self, tokens, memory):
        return super().forward(tokens, memory).softmax(-1)


class WithMaps(Plain):
    def forward(self, tokens, memory):
        return super().forward(tokens, memory), None


RIGHT = {
    "picture_tokens": [
        tokens_counted,
        tokens_written,
        tokens_shape,
        tokens_as_floats,
        tokens_in_another_order,
    ],
    "patchify": [patch_einops, patch_unfold, patch_reshape, patch_loop, patch_torch_unfold],
    "contrastive_loss": [
        contrast_library,
        contrast_by_hand,
        contrast_log_softmax,
        contrast_loop,
        contrast_one_hot,
    ],
    "contrast_gradient": [
        slope_direct,
        slope_autograd,
        slope_transposed,
        slope_diagonal,
        slope_loop,
    ],
    "caption_probabilities": [
        chances_softmax,
        chances_mended,
        chances_row_by_row,
        chances_logsumexp,
        chances_transposed,
    ],
    "CaptionDecoder": [Plain, WithSinusoids, Tied, LargeStart, FromTorch],
}

WRONG = {
    "picture_tokens": [
        (tokens_patches_only, "class token"),
        (tokens_grey, "one number for each pixel"),
    ],
    "patchify": [
        (patch_view, "`reshape` alone"),
        (patch_planes, "one after the other"),
        (patch_down, "transpose of `image`"),
        (patch_single, "single picture"),
        (patch_spread, "every n-th pixel"),
        (patch_counted, "number of patches along a side"),
    ],
    "contrastive_loss": [
        (contrast_dots, "instead of cosines"),
        (contrast_one_way, "which sentence belongs"),
        (contrast_other_way, "which picture belongs"),
        (contrast_twice, "instead of averaging"),
        (contrast_hot, "multiplied by the temperature"),
        (contrast_default, "ignored the temperature"),
        (contrast_of_softmax, "before `F.cross_entropy`"),
        (contrast_pull, "only pulled"),
        (contrast_detached, "gradient"),
    ],
    "contrast_gradient": [
        (slope_rows, "left out the columns"),
        (slope_sum, "another number than 2n"),
        (slope_uphill, "turned the sign"),
        (slope_one, "once only"),
        (slope_turned, "transposed"),
    ],
    "caption_probabilities": [
        (chances_columns, "let the pictures compete"),
        (chances_table, "all pairs"),
        (chances_sigmoid, "sigmoid"),
        (chances_dots, "instead of cosines"),
    ],
    "CaptionDecoder": [
        (Leaking, "future leak"),
        (Blind, "never attended"),
        (FirstPatchOnly, "hid a part"),
        (PlacesForPatches, "order of the patches"),
        (Orderless, "left out the positions"),
        (Shares, "returned probabilities"),
        (WithMaps, "something else than logits"),
    ],
}
