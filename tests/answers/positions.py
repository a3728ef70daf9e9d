"""Answers to lesson 08 as learners write them: right ones, however written, and wrong ones."""

import math

import numpy as np
import torch
from einops import rearrange

from attncourse.positions import rotate

# Right --------------------------------------------------------------------------------------------


def encoding_in_a_loop(T, d_model):
    rows = []
    for t in range(T):
        row = []
        for i in range(d_model // 2):
            angle = t / 10000 ** (2 * i / d_model)
            row += [math.sin(angle), math.cos(angle)]
        rows.append(row)
    return torch.tensor(rows)


def encoding_by_slices(T, d_model):
    encoding = torch.zeros(T, d_model)
    position = torch.arange(T).unsqueeze(1)
    divisor = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
    encoding[:, 0::2] = torch.sin(position * divisor)
    encoding[:, 1::2] = torch.cos(position * divisor)
    return encoding


def encoding_by_stack(T, d_model):
    frequencies = 1 / 10_000 ** (torch.arange(d_model // 2) * 2 / d_model)
    angles = torch.outer(torch.arange(T).float(), frequencies)
    return torch.stack((angles.sin(), angles.cos()), dim=2).reshape(T, d_model)


def encoding_by_where(T, d_model):
    column = torch.arange(d_model)
    angles = torch.arange(T)[:, None] / 10_000 ** ((column - column % 2) / d_model)
    return torch.where(column % 2 == 0, angles.sin(), angles.cos())


def encoding_by_numpy(T, d_model):
    angles = np.arange(T)[:, None] / 10_000.0 ** (np.arange(0, d_model, 2) / d_model)
    both = np.stack((np.sin(angles), np.cos(angles)), axis=-1).reshape(T, d_model)
    return torch.from_numpy(both).to(torch.get_default_dtype())


def encoding_by_phase(T, d_model):
    frequencies = 10_000 ** (-torch.arange(0, d_model, 2) / d_model)
    angles = (torch.arange(T)[:, None] * frequencies).repeat_interleave(2, dim=1).double()
    angles[:, 1::2] += math.pi / 2
    return angles.sin().to(torch.get_default_dtype())


def encoding_by_complex_numbers(T, d_model):
    angles = torch.arange(T)[:, None] * 10_000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack((torch.polar(torch.ones(()), angles).imag, angles.cos()), -1).flatten(1)


def bias_in_a_loop(table, M, N):
    R = (table.shape[-1] - 1) // 2
    rows = []
    for i in range(M):
        row = [table[..., max(-R, min(R, j - i)) + R] for j in range(N)]
        rows.append(torch.stack(row, dim=-1))
    return torch.stack(rows, dim=-2)


def bias_by_clip_after_shift(table, M, N):
    R = table.shape[-1] // 2
    index = torch.arange(N)[None, :] - torch.arange(M)[:, None] + R
    return table[..., torch.clip(index, 0, 2 * R)]


def bias_by_index_select(table, M, N):
    R = table.shape[-1] // 2
    index = (torch.arange(N) - torch.arange(M).unsqueeze(1)).clamp(min=-R, max=R) + R
    return table.index_select(-1, index.flatten()).reshape(*table.shape[:-1], M, N)


def bias_by_one_hot(table, M, N):
    R = table.shape[-1] // 2
    index = (torch.arange(N) - torch.arange(M)[:, None]).clamp(-R, R) + R
    chosen = torch.nn.functional.one_hot(index, 2 * R + 1).to(table.dtype)  # M N 2R+1
    return torch.einsum("ijr,...r->...ij", chosen, table)


def bias_by_minimum_and_maximum(table, M, N):
    R = torch.tensor(table.shape[-1] // 2)
    distance = torch.arange(N) - torch.arange(M)[:, None]
    return table[..., torch.maximum(torch.minimum(distance, R), -R) + R]


def bias_by_gather(table, M, N):
    R = table.shape[-1] // 2
    index = ((torch.arange(N) - torch.arange(M)[:, None]).clamp(-R, R) + R).flatten()
    index = index.expand(*table.shape[:-1], M * N)
    return table.gather(-1, index).unflatten(-1, (M, N))


def frequencies_of(x):
    d_k = x.shape[-1]
    return 10_000 ** (-torch.arange(0, d_k, 2, dtype=torch.float64) / d_k)


def rotate_by_complex_numbers(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    numbers = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    turned = numbers * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2)


def rotate_by_slices(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    y = torch.empty_like(x)
    y[..., 0::2] = x[..., 0::2] * angles.cos() - x[..., 1::2] * angles.sin()
    y[..., 1::2] = x[..., 0::2] * angles.sin() + x[..., 1::2] * angles.cos()
    return y


def rotate_by_swapping_neighbours(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype).repeat_interleave(2, dim=-1)
    swapped = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)
    return x * angles.cos() + swapped * angles.sin()


def rotate_by_matrices(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    sin, cos = angles.sin(), angles.cos()
    matrix = torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), -2)
    pairs = x.unflatten(-1, (-1, 2))
    return torch.einsum("tiab,...tib->...tia", matrix, pairs).flatten(-2)


def rotate_in_a_loop(x, positions):
    tokens = []
    for t, position in enumerate(positions.tolist()):
        numbers = []
        for i in range(x.shape[-1] // 2):
            angle = position / 10_000 ** (2 * i / x.shape[-1])
            a, b = x[..., t, 2 * i], x[..., t, 2 * i + 1]
            numbers.append(a * math.cos(angle) - b * math.sin(angle))
            numbers.append(a * math.sin(angle) + b * math.cos(angle))
        tokens.append(torch.stack(numbers, dim=-1))
    return torch.stack(tokens, dim=-2)


def rotate_in_double_precision(x, positions):
    return rotate_by_swapping_neighbours(x.double(), positions.double()).to(x.dtype)


def alibi_in_a_loop(n_heads, T):
    bias = torch.zeros(n_heads, T, T)
    for h in range(n_heads):
        slope = 2 ** (-8 * (h + 1) / n_heads)
        for i in range(T):
            for j in range(T):
                bias[h, i, j] = -slope * abs(i - j)
    return bias


def alibi_by_powers_of_the_first(n_heads, T):
    first = 2 ** (-8 / n_heads)
    slopes = torch.tensor([first ** (h + 1) for h in range(n_heads)])
    distance = torch.arange(T)[None, :] - torch.arange(T)[:, None]
    return slopes.view(-1, 1, 1) * -distance.abs()


def alibi_by_einsum(n_heads, T):
    slopes = torch.exp2(-8 * torch.arange(1, n_heads + 1) / n_heads)
    place = torch.arange(T, dtype=torch.float32)
    return -torch.einsum("h,ij->hij", slopes, torch.cdist(place[:, None], place[:, None], p=1))


def alibi_by_minimum(n_heads, T):
    ahead = torch.arange(T) - torch.arange(T).unsqueeze(1)
    slopes = 0.5 ** (torch.linspace(8 / n_heads, 8, n_heads))
    return slopes[:, None, None] * torch.minimum(ahead, -ahead)


def alibi_by_numpy(n_heads, T):
    slopes = 2.0 ** (-8 * np.arange(1, n_heads + 1) / n_heads)
    distance = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))
    bias = torch.tensor(-slopes[:, None, None] * distance)
    return bias.to(torch.get_default_dtype())


def alibi_by_rearranging(n_heads, T):
    slopes = 2 ** (-8 * torch.arange(1, n_heads + 1) / n_heads)
    place = torch.arange(T)
    distance = (rearrange(place, "j -> 1 j") - rearrange(place, "i -> i 1")).abs()
    return -rearrange(slopes, "h -> h 1 1") * distance


# Wrong --------------------------------------------------------------------------------------------


def encoding_from_angles(angles):
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def encoding_in_halves(T, d_model):
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)


def encoding_with_cosines_first(T, d_model):
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack((angles.cos(), angles.sin()), dim=-1).flatten(-2)


def encoding_from_one(T, d_model):
    places = torch.arange(1, T + 1)[:, None]
    return encoding_from_angles(places / 10_000 ** (torch.arange(0, d_model, 2) / d_model))


def encoding_with_doubled_steps(T, d_model):
    divisor = 10_000 ** (2 * torch.arange(0, d_model, 2) / d_model)
    return encoding_from_angles(torch.arange(T)[:, None] / divisor)


def encoding_with_half_steps(T, d_model):
    divisor = 10_000 ** (torch.arange(d_model // 2) / d_model)
    return encoding_from_angles(torch.arange(T)[:, None] / divisor)


def encoding_with_own_frequencies(T, d_model):
    encoding = torch.zeros(T, d_model)
    for t in range(T):
        for c in range(d_model):
            wave = math.sin if c % 2 == 0 else math.cos
            encoding[t, c] = wave(t / 10_000 ** (c / d_model))
    return encoding


def encoding_with_base_1000(T, d_model):
    divisor = 1_000 ** (torch.arange(0, d_model, 2) / d_model)
    return encoding_from_angles(torch.arange(T)[:, None] / divisor)


def encoding_with_exp_alone(T, d_model):
    return encoding_from_angles(
        torch.arange(T)[:, None] * torch.exp(-torch.arange(0, d_model, 2) / d_model)
    )


def encoding_multiplied(T, d_model):
    factor = 10_000.0 ** (torch.arange(0, d_model, 2) / d_model)
    return encoding_from_angles(torch.arange(T)[:, None] * factor)


def encoding_turned(T, d_model):
    return encoding_by_slices(T, d_model).T


def encoding_in_float64(T, d_model):
    return encoding_by_slices(T, d_model).double()


def encoding_in_halves_from_one(T, d_model):
    places = torch.arange(1, T + 1)[:, None]
    angles = places / 10_000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)


def encoding_with_a_batch_axis(T, d_model):
    return encoding_by_slices(T, d_model).unsqueeze(0)


def index_of(M, N):
    return torch.arange(N) - torch.arange(M)[:, None]


def bias_the_other_way(table, M, N):
    R = table.shape[-1] // 2
    distance = torch.arange(M)[:, None] - torch.arange(N)
    return table[..., distance.clamp(-R, R) + R]


def bias_without_clip(table, M, N):
    return table[..., index_of(M, N) + table.shape[-1] // 2]


def bias_without_shift(table, M, N):
    R = table.shape[-1] // 2
    return table[..., index_of(M, N).clamp(-R, R)]


def bias_of_sizes(table, M, N):
    R = table.shape[-1] // 2
    return table[..., index_of(M, N).abs().clamp(max=R) + R]


def bias_shifted_by_length(table, M, N):
    return table[..., index_of(M, N) + N - 1]


def bias_on_the_first_axis(table, M, N):
    R = table.shape[0] // 2
    return table[index_of(M, N).clamp(-R, R) + R]


def bias_turned(table, M, N):
    R = table.shape[-1] // 2
    return table[..., (torch.arange(N)[:, None] - torch.arange(M)).clamp(-R, R) + R]


def bias_zero_outside(table, M, N):
    R = table.shape[-1] // 2
    near = bias_by_clip_after_shift(table, M, N)
    return torch.where(index_of(M, N).abs() > R, torch.zeros_like(near), near)


def bias_detached(table, M, N):
    return bias_by_clip_after_shift(table.detach().clone(), M, N)


def bias_square(table, M, N):
    return bias_by_clip_after_shift(table, N, N)


def bias_the_other_way_without_shift(table, M, N):
    R = table.shape[-1] // 2
    return table[..., (-index_of(M, N)).clamp(-R, R)]


def bias_lined_up_at_the_end(table, M, N):
    R = table.shape[-1] // 2
    return table[..., (index_of(M, N) - (N - M)).clamp(-R, R) + R]


def rotate_halves(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()), -1)


def rotate_like_neox(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    angles = torch.cat((angles, angles), dim=-1)
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * angles.cos() + turned * angles.sin()


def rotate_backwards(x, positions):
    return rotate_by_complex_numbers(x, -positions)


def rotate_by_place(x, positions):
    return rotate_by_complex_numbers(x, torch.arange(x.shape[-2]))


def rotate_from_one(x, positions):
    return rotate_by_complex_numbers(x, positions + 1)


def rotate_into_halves(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    a, b = x[..., ::2], x[..., 1::2]
    return torch.cat((a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()), -1)


def rotate_without_minus(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype).repeat_interleave(2, dim=-1)
    swapped = torch.stack((x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)
    return x * angles.cos() + swapped * angles.sin()


def rotate_overwriting(x, positions):
    angles = (positions[:, None] * frequencies_of(x)).to(x.dtype)
    y = x.clone()
    y[..., 0::2] = y[..., 0::2] * angles.cos() - y[..., 1::2] * angles.sin()
    y[..., 1::2] = y[..., 0::2].clone() * angles.sin() + y[..., 1::2] * angles.cos()
    return y


def rotate_in_place(x, positions):
    turned = rotate_by_complex_numbers(x, positions)
    with torch.no_grad():
        x.copy_(turned)
    return turned


def rotate_with_half_exponent(x, positions):
    i = torch.arange(x.shape[-1] // 2, dtype=x.dtype)
    return rotated_by(x, positions[:, None] / 10_000 ** (i / x.shape[-1]))


def rotate_with_base_of_lengths(x, positions):
    i = torch.arange(0, x.shape[-1], 2, dtype=x.dtype)
    return rotated_by(x, positions[:, None] / 1_000 ** (i / x.shape[-1]))


def rotate_all_alike(x, positions):
    angles = positions[:, None].to(x.dtype).expand(-1, x.shape[-1] // 2)
    return rotated_by(x, angles)


def rotated_by(x, angles):
    numbers = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    turned = numbers * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2)


def rotate_detached(x, positions):
    return rotate_by_complex_numbers(x.detach(), positions)


def rotate_halves_backwards(x, positions):
    return rotate_halves(x, -positions)


def rotate_adding(x, positions):
    return x + encoding_from_angles((positions[:, None] * frequencies_of(x)).to(x.dtype))


def distance_of(T):
    return (torch.arange(T)[:, None] - torch.arange(T)).abs()


def alibi_positive(n_heads, T):
    return -alibi_in_a_loop(n_heads, T)


def alibi_signed(n_heads, T):
    slopes = 2 ** (-8 * torch.arange(1, n_heads + 1) / n_heads)
    return slopes[:, None, None] * (torch.arange(T) - torch.arange(T)[:, None])


def alibi_with_powers_of_two(n_heads, T):
    slopes = 0.5 ** torch.arange(1, n_heads + 1)
    return -slopes[:, None, None] * distance_of(T)


def alibi_from_head_zero(n_heads, T):
    slopes = 2 ** (-8 * torch.arange(n_heads) / n_heads)
    return -slopes[:, None, None] * distance_of(T)


def alibi_without_eight(n_heads, T):
    slopes = 2 ** (-torch.arange(1, n_heads + 1) / n_heads)
    return -slopes[:, None, None] * distance_of(T)


def alibi_causal(n_heads, T):
    bias = alibi_in_a_loop(n_heads, T)
    return bias.masked_fill(torch.ones(T, T).triu(1).bool(), -torch.inf)


def alibi_past_only(n_heads, T):
    return alibi_in_a_loop(n_heads, T).tril()


def alibi_one_slope(n_heads, T):
    return -distance_of(T).float().expand(n_heads, T, T)


def alibi_heads_last(n_heads, T):
    return alibi_in_a_loop(n_heads, T).permute(1, 2, 0)


def alibi_positive_from_head_zero(n_heads, T):
    return -alibi_from_head_zero(n_heads, T)


def alibi_by_exp(n_heads, T):
    slopes = torch.exp(-8 * torch.arange(1, n_heads + 1) / n_heads)
    return -slopes[:, None, None] * distance_of(T)


def alibi_squared(n_heads, T):
    slopes = 2 ** (-8 * torch.arange(1, n_heads + 1) / n_heads)
    return -slopes[:, None, None] * distance_of(T) ** 2


# to tell and to move ------------------------------------------------------------------------------


def _told(entries=7, penalty=-3.0, position=1005):
    told = {"different numbers": entries, "penalty": penalty, "key's position": position}
    return lambda: told


def told_as_floats():
    return {"different numbers": 7.0, "penalty": -3, "key's position": 1005.0}


def told_by_counting():
    distances = {max(-3, min(3, j - i)) for i in range(10) for j in range(10)}
    penalty = -(2 ** (-8 / 8)) * 6
    return {"different numbers": len(distances), "penalty": penalty, "key's position": 1002 + 3}


def told_in_another_order():
    return {"key's position": 1005, "penalty": -3.0, "different numbers": 7}


def told_as_whole_numbers():
    return {"different numbers": 7, "penalty": -3, "key's position": 1005}


def _speeds(d_model):
    return 10_000.0 ** (-torch.arange(0, d_model, 2) / d_model)


def shift_by_blocks(delta, d_model):
    angles = delta * _speeds(d_model)
    blocks = [torch.stack([a.cos(), a.sin(), -a.sin(), a.cos()]).view(2, 2) for a in angles]
    return torch.block_diag(*blocks)


def shift_by_loop(delta, d_model):
    M = torch.zeros(d_model, d_model)
    for i in range(0, d_model, 2):
        angle = delta / 10_000 ** (i / d_model)
        M[i, i] = M[i + 1, i + 1] = math.cos(angle)
        M[i, i + 1], M[i + 1, i] = math.sin(angle), -math.sin(angle)
    return M


def shift_by_diagonals(delta, d_model):
    angles = (delta * _speeds(d_model)).repeat_interleave(2)
    side = angles.sin().clone()
    side[1::2] = 0
    side = side[:-1]
    return angles.cos().diag() + side.diag(1) - side.diag(-1)


def shift_by_exponential(delta, d_model):
    turn = torch.zeros(d_model, d_model)
    first = torch.arange(0, d_model, 2)
    turn[first, first + 1], turn[first + 1, first] = _speeds(d_model), -_speeds(d_model)
    return torch.linalg.matrix_exp(delta * turn)


def shift_by_kron(delta, d_model):
    angles = delta * _speeds(d_model)
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    cosines = torch.kron(angles.cos().diag(), torch.eye(2))
    return cosines + torch.kron(angles.sin().diag(), turn)


def shift_back(delta, d_model):
    return shift_by_loop(delta, d_model).T


def shift_in_halves(delta, d_model):
    angles = delta * _speeds(d_model)
    cos, sin = angles.cos().diag(), angles.sin().diag()
    return torch.cat([torch.cat([cos, sin], 1), torch.cat([-sin, cos], 1)])


def shift_by_cosines(delta, d_model):
    return (delta * _speeds(d_model)).repeat_interleave(2).cos().diag()


def shift_with_pluses(delta, d_model):
    angles = delta * _speeds(d_model)
    blocks = [torch.stack([a.cos(), a.sin(), a.sin(), a.cos()]).view(2, 2) for a in angles]
    return torch.block_diag(*blocks)


def shift_all_alike(delta, d_model):
    block = torch.tensor([[math.cos(delta), math.sin(delta)], [-math.sin(delta), math.cos(delta)]])
    return torch.block_diag(*[block] * (d_model // 2))


# with a cache, and in halves ----------------------------------------------------------------------


def cached_by_distance(query, keys):
    return rotate(keys, torch.arange(len(keys)) - (len(keys) - 1)) @ query / len(query) ** 0.5


def cached_by_all_queries(query, keys):
    N, place = len(keys), torch.arange(len(keys))
    queries = rotate(query.expand(N, -1), place)
    return (queries @ rotate(keys, place).T)[-1] / math.sqrt(len(query))


def cached_by_last(query, keys):
    place = torch.arange(len(keys))
    turned = rotate(query[None], place[-1:])
    return (turned @ rotate(keys, place).mT).squeeze(0) / query.shape[0] ** 0.5


def cached_by_loop(query, keys):
    N = len(keys)
    turned = rotate(query[None], torch.tensor([N - 1]))[0]
    scores = [rotate(key[None], torch.tensor([j]))[0] @ turned for j, key in enumerate(keys)]
    return torch.stack(scores) / len(query) ** 0.5


def cached_together(query, keys):
    N = len(keys)
    both = rotate(torch.cat([keys, query[None]]), torch.tensor([*range(N), N - 1]))
    return both[:-1] @ both[-1] * len(query) ** -0.5


def cached_one_past(query, keys):
    place = torch.arange(len(keys) + 1)
    return rotate(keys, place[:-1]) @ rotate(query[None], place[-1:])[0] / len(query) ** 0.5


def cached_at_zero(query, keys):
    zero = torch.zeros(1)
    return rotate(keys, torch.arange(len(keys))) @ rotate(query[None], zero)[0] / len(query) ** 0.5


def cached_keys_plain(query, keys):
    return keys @ rotate(query[None], torch.tensor([len(keys) - 1]))[0] / len(query) ** 0.5


def cached_plain(query, keys):
    return keys @ query / len(query) ** 0.5


def cached_unscaled(query, keys):
    return cached_by_distance(query, keys) * len(query) ** 0.5


def halves_by_rearrange(W, n_heads):
    return rearrange(W, "m (H i two) -> m (H two i)", H=n_heads, two=2)


def halves_by_slices(W, n_heads):
    parts = W.chunk(n_heads, dim=1)
    return torch.cat([torch.cat([part[:, 0::2], part[:, 1::2]], dim=1) for part in parts], dim=1)


def halves_by_index(W, n_heads):
    d = W.shape[1] // n_heads
    order = [h * d + k for h in range(n_heads) for k in [*range(0, d, 2), *range(1, d, 2)]]
    return W[:, order]


def halves_by_view(W, n_heads):
    m, n = W.shape
    return W.view(m, n_heads, n // n_heads // 2, 2).transpose(2, 3).reshape(m, n)


def halves_by_permutation_matrix(W, n_heads):
    eye = torch.eye(W.shape[1], dtype=W.dtype)
    return W @ halves_by_slices(eye, n_heads)


def halves_as_they_were(W, n_heads):
    return W


def halves_back(W, n_heads):
    return rearrange(W, "m (H two i) -> m (H i two)", H=n_heads, two=2)


def halves_across_heads(W, n_heads):
    return torch.cat([W[:, 0::2], W[:, 1::2]], dim=1)


def halves_of_rows(W, n_heads):
    return rearrange(W, "(H i two) m -> (H two i) m", H=n_heads, two=2)


def halves_odd_first(W, n_heads):
    return torch.cat([torch.cat([p[:, 1::2], p[:, 0::2]], 1) for p in W.chunk(n_heads, 1)], 1)


RIGHT = {
    "three_distances": [
        _told(),
        told_as_floats,
        told_by_counting,
        told_in_another_order,
        told_as_whole_numbers,
    ],
    "shift_matrix": [
        shift_by_blocks,
        shift_by_loop,
        shift_by_diagonals,
        shift_by_exponential,
        shift_by_kron,
    ],
    "cached_scores": [
        cached_by_distance,
        cached_by_all_queries,
        cached_by_last,
        cached_by_loop,
        cached_together,
    ],
    "to_halves": [
        halves_by_rearrange,
        halves_by_slices,
        halves_by_index,
        halves_by_view,
        halves_by_permutation_matrix,
    ],
    "sinusoidal_encoding": [
        encoding_in_a_loop,
        encoding_by_slices,
        encoding_by_stack,
        encoding_by_where,
        encoding_by_numpy,
        encoding_by_phase,
        encoding_by_complex_numbers,
    ],
    "relative_bias": [
        bias_in_a_loop,
        bias_by_clip_after_shift,
        bias_by_index_select,
        bias_by_one_hot,
        bias_by_minimum_and_maximum,
        bias_by_gather,
    ],
    "rotate": [
        rotate_by_complex_numbers,
        rotate_by_slices,
        rotate_by_swapping_neighbours,
        rotate_by_matrices,
        rotate_in_a_loop,
        rotate_in_double_precision,
    ],
    "alibi_bias": [
        alibi_in_a_loop,
        alibi_by_powers_of_the_first,
        alibi_by_einsum,
        alibi_by_minimum,
        alibi_by_numpy,
        alibi_by_rearranging,
    ],
}

WRONG = {
    "three_distances": [
        (_told(entries=19), "an entry of its own"),
        (_told(entries=6), "one side only"),
        (_told(penalty=3), "rewarded distance"),
        (_told(penalty=-6), "heads from 0"),
        (_told(position=999), "turned the distance round"),
        (_told(entries=8), ""),
    ],
    "shift_matrix": [
        (shift_back, "moved the positions back"),
        (shift_in_halves, "half a width away"),
        (shift_by_cosines, "left the sines out"),
        (shift_with_pluses, "lost the minus sign"),
        (shift_all_alike, "one frequency for all"),
    ],
    "cached_scores": [
        (cached_one_past, "one place after the last key"),
        (cached_at_zero, "as if the new token stood first"),
        (cached_keys_plain, "did not turn the keys"),
        (cached_plain, "every distance 0"),
        (cached_unscaled, "forgot to divide"),
    ],
    "to_halves": [
        (halves_as_they_were, "left the columns"),
        (halves_back, "the other way"),
        (halves_across_heads, "across the heads"),
        (halves_of_rows, "reordered the rows"),
        (halves_odd_first, "second numbers of the pairs first"),
    ],
    "sinusoidal_encoding": [
        (encoding_in_halves, "in one half"),
        (encoding_with_cosines_first, "swapped sine and cosine"),
        (encoding_from_one, "positions from 1"),
        (encoding_with_doubled_steps, "doubled the exponent"),
        (encoding_with_half_steps, "halved the exponent"),
        (encoding_with_own_frequencies, "frequency of its own"),
        (encoding_with_base_1000, "1,000 for the base"),
        (encoding_with_exp_alone, "e for the base"),
        (encoding_multiplied, "faster with every pair"),
        (encoding_turned, "transpose"),
        (encoding_in_float64, "float64"),
        (encoding_in_halves_from_one, "in one half"),
        (encoding_with_a_batch_axis, "batch axis"),
    ],
    "relative_bias": [
        (bias_the_other_way, "i − j instead of j − i"),
        (bias_without_clip, "forgot to clip"),
        (bias_without_shift, "move the distances to 0"),
        (bias_of_sizes, "ahead from behind"),
        (bias_shifted_by_length, "its own place gets the middle"),
        (bias_on_the_first_axis, "first axis"),
        (bias_turned, "transpose"),
        (bias_zero_outside, "bias of zero"),
        (bias_detached, "gradient"),
        (bias_square, "N × N"),
        (bias_the_other_way_without_shift, "i − j instead of j − i"),
        (bias_lined_up_at_the_end, "last query with the last key"),
    ],
    "rotate": [
        (rotate_halves, "half a width away"),
        (rotate_like_neox, "half a width away"),
        (rotate_backwards, "clockwise"),
        (rotate_by_place, "counted the tokens"),
        (rotate_from_one, "positions from 1"),
        (rotate_into_halves, "in two halves"),
        (rotate_without_minus, "lost the minus sign"),
        (rotate_overwriting, "new first number"),
        (rotate_in_place, "changed"),
        (rotate_with_half_exponent, "halved the exponent"),
        (rotate_with_base_of_lengths, "1,000 for the base"),
        (rotate_all_alike, "one frequency for all"),
        (rotate_detached, "gradient"),
        (rotate_halves_backwards, "half a width away"),
        (rotate_adding, "added sines and cosines"),
    ],
    "alibi_bias": [
        (alibi_positive, "rewarded distance"),
        (alibi_signed, "keys ahead are rewarded"),
        (alibi_with_powers_of_two, "1/2, 1/4, 1/8"),
        (alibi_from_head_zero, "heads from 0"),
        (alibi_without_eight, "8 out of the exponent"),
        (alibi_causal, "causal mask"),
        (alibi_past_only, "only the keys behind"),
        (alibi_one_slope, "slope 1"),
        (alibi_heads_last, "heads last"),
        (alibi_positive_from_head_zero, "heads from 0"),
        (alibi_by_exp, "e instead of 2"),
        (alibi_squared, "squared the distance"),
    ],
}
