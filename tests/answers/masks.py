"""Answers to lesson 04's masks as learners write them: right ones, and wrong ones."""

import numpy as np
import torch
import torch.nn as nn

from attncourse import masks

# Right --------------------------------------------------------------------------------------------


def causal_by_comparison(T):
    place = torch.arange(T)
    return place[:, None] >= place


def causal_by_triu(T):
    return ~torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)


def causal_loop(T):
    mask = torch.zeros(T, T, dtype=torch.bool)
    for i in range(T):
        for j in range(i + 1):
            mask[i, j] = True
    return mask


def causal_by_rows(T):
    return torch.tensor([[True] * (i + 1) + [False] * (T - i - 1) for i in range(T)])


def causal_from_floats(T):
    return torch.tril(torch.ones(T, T)) == 1


def causal_by_cumsum(T):
    return torch.eye(T).cumsum(0).bool()


def causal_from_pytorch(T):
    return nn.Transformer.generate_square_subsequent_mask(T) == 0


def causal_numpy(T):
    return torch.from_numpy(np.tri(T, dtype=bool))


def padding_loop(lengths, N):
    mask = torch.zeros(len(lengths), 1, N, dtype=torch.bool)
    for b, length in enumerate(lengths):
        mask[b, 0, :length] = True
    return mask


def padding_by_lists(lengths, N):
    return torch.tensor([[[j < length for j in range(N)]] for length in lengths.tolist()])


def padding_expanded(lengths, N):
    place = torch.arange(N).expand(len(lengths), N)
    return (place < lengths.unsqueeze(1)).unsqueeze(1)


def padding_by_where(lengths, N):
    place = torch.arange(1, N + 1)
    return ~(place[None, None, :] > lengths.view(-1, 1, 1))


def padding_by_cumsum(lengths, N):
    ones = torch.ones(len(lengths), 1, N).cumsum(-1)
    return ones <= lengths.reshape(-1, 1, 1)


def padding_stacked(lengths, N):
    rows = [torch.cat([torch.ones(n), torch.zeros(N - n)]) for n in lengths.tolist()]
    return torch.stack(rows).bool()[:, None]


# Wrong --------------------------------------------------------------------------------------------


def causal_pytorch_style(T):
    return torch.triu(torch.ones(T, T), diagonal=1).bool()


def causal_upper(T):
    return torch.ones(T, T, dtype=torch.bool).triu()


def causal_strict(T):
    place = torch.arange(T)
    return place[:, None] > place[None, :]


def causal_one_ahead(T):
    place = torch.arange(T)
    return place <= place[:, None] + 1


def causal_wrong_axis(T):
    place = torch.arange(T)
    return place >= place[:, None]


def causal_floats(T):
    return torch.tril(torch.ones(T, T))


def causal_additive(T):
    return torch.triu(torch.full((T, T), float("-inf")), diagonal=1)


def causal_additive_constant(T):
    return (1 - torch.tril(torch.ones(T, T))) * -1e9


def causal_numpy_array(T):
    return np.tril(np.ones((T, T), dtype=bool))


def causal_batched(T):
    return torch.tril(torch.ones(1, T, T, dtype=torch.bool))


def causal_for_heads(T):
    return torch.tril(torch.ones(1, 1, T, T)).bool()


def causal_ones(T):
    return torch.ones(T, T, dtype=torch.bool)


def causal_identity(T):
    return torch.eye(T, dtype=torch.bool)


def causal_hidden_and_upper(T):
    return ~torch.ones(T, T, dtype=torch.bool).triu()


def causal_hidden_floats(T):
    return torch.triu(torch.ones(T, T), diagonal=1)


def causal_memorised(T):
    return torch.tensor([[True, False, False], [True, True, False], [True, True, True]])


def causal_anti_diagonal(T):
    return torch.ones(T, T, dtype=torch.bool).tril().flip(1)


def causal_prints(T):
    print(torch.ones(T, T, dtype=torch.bool).tril())


def padding_pytorch_style(lengths, N):
    return (torch.arange(N) >= lengths[:, None])[:, None]


def padding_two_axes(lengths, N):
    return torch.arange(N)[None, :] < lengths[:, None]


def padding_one_too_many(lengths, N):
    return torch.arange(N) <= lengths[:, None, None]


def padding_from_one(lengths, N):
    return (torch.arange(1, N + 1) < lengths[:, None])[:, None]


def padding_queries(lengths, N):
    return (torch.arange(N) < lengths[:, None]).unsqueeze(-1)


def padding_for_heads(lengths, N):
    return (torch.arange(N) < lengths[:, None])[:, None, None, :]


def padding_square(lengths, N):
    real = torch.arange(N) < lengths[:, None]
    return real.unsqueeze(1) & real.unsqueeze(2)


def padding_left(lengths, N):
    return (torch.arange(N) >= N - lengths[:, None]).unsqueeze(1)


def padding_floats(lengths, N):
    return (torch.arange(N) < lengths[:, None, None]).float()


def padding_additive(lengths, N):
    hidden = torch.arange(N) >= lengths[:, None, None]
    return torch.zeros(hidden.shape).masked_fill(hidden, float("-inf"))


def padding_longest(lengths, N):
    return torch.arange(lengths.max()) < lengths[:, None, None]


def padding_first_only(lengths, N):
    return (torch.arange(N) < lengths[0])[None, None].expand(len(lengths), 1, N)


def padding_hidden_two_axes(lengths, N):
    return torch.arange(N) >= lengths[:, None]


def padding_hidden_off_by_one(lengths, N):
    return torch.arange(N) > lengths[:, None, None]


def padding_repeated(lengths, N):
    return (torch.arange(N) < lengths[:, None, None]).expand(-1, N, -1)


def padding_sorts(lengths, N):
    lengths.sort(descending=True)
    lengths -= 1
    return torch.arange(N) <= lengths[:, None, None]


# causal_and_padding -------------------------------------------------------------------------------


def _both_by_loops(lengths, T):
    mask = torch.zeros(len(lengths), T, T, dtype=torch.bool)
    for b, length in enumerate(lengths.tolist()):
        for i in range(T):
            mask[b, i, : min(i + 1, length)] = True
    return mask


def _both_by_minimum(lengths, T):
    place = torch.arange(T)
    return place < torch.minimum(place[:, None] + 1, lengths[:, None, None])


def _both_by_product(lengths, T):
    past = torch.ones(T, T, dtype=torch.bool).tril()
    return past * (torch.arange(T) < lengths[:, None])[:, None]


def _both_by_not(lengths, T):
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    return ~(future | (torch.arange(T) >= lengths[:, None, None]))


RIGHT = {
    "causal_and_padding": [
        lambda lengths, T: masks.causal_mask(T) & masks.padding_mask(lengths, T),
        _both_by_loops,
        _both_by_minimum,
        _both_by_product,
        _both_by_not,
    ],
    "causal_mask": [
        causal_by_comparison,
        causal_by_triu,
        causal_loop,
        causal_by_rows,
        causal_from_floats,
        causal_by_cumsum,
        causal_from_pytorch,
        causal_numpy,
    ],
    "padding_mask": [
        padding_loop,
        padding_by_lists,
        padding_expanded,
        padding_by_where,
        padding_by_cumsum,
        padding_stacked,
    ],
}

WRONG = {
    "causal_and_padding": [
        (lambda n, T: masks.causal_mask(T) | masks.padding_mask(n, T), "one of the two"),
        (lambda n, T: masks.causal_mask(T) ^ masks.padding_mask(n, T), "exactly one"),
        (lambda n, T: ~_both_by_loops(n, T), "what is hidden"),
        (lambda n, T: masks.causal_mask(T).expand(len(n), T, T), "left out the padding mask"),
        (lambda n, T: masks.padding_mask(n, T).expand(len(n), T, T), "left out the causal mask"),
    ],
    "causal_mask": [
        (causal_pytorch_style, "hidden as True"),
        (causal_upper, "swapped queries and keys"),
        (causal_strict, "hid each position from itself"),
        (causal_one_ahead, "one step ahead"),
        (causal_wrong_axis, "swapped queries and keys"),
        (causal_floats, "0 and 1"),
        (causal_additive, "to be added"),
        (causal_additive_constant, "to be added"),
        (causal_numpy_array, "array"),
        (causal_batched, "axis for the batch"),
        (causal_for_heads, "batch and heads"),
        (causal_ones, "every query attend to every key"),
        (causal_identity, "only to itself"),
        (causal_hidden_and_upper, "h"),
        (causal_hidden_floats, "hidden as True"),
        (causal_memorised, ""),
        (causal_anti_diagonal, "reversed"),
        (causal_prints, ""),
    ],
    "padding_mask": [
        (padding_pytorch_style, "hidden as True"),
        (padding_two_axes, "axis of the queries"),
        (padding_one_too_many, "one key of padding"),
        (padding_from_one, "last real key"),
        (padding_queries, "masked the queries"),
        (padding_for_heads, "axis for the heads"),
        (padding_square, "padded queries too"),
        (padding_left, "put the padding first"),
        (padding_floats, "0 and 1"),
        (padding_additive, "to be added"),
        (padding_longest, "as many columns as the longest"),
        (padding_first_only, "first"),
        (padding_hidden_two_axes, "hidden as True"),
        (padding_hidden_off_by_one, "hidden as True"),
        (padding_repeated, "repeated the mask"),
        (padding_sorts, ""),
    ],
}
