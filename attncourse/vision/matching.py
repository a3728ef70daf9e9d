"""Which answer is responsible for which object? A set has no order, so a loss must decide."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from attncourse.vision.painting import NOTHING

BOX = 5.0  # what a whole side of the picture costs, beside a probability


def overlap(boxes: Float[Tensor, "*batch M 4"], others: Float[Tensor, "*batch K 4"]) -> Tensor:
    """Intersection over union of every box with every other: 1 if they are the same, 0 if apart.

    Args: boxes, others: centre x, centre y, width, height.
    Returns: (…, M, K).
    """
    one, other = boxes[..., :, None, :], others[..., None, :, :]
    low, high = (
        pick(one[..., :2] + sign * one[..., 2:] / 2, other[..., :2] + sign * other[..., 2:] / 2)
        for pick, sign in ((torch.maximum, -1), (torch.minimum, 1))
    )
    shared = (high - low).clamp(min=0).prod(-1)
    return shared / (one[..., 2:].prod(-1) + other[..., 2:].prod(-1) - shared)


def match_cost(
    logits: Float[Tensor, "B M classes"],
    boxes: Float[Tensor, "B M 4"],
    digits: Int[Tensor, "B K"],
    theirs: Float[Tensor, "B K 4"],
) -> Float[Tensor, "B M K"]:
    """What it would cost to make each query responsible for each object.

    cost_ij = −p_i(digit_j) + 5 · Σ |box_i − box_j|; 0 where a scene has no j-th object

    Source: Carion et al. 2020, section 3.1, without the term for the overlap.
    Derived in: lesson 14.
    """
    p = logits.softmax(-1)
    wanted = digits.clamp(min=0)[:, None].expand(-1, p.shape[1], -1)  # B M K
    cost = BOX * torch.cdist(boxes, theirs, p=1) - p.gather(-1, wanted)
    return cost.where(digits[:, None] != NOTHING, 0.0)


def match(cost: Float[Tensor, "B M K"]) -> Int[Tensor, "B K"]:
    """Find the cheapest way to give each object a query of its own (Hungarian algorithm).

    output_b = argmin over different i_1 … i_K of Σ_j cost[b, i_j, j]

    Args:
        cost: of M queries and K ≤ M objects, for each picture of the batch.

    Returns: the query that answers for each object.
    Raises: ValueError if there are more objects than queries.
    Source: Kuhn 1955; Carion et al. 2020, equation 1. Derived in: lesson 14.
    """
    M, K = cost.shape[-2:]
    if K > M:
        raise ValueError(f"every object needs a query of its own; got {K} objects, {M} queries")
    pairs = [linear_sum_assignment(table) for table in cost.detach().cpu().numpy()]
    return torch.tensor([query[thing.argsort()].tolist() for query, thing in pairs])


def match_several(cost: Float[Tensor, "B M K"], n: int) -> Int[Tensor, "B K n"]:
    """Give each object its n cheapest queries, as detectors before DETR did."""
    return cost.topk(n, dim=1, largest=False).indices.mT


def class_loss(
    logits: Float[Tensor, "B M classes"],
    matched: Int[Tensor, "B K"],
    digits: Int[Tensor, "B K"],
    weight: float = 0.2,
) -> Float[Tensor, ""]:
    """Mean surprise over *all* queries: those without an object are to say "nothing".

    loss = −Σ_i w_i ln p_i(class_i) / Σ_i w_i,  w_i = weight where class_i is nothing, else 1

    Args:
        logits: the last class is "nothing".
        matched: the query that answers for each object.
        digits: what each object is, or `NOTHING` where a scene has fewer.
        weight: of the queries that are to say "nothing": there are many of them.

    Source: Carion et al. 2020, equation 2 and section 3.1. Derived in: lesson 14.
    """
    wanted = torch.full(logits.shape[:2], logits.shape[-1] - 1)
    scene, thing = (digits != NOTHING).nonzero().T
    wanted[scene, matched[scene, thing]] = digits[scene, thing]
    weights = torch.ones_like(logits[0, 0])
    weights[-1] = weight
    return F.cross_entropy(logits.mT, wanted, weights)


def set_loss(
    logits: Float[Tensor, "B M classes"],
    boxes: Float[Tensor, "B M 4"],
    matched: Int[Tensor, "B K"],
    digits: Int[Tensor, "B K"],
    theirs: Float[Tensor, "B K 4"],
) -> Float[Tensor, ""]:
    """What all queries say, and where those that have an object see it."""
    scene, thing = (digits != NOTHING).nonzero().T
    away = boxes[scene, matched[scene, thing]] - theirs[scene, thing]
    return class_loss(logits, matched, digits) + BOX * away.abs().sum(-1).mean()
