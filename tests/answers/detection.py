"""Answers to lesson 14's exercises on finding, as students write them."""

from itertools import permutations
from math import comb, perm

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment

# finder_numbers


def numbers_counted():
    patches = (32 // 4) ** 2
    return {"taught nothing": 16 - 3, "weights in a head": 16 * patches, "matchings": 16 * 15 * 14}


def numbers_written():
    return {"taught nothing": 13, "weights in a head": 1024, "matchings": 3360}


def numbers_perm():
    return {"taught nothing": 13, "weights in a head": 16 * 64, "matchings": perm(16, 3)}


def numbers_listed():
    ways = len(list(permutations(range(16), 3)))
    return {
        "taught nothing": 13,
        "weights in a head": torch.ones(16, 64).numel(),
        "matchings": ways,
    }


def numbers_in_another_order():
    return {"matchings": 3360.0, "weights in a head": 1024.0, "taught nothing": 13.0}


def numbers_without_order():
    return {"taught nothing": 13, "weights in a head": 1024, "matchings": comb(16, 3)}


def numbers_all_nothing():
    return {"taught nothing": 16, "weights in a head": 1024, "matchings": 3360}


def numbers_between_queries():
    return {"taught nothing": 13, "weights in a head": 16 * 16, "matchings": 3360}


# match: right


def match_scipy(cost):
    found = []
    for table in cost.detach().numpy():
        rows, columns = linear_sum_assignment(table)
        found.append(torch.as_tensor(rows[np.argsort(columns)]))
    return torch.stack(found)


def match_transposed(cost):
    # with the objects as rows, SciPy's order is the one that is asked for
    columns = [linear_sum_assignment(table.T)[1] for table in cost.detach().numpy()]
    return torch.tensor(np.array(columns))


def match_filled(cost):
    B, _, K = cost.shape
    result = torch.zeros(B, K, dtype=torch.long)
    for b in range(B):
        for i, j in zip(*linear_sum_assignment(cost[b].detach()), strict=True):
            result[b, j] = int(i)
    return result


def match_maximise(cost):
    pairs = [linear_sum_assignment(-table, maximize=True) for table in cost.detach()]
    return torch.tensor(
        [[i for i, j in sorted(zip(*p, strict=True), key=lambda x: x[1])] for p in pairs]
    )


def match_int32(cost):
    return match_scipy(cost).int()


# match: wrong


def match_nearest(cost):
    return cost.argmin(dim=1)


def match_rows(cost):
    return torch.tensor(np.array([linear_sum_assignment(t)[0] for t in cost.detach().numpy()]))


def match_columns(cost):
    return torch.tensor(np.array([linear_sum_assignment(t)[1] for t in cost.detach().numpy()]))


def match_greedy(cost):
    B, _, K = cost.shape
    result = torch.zeros(B, K, dtype=torch.long)
    for b in range(B):
        left = cost[b].detach().clone()
        for _ in range(K):
            best = left.argmin()
            i, j = best // K, best % K
            result[b, j] = i
            left[i, :] = float("inf")
            left[:, j] = float("inf")
    return result


def match_in_turn(cost):
    result = []
    for table in cost.detach().tolist():
        taken = []
        for j in range(len(table[0])):
            free = [i for i in range(len(table)) if i not in taken]
            taken.append(min(free, key=lambda i: table[i][j]))
        result.append(taken)
    return torch.tensor(result)


def match_highest(cost):
    pairs = [linear_sum_assignment(t, maximize=True) for t in cost.detach().numpy()]
    return torch.tensor(np.array([rows[np.argsort(columns)] for rows, columns in pairs]))


def match_once(cost):
    rows, columns = linear_sum_assignment(cost.sum(0).detach().numpy())
    return torch.tensor(rows[np.argsort(columns)]).expand(len(cost), -1)


def match_of_queries(cost):
    return cost.argmin(dim=-1)


# class_loss: right


def classes_mended(logits, matched, digits, weight):
    B, M, n = logits.shape
    wanted = torch.full((B, M), n - 1)
    for b in range(B):
        for j in range(digits.shape[1]):
            if digits[b, j] >= 0:
                wanted[b, matched[b, j]] = digits[b, j]
    weights = torch.ones(n, dtype=logits.dtype)
    weights[n - 1] = weight
    return F.cross_entropy(logits.transpose(1, 2), wanted, weight=weights)


def classes_flat(logits, matched, digits, weight):
    n = logits.shape[-1]
    filled = torch.where(digits < 0, n - 1, digits)
    wanted = torch.full(logits.shape[:2], n - 1).scatter(1, matched, filled)
    weights = torch.tensor([1.0] * (n - 1) + [weight], dtype=logits.dtype)
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), weights)


def classes_by_hand(logits, matched, digits, weight):
    n = logits.shape[-1]
    wanted = torch.full(logits.shape[:2], n - 1)
    b, j = (digits != -1).nonzero(as_tuple=True)
    wanted[b, matched[b, j]] = digits[b, j]
    surprise = -logits.log_softmax(-1).gather(-1, wanted[..., None])[..., 0]
    w = torch.where(wanted == n - 1, weight, 1.0).to(logits.dtype)
    return (w * surprise).sum() / w.sum()


def classes_minus_one(logits, matched, digits, weight):
    wanted = torch.full(logits.shape[:2], -1).scatter(1, matched, digits) % logits.shape[-1]
    weights = torch.ones_like(logits[0, 0])
    weights[-1] = weight
    return F.cross_entropy(logits.mT, wanted, weights)


def classes_one_hot(logits, matched, digits, weight):
    n = logits.shape[-1]
    wanted = torch.full(logits.shape[:2], n - 1).scatter(1, matched, digits % n)
    hot = F.one_hot(wanted, n).to(logits.dtype)
    hot[..., -1] *= weight
    return -(hot * logits.log_softmax(-1)).sum() / hot.sum()


# class_loss: wrong


def classes_zero(logits, matched, digits, weight):
    wanted = torch.zeros(logits.shape[:2], dtype=torch.long)
    b, j = (digits != -1).nonzero(as_tuple=True)
    wanted[b, matched[b, j]] = digits[b, j]
    weights = torch.ones_like(logits[0, 0])
    weights[-1] = weight
    return F.cross_entropy(logits.mT, wanted, weights)


def classes_first(logits, matched, digits, weight):
    return classes_mended(logits, torch.arange(digits.shape[1]).expand_as(digits), digits, weight)


def classes_unweighted(logits, matched, digits, weight):
    n = logits.shape[-1]
    wanted = torch.full(logits.shape[:2], n - 1).scatter(1, matched, digits % n)
    return F.cross_entropy(logits.mT, wanted)


def classes_summed(logits, matched, digits, weight):
    n = logits.shape[-1]
    wanted = torch.full(logits.shape[:2], n - 1).scatter(1, matched, digits % n)
    weights = torch.ones_like(logits[0, 0])
    weights[-1] = weight
    return F.cross_entropy(logits.mT, wanted, weights, reduction="sum")


def classes_of_queries(logits, matched, digits, weight):
    n = logits.shape[-1]
    wanted = torch.full(logits.shape[:2], n - 1).scatter(1, matched, digits % n)
    surprise = F.cross_entropy(logits.mT, wanted, reduction="none")
    return (surprise * torch.where(wanted == n - 1, weight, 1.0)).mean()


def classes_of_softmax(logits, matched, digits, weight):
    return classes_flat(logits.softmax(-1), matched, digits, weight)


RIGHT = {
    "finder_numbers": [
        numbers_counted,
        numbers_written,
        numbers_perm,
        numbers_listed,
        numbers_in_another_order,
    ],
    "match": [match_scipy, match_transposed, match_filled, match_maximise, match_int32],
    "class_loss": [
        classes_mended,
        classes_flat,
        classes_by_hand,
        classes_minus_one,
        classes_one_hot,
    ],
}

WRONG = {
    "finder_numbers": [
        (numbers_without_order, "not by which digit"),
        (numbers_all_nothing, "three queries have a digit"),
        (numbers_between_queries, "between the queries"),
    ],
    "match": [
        (match_nearest, "its cheapest query"),
        (match_rows, "order of the queries"),
        (match_columns, "returned objects"),
        (match_greedy, "cheapest pair first"),
        (match_in_turn, "in turn"),
        (match_highest, "highest cost"),
        (match_once, "whole batch"),
        (match_of_queries, "returned objects"),
    ],
    "class_loss": [
        (classes_zero, "the first class"),
        (classes_first, "first query"),
        (classes_unweighted, "left out the weight"),
        (classes_summed, "the sum instead"),
        (classes_of_queries, "number of queries"),
        (classes_of_softmax, "softmax before"),
    ],
}
