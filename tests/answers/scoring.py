"""Answers to lesson 03 as learners write them: right ones, however written, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from einops import einsum

# Right --------------------------------------------------------------------------------------------


def dot_einsum(query, key):
    return torch.einsum("...md,...nd->...mn", query, key)


def dot_einops(query, key):
    return einsum(query, key, "... m d, ... n d -> ... m n")


def dot_broadcast(query, key):
    return (query.unsqueeze(-2) * key.unsqueeze(-3)).sum(dim=-1)


def dot_loop(query, key):
    columns = [(query * key[..., j : j + 1, :]).sum(-1) for j in range(key.shape[-2])]
    return torch.stack(columns, dim=-1)


def dot_from_the_right(query, key):
    return torch.matmul(key, query.transpose(-1, -2)).transpose(-1, -2)


def dot_in_double(query, key):
    return (query.double() @ key.double().mT).to(query.dtype)


def dot_linear(query, key):
    if query.ndim == 2:
        return F.linear(query, key)
    return torch.stack([dot_linear(q, k) for q, k in zip(query, key, strict=True)])


def cosine_library(query, key):
    return F.cosine_similarity(query.unsqueeze(-2), key.unsqueeze(-3), dim=-1)


def cosine_normalize(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT


def cosine_by_roots(query, key):
    q = query.pow(2).sum(-1, keepdim=True).sqrt()
    k = (key**2).sum(-1).sqrt().unsqueeze(-2)
    return query @ key.mT / (q * k)


def cosine_einsum(query, key):
    lengths = torch.einsum("...m,...n->...mn", query.norm(dim=-1), key.norm(dim=-1))
    return torch.einsum("...md,...nd->...mn", query, key) / (lengths + 1e-12)


def cosine_loop(query, key):
    rows = []
    for i in range(query.shape[-2]):
        q = query[..., i, :]
        cells = []
        for j in range(key.shape[-2]):
            k = key[..., j, :]
            cells.append((q * k).sum(-1) / (q * q).sum(-1).sqrt() / (k * k).sum(-1).sqrt())
        rows.append(torch.stack(cells, -1))
    return torch.stack(rows, -2)


def cosine_on_copies(query, key):
    q, k = query.clone(), key.clone()
    q /= torch.linalg.vector_norm(query, dim=-1, keepdim=True)
    k /= torch.linalg.vector_norm(key, dim=-1, keepdim=True)
    return q @ k.mT


def bilinear_einsum(query, key, W):
    return torch.einsum("...mq,qk,...nk->...mn", query, W, key)


def bilinear_keys_first(query, key, W):
    return query @ (W @ key.mT)


def bilinear_linear(query, key, W):
    return F.linear(query, W.T) @ key.transpose(-2, -1)


def bilinear_broadcast(query, key, W):
    return ((query @ W).unsqueeze(-2) * key.unsqueeze(-3)).sum(-1)


def bilinear_project_keys(query, key, W):
    return query @ (key @ W.T).mT


def bilinear_outer(query, key, W):
    return sum(
        query[..., :, a, None] * W[a, b] * key[..., None, :, b]
        for a in range(W.shape[0])
        for b in range(W.shape[1])
    )


def additive_expanded(query, key, W_q, W_k, w_v):
    q, k = query @ W_q, key @ W_k
    return (torch.tanh(q[..., :, None, :] + k[..., None, :, :]) * w_v).sum(-1)


def additive_einsum(query, key, W_q, W_k, w_v):
    hidden = torch.tanh((query @ W_q)[..., None, :] + (key @ W_k)[..., None, :, :])
    return torch.einsum("...h,h->...", hidden, w_v)


def additive_loop(query, key, W_q, W_k, w_v):
    k = key @ W_k
    rows = [torch.tanh(query[..., i : i + 1, :] @ W_q + k) @ w_v for i in range(query.shape[-2])]
    return torch.stack(rows, dim=-2)


def additive_by_exp(query, key, W_q, W_k, w_v):
    x = (query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)
    return (2 * torch.sigmoid(2 * x) - 1) @ w_v


def additive_units(query, key, W_q, W_k, w_v):
    q, k = query @ W_q, key @ W_k
    return sum(
        w_v[h] * torch.tanh(q[..., :, None, h] + k[..., None, :, h]) for h in range(len(w_v))
    )


def additive_concatenated(query, key, W_q, W_k, w_v):
    M, N = query.shape[-2], key.shape[-2]
    q = query.unsqueeze(-2).expand(*query.shape[:-1], N, query.shape[-1])
    k = key.unsqueeze(-3).expand(*key.shape[:-2], M, N, key.shape[-1])
    return torch.tanh(torch.cat([q, k], -1) @ torch.cat([W_q, W_k])) @ w_v


def distance_keepdim(query, key):
    q, k = (query**2).sum(-1, keepdim=True), (key**2).sum(-1, keepdim=True)
    return q + k.mT - 2 * query @ key.mT


def distance_einsum(query, key):
    q = torch.einsum("...md,...md->...m", query, query)[..., :, None]
    k = torch.einsum("...nd,...nd->...n", key, key)[..., None, :]
    return q - 2 * torch.einsum("...md,...nd->...mn", query, key) + k


def distance_differences(query, key):
    return (query[..., :, None, :] - key[..., None, :, :]).pow(2).sum(-1)


def distance_cdist(query, key):
    return torch.cdist(query, key).square()


def distance_loop(query, key):
    columns = [(query - key[..., j : j + 1, :]).square().sum(-1) for j in range(key.shape[-2])]
    return torch.stack(columns, dim=-1)


def distance_of_grams(query, key):
    both = torch.cat([query, key], dim=-2)
    gram = both @ both.mT
    squares = gram.diagonal(dim1=-2, dim2=-1)
    M = query.shape[-2]
    products = gram[..., :M, M:]
    return torch.relu(squares[..., :M, None] + squares[..., None, M:] - 2 * products)


# Wrong --------------------------------------------------------------------------------------------


def dot_scaled(query, key):
    return query @ key.mT / math.sqrt(query.size(-1))


def dot_mean(query, key):
    return (query[..., :, None, :] * key[..., None, :, :]).mean(-1)


def dot_transposed(query, key):
    return torch.einsum("...md,...nd->...nm", query, key)


def dot_t(query, key):
    return torch.matmul(query, key.T)


def dot_two_axes_only(query, key):
    return torch.einsum("md,nd->mn", query, key)


def dot_batch_only(query, key):
    return torch.bmm(query, key.transpose(1, 2))


def dot_pairwise(query, key):
    return torch.einsum("...nd,...nd->...n", query, key)


def dot_no_turn(query, key):
    return torch.matmul(query, key)


def dot_detached(query, key):
    return torch.tensor((query @ key.mT).tolist(), dtype=query.dtype)


def dot_float32(query, key):
    return (query.float() @ key.float().mT).float()


def dot_distance(query, key):
    return torch.cdist(query, key)


def dot_softmaxed(query, key):
    return torch.softmax(query @ key.mT, dim=-1)


def dot_scaled_and_transposed(query, key):
    return key @ query.mT / query.shape[-1] ** 0.5


def dot_numpy(query, key):
    return query.detach().numpy() @ key.detach().mT.numpy()


def dot_negative(query, key):
    return -(query @ key.mT)


def dot_changes_query(query, key):
    query *= 2
    return (query @ key.mT) / 2


def dot_reshapes(query, key):
    return query @ key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])


def cosine_lecture(query, key):
    lengths = query.norm(dim=-1, keepdim=True) * key.norm(dim=-1).unsqueeze(-2)
    return query @ key.mT / torch.sqrt(lengths)


def cosine_undivided(query, key):
    return query @ key.mT


def cosine_no_root(query, key):
    q, k = (query**2).sum(-1, keepdim=True), (key**2).sum(-1, keepdim=True)
    return query @ key.mT / (q * k.mT)


def cosine_query_only(query, key):
    return F.normalize(query, dim=-1) @ key.mT


def cosine_wrong_axis(query, key):
    return F.normalize(query, dim=-2) @ F.normalize(key, dim=-2).mT


def cosine_default_axis(query, key):
    return F.normalize(query) @ F.normalize(key).mT


def cosine_distance(query, key):
    return 1 - F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT


def cosine_one_norm(query, key):
    return query @ key.mT / (query.abs().sum(-1)[..., None] * key.abs().sum(-1)[..., None, :])


def cosine_whole_norm(query, key):
    return query @ key.mT / (query.norm() * key.norm())


def cosine_scaled(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT / math.sqrt(key.shape[-1])


def cosine_positions(query, key):
    return F.cosine_similarity(query, key, dim=-1)


def cosine_angle(query, key):
    return torch.acos((F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT).clamp(-1, 1))


def cosine_transposed_and_bare(query, key):
    return F.normalize(key, dim=-1) @ query.mT


def cosine_t(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).T


def cosine_in_place(query, key):
    query /= query.norm(dim=-1, keepdim=True)
    return query @ F.normalize(key, dim=-1).mT


def cosine_no_keepdim(query, key):
    return query @ key.mT / (query.norm(dim=-1) * key.norm(dim=-1))


def bilinear_turned(query, key, W):
    return query @ W.T @ key.mT


def bilinear_forgotten(query, key, W):
    return query @ key.mT


def bilinear_scaled(query, key, W):
    return query @ W @ key.mT / math.sqrt(key.shape[-1])


def bilinear_tanh(query, key, W):
    return torch.tanh(query @ W @ key.mT)


def bilinear_both(query, key, W):
    return (query @ W) @ (key @ W).mT


def bilinear_t(query, key, W):
    return torch.matmul(query @ W, key.T)


def bilinear_unturned(query, key, W):
    return query @ W @ key


def bilinear_keys_down(query, key, W):
    return key @ W.T @ query.mT


def bilinear_softmax(query, key, W):
    return F.softmax(query @ W @ key.mT, dim=-1)


def bilinear_by_position(query, key, W):
    return torch.einsum("...nq,qk,...nk->...n", query, W, key)


def bilinear_symmetric(query, key, W):
    return query @ (W + W.T) @ key.mT / 2


def bilinear_detached_parameter(query, key, W):
    return query @ W.detach() @ key.mT


def bilinear_scaled_and_turned(query, key, W):
    return (query @ W @ key.mT).mT / key.shape[-1] ** 0.5


def bilinear_one_batch_axis(query, key, W):
    return torch.bmm(query @ W, key.permute(0, 2, 1))


def additive_linear(query, key, W_q, W_k, w_v):
    return ((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)) @ w_v


def additive_relu(query, key, W_q, W_k, w_v):
    return F.relu((query @ W_q)[..., :, None, :] + (key @ W_k)[..., None, :, :]) @ w_v


def additive_sigmoid(query, key, W_q, W_k, w_v):
    return ((query @ W_q)[..., :, None, :] + (key @ W_k)[..., None, :, :]).sigmoid() @ w_v


def additive_sum(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)).sum(-1)


def additive_no_pairs(query, key, W_q, W_k, w_v):
    return torch.tanh(query @ W_q + key @ W_k) @ w_v


def additive_product(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q).unsqueeze(-2) * (key @ W_k).unsqueeze(-3)) @ w_v


def additive_swapped(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_k).unsqueeze(-2) + (key @ W_q).unsqueeze(-3)) @ w_v


def additive_keys_down(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q).unsqueeze(-3) + (key @ W_k).unsqueeze(-2)) @ w_v


def additive_bent_early(query, key, W_q, W_k, w_v):
    return (torch.tanh(query @ W_q).unsqueeze(-2) + torch.tanh(key @ W_k).unsqueeze(-3)) @ w_v


def additive_bent_late(query, key, W_q, W_k, w_v):
    return torch.tanh(((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)) @ w_v)


def additive_unread(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3))


def additive_fixed_axes(query, key, W_q, W_k, w_v):
    return torch.tanh((query @ W_q)[:, :, None] + (key @ W_k)[:, None, :]) @ w_v


def additive_softmax(query, key, W_q, W_k, w_v):
    scores = torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)) @ w_v
    return scores.softmax(dim=-1)


def additive_linear_sum(query, key, W_q, W_k, w_v):
    return ((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)).sum(-1)


def additive_relu_keys_down(query, key, W_q, W_k, w_v):
    return torch.relu((query @ W_q).unsqueeze(-3) + (key @ W_k).unsqueeze(-2)) @ w_v


def additive_detached_parameters(query, key, W_q, W_k, w_v):
    with torch.no_grad():
        k = key @ W_k
    return torch.tanh((query @ W_q).unsqueeze(-2) + k.unsqueeze(-3)) @ w_v


def distance_one_product(query, key):
    return query.pow(2).sum(-1, keepdim=True) - query @ key.mT + key.pow(2).sum(-1).unsqueeze(-2)


def distance_plus(query, key):
    squares = query.pow(2).sum(-1)[..., None] + key.pow(2).sum(-1)[..., None, :]
    return squares + 2 * (query @ key.mT)


def distance_root(query, key):
    return torch.cdist(query, key)


def distance_negative(query, key):
    return -((query[..., :, None, :] - key[..., None, :, :]) ** 2).sum(-1)


def distance_lengths(query, key):
    return query.norm(dim=-1)[..., None] - 2 * query @ key.mT + key.norm(dim=-1)[..., None, :]


def distance_swapped_squares(query, key):
    q, k = query.square().sum(-1), key.square().sum(-1)
    return q.unsqueeze(-2) + k.unsqueeze(-1) - 2 * query @ key.mT


def distance_no_keepdim(query, key):
    return (query**2).sum(-1) + (key**2).sum(-1) - 2 * (query @ key.mT)


def distance_no_keys(query, key):
    return (query**2).sum(-1, keepdim=True) - 2 * (query @ key.mT)


def distance_mean(query, key):
    return (query[..., :, None, :] - key[..., None, :, :]).square().mean(-1)


def distance_city(query, key):
    return torch.cdist(query, key, p=1)


def distance_position(query, key):
    return ((query - key) ** 2).sum(-1)


def distance_keys_down(query, key):
    return torch.cdist(key, query) ** 2


def distance_negative_root(query, key):
    return -torch.cdist(query, key)


def distance_kernel(query, key):
    return torch.exp(-torch.cdist(query, key).square())


def distance_t(query, key):
    q, k = query.square().sum(-1, keepdim=True), key.square().sum(-1, keepdim=True)
    return q - 2 * query @ key.T + k.T


def distance_one_product_transposed(query, key):
    q, k = query.square().sum(-1), key.square().sum(-1)
    return (q[..., :, None] + k[..., None, :] - query @ key.mT).mT


# descend, lift ------------------------------------------------------------------------------------


def _descend_emptied(start, target, rate, steps):
    x = start.clone().requires_grad_()
    for _ in range(steps):
        (x - target).square().sum().backward()
        with torch.no_grad():
            x -= rate * x.grad
        x.grad = None
    return x.detach()


def _descend_emptied_first(start, target, rate, steps):
    x = start.detach().clone().requires_grad_(True)
    for _ in range(steps):
        if x.grad is not None:
            x.grad.zero_()
        ((x - target) ** 2).sum().backward()
        x.data = x.data - rate * x.grad
    return x.detach()


def _descend_with_optimiser(start, target, rate, steps):
    x = torch.nn.Parameter(start.clone())
    optimiser = torch.optim.SGD([x], lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        (x - target).square().sum().backward()
        optimiser.step()
    return x.detach()


def _descend_by_hand(start, target, rate, steps):
    x = start.clone()
    for _ in range(steps):
        x = x - rate * 2 * (x - target)
    return x


def _descend_by_grad(start, target, rate, steps):
    x = start.clone().requires_grad_()
    for _ in range(steps):
        (slope,) = torch.autograd.grad((x - target).square().sum(), x)
        x = (x - rate * slope).detach().requires_grad_()
    return x.detach()


def _descend_piled(start, target, rate, steps):
    x = start.clone().requires_grad_()
    for _ in range(steps):
        (x - target).square().sum().backward()
        x.data -= rate * x.grad
    return x.detach()


def _descend_emptied_early(start, target, rate, steps):
    x = start.clone().requires_grad_()
    for _ in range(steps):
        (x - target).square().sum().backward()
        x.grad.zero_()
        x.data -= rate * x.grad
    return x.detach()


def _norms(x):
    return (x * x).sum(-1, keepdim=True)


def _ones(x):
    return torch.ones_like(x[..., :1])


def _lift_key_doubled(query, key):
    lifted = torch.cat([query, -_norms(query), _ones(query)], -1)
    return lifted, torch.cat([2 * key, _ones(key), -_norms(key)], -1)


def _lift_in_front(query, key):
    root = 2**0.5
    lifted = torch.cat([_ones(query), _norms(query), root * query], -1)
    return lifted, torch.cat([-_norms(key), -_ones(key), root * key], -1)


def _lift_as_list(query, key):
    return list(_lift_key_doubled(query, key))


def _lift_by_filling(query, key):
    a, b = torch.ones(len(query), query.shape[1] + 2), torch.ones(len(key), key.shape[1] + 2)
    a, b = a.to(query.dtype), b.to(key.dtype)
    a[:, 2:], b[:, 2:] = 2 * query, key
    a[:, 0], b[:, 1] = -_norms(query)[:, 0], -_norms(key)[:, 0]
    return a, b


def _lift_by_stacking(query, key):
    lifted = torch.column_stack([2 * query, _norms(query), _ones(query)])
    return lifted, torch.column_stack([key, -_ones(key), -_norms(key)])


def _lift_without_sign(query, key):
    a, b = _lift_key_doubled(query, key)
    return -a, b


def _lift_without_query(query, key):
    return torch.cat([2 * query, -_ones(query)], -1), torch.cat([key, _norms(key)], -1)


def _lift_without_key(query, key):
    return torch.cat([2 * query, -_norms(query)], -1), torch.cat([key, _ones(key)], -1)


def _lift_by_table(query, key):
    table = -(query[:, None] - key).square().sum(-1)
    return table, torch.eye(len(key), dtype=key.dtype)


RIGHT = {
    "descend": [
        _descend_emptied,
        _descend_emptied_first,
        _descend_with_optimiser,
        _descend_by_hand,
        _descend_by_grad,
    ],
    "lift": [
        _lift_key_doubled,
        _lift_in_front,
        _lift_as_list,
        _lift_by_filling,
        _lift_by_stacking,
    ],
    "dot_score": [
        dot_einsum,
        dot_einops,
        dot_broadcast,
        dot_loop,
        dot_from_the_right,
        dot_in_double,
        dot_linear,
    ],
    "cosine_score": [
        cosine_library,
        cosine_normalize,
        cosine_by_roots,
        cosine_einsum,
        cosine_loop,
        cosine_on_copies,
    ],
    "bilinear_score": [
        bilinear_einsum,
        bilinear_keys_first,
        bilinear_linear,
        bilinear_broadcast,
        bilinear_project_keys,
        bilinear_outer,
    ],
    "additive_score": [
        additive_expanded,
        additive_einsum,
        additive_loop,
        additive_by_exp,
        additive_units,
        additive_concatenated,
    ],
    "distance_score": [
        distance_keepdim,
        distance_einsum,
        distance_differences,
        distance_cdist,
        distance_loop,
        distance_of_grams,
    ],
}

WRONG = {
    "descend": [
        (_descend_piled, "add up"),
        (_descend_emptied_early, "nothing moved"),
        (lambda x, t, rate, n: _descend_by_hand(x, t, rate, 1), "one step"),
        (lambda x, t, rate, n: _descend_by_hand(x, t, -rate, n), "uphill"),
        (lambda x, t, rate, n: _descend_by_hand(x, t, rate / 2, n), "factor 2"),
    ],
    "lift": [
        (_lift_without_sign, "left out the minus sign"),
        (_lift_without_query, "left out ‖query‖²"),
        (_lift_without_key, "left out ‖key‖²"),
        (_lift_by_table, "returned shape"),
        (lambda query, key: -(query[:, None] - key).square().sum(-1), ""),
        (lambda query, key: (query, key), ""),
    ],
    "dot_score": [
        (dot_scaled, "divided by √d_k"),
        (dot_mean, "averaged where the rule sums"),
        (dot_transposed, "keys down"),
        (dot_t, ".T on a batch"),
        (dot_two_axes_only, "batch"),
        (dot_batch_only, "exactly 3 axes"),
        (dot_pairwise, "same position"),
        (dot_no_turn, "turning the keys"),
        (dot_detached, "gradient"),
        (dot_float32, "float32 where"),
        (dot_distance, ""),
        (dot_softmaxed, "softmax"),
        (dot_scaled_and_transposed, "√d_k"),
        (dot_numpy, ""),
        (dot_negative, "sign"),
        (dot_changes_query, "changed"),
        (dot_reshapes, ""),
    ],
    "cosine_score": [
        (cosine_lecture, "√(|q| |k|)"),
        (cosine_undivided, "forgot to divide"),
        (cosine_no_root, "squared norms"),
        (cosine_query_only, "query's norm only"),
        (cosine_wrong_axis, "wrong axis"),
        (cosine_default_axis, ""),
        (cosine_distance, "1 − cosine"),
        (cosine_one_norm, "absolute values where squares"),
        (cosine_whole_norm, ""),
        (cosine_scaled, "√d_k as well"),
        (cosine_positions, "same position"),
        (cosine_angle, "angle"),
        (cosine_transposed_and_bare, "keys"),
        (cosine_t, ".T on a batch"),
        (cosine_in_place, "changed"),
        (cosine_no_keepdim, ""),
    ],
    "bilinear_score": [
        (bilinear_turned, "turned W round"),
        (bilinear_forgotten, "left W out"),
        (bilinear_scaled, "divided by √d_k"),
        (bilinear_tanh, "tanh"),
        (bilinear_both, "both sides"),
        (bilinear_t, ".T on a batch"),
        (bilinear_unturned, "turn the keys"),
        (bilinear_keys_down, "keys down"),
        (bilinear_softmax, "softmax"),
        (bilinear_by_position, "same position"),
        (bilinear_symmetric, "symmetric"),
        (bilinear_detached_parameter, "gradient"),
        (bilinear_scaled_and_turned, "√d_k"),
        (bilinear_one_batch_axis, "from the front"),
    ],
    "additive_score": [
        (additive_linear, "left out the tanh"),
        (additive_relu, "ReLU"),
        (additive_sigmoid, "sigmoid"),
        (additive_sum, "without w_v"),
        (additive_no_pairs, "same position"),
        (additive_product, "multiplied query and key"),
        (additive_swapped, "swapped W_q"),
        (additive_keys_down, "keys down"),
        (additive_bent_early, "before adding"),
        (additive_bent_late, "finished score"),
        (additive_unread, "forgot w_v"),
        (additive_fixed_axes, "from the front"),
        (additive_softmax, "softmax"),
        (additive_linear_sum, "w_v"),
        (additive_relu_keys_down, "ReLU"),
        (additive_detached_parameters, "gradient"),
    ],
    "distance_score": [
        (distance_one_product, "forgot the 2"),
        (distance_plus, "added the product"),
        (distance_root, "square root"),
        (distance_negative, "negative distance"),
        (distance_lengths, "norms where squared"),
        (distance_swapped_squares, "swapped the axes"),
        (distance_no_keepdim, "lost the axis"),
        (distance_no_keys, "keys' squares"),
        (distance_mean, "averaged over the dimension"),
        (distance_city, "absolute differences"),
        (distance_position, "same position"),
        (distance_keys_down, "keys down"),
        (distance_negative_root, "root"),
        (distance_kernel, "Gaussian"),
        (distance_t, "exactly 2 axes"),
        (distance_one_product_transposed, "forgot the 2"),
    ],
}
