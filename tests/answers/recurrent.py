"""Answers to lesson 09 as learners write them: right ones, however written, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from einops import einsum
from torch import nn

from attncourse.attention import masked_softmax
from attncourse.tasks import EOS

# Right --------------------------------------------------------------------------------------------


def context_einsum(state, memory, mask, score):
    scores = score(state[..., None, :], memory)[..., 0, :]
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return torch.einsum("...n,...nd->...d", weights, memory), weights


def context_summed(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2)
    weights = masked_softmax(scores.unsqueeze(-2), mask.unsqueeze(-2)).squeeze(-2)
    return (weights.unsqueeze(-1) * memory).sum(dim=-2), weights


def context_large_negative(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2)
    weights = torch.softmax(torch.where(mask, scores, -1e30), dim=-1)
    return torch.matmul(weights.unsqueeze(-2), memory).squeeze(-2), weights


def context_by_hand(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2)
    scores = scores.masked_fill(mask.logical_not(), float("-inf"))
    powers = torch.exp(scores - scores.max(-1, keepdim=True).values)
    weights = powers / powers.sum(-1, keepdim=True)
    return einsum(weights, memory, "... n, ... n d -> ... d"), weights


def context_word_by_word(state, memory, mask, score):
    scores = [
        score(state.unsqueeze(-2), word.unsqueeze(-2))[..., 0, 0] for word in memory.unbind(-2)
    ]
    scores = torch.stack(scores, -1).masked_fill(~mask, -torch.inf)
    weights = torch.exp(scores - torch.logsumexp(scores, -1, keepdim=True))
    context = torch.zeros_like(memory[..., 0, :])
    for n in range(memory.shape[-2]):
        context = context + weights[..., n : n + 1] * memory[..., n, :]
    return context, weights


def context_double(state, memory, mask, score):
    state64, memory64 = state.double(), memory.double()
    scores = score(state64.unsqueeze(-2), memory64).squeeze(-2)
    weights = torch.where(mask, scores, -torch.inf).softmax(-1)
    context = (weights.unsqueeze(-2) @ memory64).squeeze(-2)
    return context.to(memory.dtype), weights.to(memory.dtype)


def context_list(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory)
    weights = scores.masked_fill(~mask.unsqueeze(-2), -torch.inf).softmax(dim=-1)
    return [(weights @ memory).squeeze(-2), weights.squeeze(-2)]


def shift_cat(tokens, bos):
    return torch.cat([torch.full_like(tokens[..., :1], bos), tokens[..., :-1]], dim=-1)


def shift_roll(tokens, bos):
    shifted = torch.roll(tokens, 1, dims=-1)
    shifted[..., 0] = bos
    return shifted


def shift_slices(tokens, bos):
    shifted = torch.empty_like(tokens)
    shifted[..., 0], shifted[..., 1:] = bos, tokens[..., :-1]
    return shifted


def shift_clone(tokens, bos):
    shifted = tokens.clone()
    shifted[..., 1:] = tokens[..., :-1]
    shifted[..., 0] = bos
    return shifted


def shift_lists(tokens, bos):
    rows = tokens.reshape(-1, tokens.shape[-1]).tolist()
    return torch.tensor([[bos, *row[:-1]] for row in rows], dtype=tokens.dtype).view(tokens.shape)


def shift_backwards_in_place(tokens, bos):
    shifted = tokens.clone()
    for t in range(tokens.shape[-1] - 1, 0, -1):
        shifted[..., t] = shifted[..., t - 1]
    shifted[..., 0] = bos
    return shifted


def loss_cross_entropy(logits, target, pad):
    return F.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), target.reshape(-1), ignore_index=pad
    )


def loss_module(logits, target, pad):
    criterion = nn.CrossEntropyLoss(ignore_index=pad)
    return criterion(logits.flatten(0, -2), target.flatten())


def loss_picked(logits, target, pad):
    real = target != pad
    return -torch.log_softmax(logits[real], -1)[torch.arange(int(real.sum())), target[real]].mean()


def loss_gathered(logits, target, pad):
    chosen = logits.gather(-1, target[..., None])[..., 0]
    surprise = logits.logsumexp(-1) - chosen
    real = (target != pad).to(logits.dtype)
    return (surprise * real).sum() / real.sum()


def loss_one_hot(logits, target, pad):
    wanted = F.one_hot(target, logits.shape[-1]).to(logits.dtype)
    surprise = -(wanted * F.log_softmax(logits, dim=-1)).sum(-1)
    return surprise[target != pad].mean()


def loss_loop(logits, target, pad):
    total, count = logits.new_zeros(()), 0
    rows = zip(logits.flatten(0, -2), target.flatten().tolist(), strict=True)
    for scores, token in rows:
        if token != pad:
            total = total + torch.logsumexp(scores, 0) - scores[token]
            count += 1
    return total / count


def loss_double(logits, target, pad):
    logs = F.log_softmax(logits.double(), -1).flatten(0, -2)
    return F.nll_loss(logs, target.flatten(), ignore_index=pad).to(logits.dtype)


def gradient_by_softmax(logits, target, pad):
    real = (target != pad).to(logits.dtype)
    gradient = logits.softmax(-1)
    gradient = gradient.scatter_add(-1, target[..., None], -torch.ones_like(gradient[..., :1]))
    return gradient * real[..., None] / real.sum()


def gradient_by_autograd(logits, target, pad):
    x = logits.detach().clone().requires_grad_()
    return torch.autograd.grad(loss_cross_entropy(x, target, pad), x)[0]


def match_padded(output, target):
    n = target.shape[1]
    row = torch.zeros(len(output), n, dtype=output.dtype)
    row[:, : output.shape[1]] = output[:, :n]
    eos = target == EOS
    return ((row == target) | ((eos.cumsum(-1) > 0) & ~eos)).all(-1)


def match_row_by_row(output, target):
    def said(row):
        row = row.tolist()
        return row[: row.index(EOS) + 1] if EOS in row else row

    return torch.tensor([said(a) == said(b) for a, b in zip(output, target, strict=True)])


def greedy_lists(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    token, ended = torch.full_like(source[:, 0], bos), torch.zeros(len(source)).bool()
    words, maps = [], []
    for _ in range(longest):
        logits, state, weights = model.step(token, state, memory)
        token = torch.where(ended, model.pad, logits.softmax(-1).argmax(-1))
        words.append(token)
        maps.append(weights)
        ended = ended | (token == eos)
        if ended.all():
            break
    return torch.stack(words, 1), torch.stack(maps, 1)


def greedy_counting(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    tokens, maps = torch.full((len(source), 1), bos), []
    while tokens.shape[1] <= longest and not (tokens == eos).any(1).all():
        over = (tokens == eos).any(1)
        logits, state, weights = model.step(tokens[:, -1], state, memory)
        best = logits.max(-1).indices.masked_fill(over, model.pad)
        tokens = torch.cat([tokens, best[:, None]], 1)
        maps.append(weights[:, None])
    return tokens[:, 1:], torch.cat(maps, 1)


def gradient_by_one_hot(logits, target, pad):
    real = (target != pad).unsqueeze(-1)
    wanted = F.one_hot(target, num_classes=logits.shape[-1]).to(logits.dtype)
    return torch.where(real, logits.softmax(-1) - wanted, 0.0) / real.sum()


def gradient_by_exponentials(logits, target, pad):
    powers = torch.exp(logits - logits.amax(-1, keepdim=True))
    gradient = powers / powers.sum(-1, keepdim=True)
    gradient = gradient - torch.eye(logits.shape[-1], dtype=logits.dtype)[target]
    gradient[target == pad] = 0.0
    return gradient / int((target != pad).sum())


def gradient_place_by_place(logits, target, pad):
    gradient = torch.zeros_like(logits)
    for place in (target != pad).nonzero().tolist():
        place = tuple(place)
        gradient[place] = logits[place].softmax(-1)
        gradient[place][target[place]] -= 1
    return gradient / (target != pad).sum()


def match_stretched(output, target):
    missing = max(0, target.shape[1] - output.shape[1])
    output = F.pad(output, (0, missing), value=0)[:, : target.shape[1]]
    after = (target == EOS).cumsum(-1) - (target == EOS).int() > 0
    return ((output == target) | after).all(dim=-1)


def match_joined(output, target):
    missing = torch.full((len(target), max(0, target.shape[1] - output.shape[1])), -7)
    output = torch.cat([output, missing], dim=1)[:, : target.shape[1]]
    first = (target == EOS).int().argmax(-1, keepdim=True)
    return ((output == target) | (torch.arange(target.shape[1]) > first)).all(-1)


def match_counted(output, target):
    n = min(output.shape[1], target.shape[1])
    length = (target == EOS).int().argmax(-1) + 1
    needed = torch.arange(n) < length[:, None]
    hits = ((output[:, :n] == target[:, :n]) & needed).sum(-1)
    return hits == length


def greedy_into_tensor(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    words = torch.full((len(source), longest), model.pad)
    token, open_, maps = torch.full((len(source),), bos), torch.ones(len(source)).bool(), []
    for t in range(longest):
        logits, state, weights = model.step(token, state, memory)
        token = torch.where(open_, logits.argmax(dim=1), model.pad)
        words[:, t] = token
        maps.append(weights)
        open_ = open_ & (token != eos)
        if not open_.any():
            break
    return words[:, : len(maps)], torch.stack(maps, dim=1)


def greedy_while_true(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    steps, token, ended = [], source[:, 0] * 0 + bos, source[:, 0] < 0
    while True:
        logits, state, weights = model.step(token, state, memory)
        token = logits.topk(1).indices.squeeze(-1)
        token[ended] = model.pad
        steps.append((token, weights))
        ended = ended | token.eq(eos)
        if len(steps) == longest or bool(ended.all()):
            words, maps = zip(*steps, strict=True)
            return torch.stack(words, dim=1), torch.stack(maps, dim=1)


def greedy_then_pad(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    words, maps, token = [], [], torch.full((len(source),), bos)
    while len(words) < longest and not (words and (torch.stack(words, 1) == eos).any(1).all()):
        logits, state, weights = model.step(token, state, memory)
        token = logits.argmax(-1)
        words.append(token)
        done = (torch.stack(words, 1)[:, :-1] == eos).any(1)
        token = words[-1] = token.masked_fill(done, model.pad)
        maps.append(weights)
    return torch.stack(words, 1), torch.stack(maps, 1)


RIGHT = {
    "loss_gradient": [
        gradient_by_softmax,
        gradient_by_autograd,
        gradient_by_one_hot,
        gradient_by_exponentials,
        gradient_place_by_place,
    ],
    "exact_match": [
        match_padded,
        match_row_by_row,
        match_stretched,
        match_joined,
        match_counted,
    ],
    "greedy_decode": [
        greedy_lists,
        greedy_counting,
        greedy_into_tensor,
        greedy_while_true,
        greedy_then_pad,
    ],
    "context_vector": [
        context_einsum,
        context_summed,
        context_large_negative,
        context_by_hand,
        context_word_by_word,
        context_double,
        context_list,
    ],
    "shift_right": [
        shift_cat,
        shift_roll,
        shift_slices,
        shift_clone,
        shift_lists,
        shift_backwards_in_place,
    ],
    "sequence_loss": [
        loss_cross_entropy,
        loss_module,
        loss_picked,
        loss_gathered,
        loss_one_hot,
        loss_loop,
        loss_double,
    ],
}

# Wrong --------------------------------------------------------------------------------------------


def _scores(state, memory, score):
    return score(state.unsqueeze(-2), memory).squeeze(-2)


def _sum(weights, memory):
    return torch.einsum("...n,...nd->...d", weights, memory)


def context_no_mask(state, memory, mask, score):
    weights = F.softmax(_scores(state, memory, score), dim=-1)
    return _sum(weights, memory), weights


def context_pytorch_mask(state, memory, mask, score):
    weights = _scores(state, memory, score).masked_fill(mask, -1e9).softmax(-1)
    return _sum(weights, memory), weights


def context_masked_late(state, memory, mask, score):
    weights = _scores(state, memory, score).softmax(-1).masked_fill(~mask, 0)
    return _sum(weights, memory), weights


def context_zero_scores(state, memory, mask, score):
    weights = _scores(state, memory, score).masked_fill(~mask, 0).softmax(-1)
    return _sum(weights, memory), weights


def context_tiny_negative(state, memory, mask, score):
    weights = _scores(state, memory, score).masked_fill(~mask, -1e-9).softmax(-1)
    return _sum(weights, memory), weights


def context_over_batch(state, memory, mask, score):
    scores = _scores(state, memory, score).masked_fill(~mask, -torch.inf)
    weights = F.softmax(scores, dim=0)
    return _sum(weights, memory), weights


def context_own_dot(state, memory, mask, score):
    weights = _sum(state, memory.mT).masked_fill(~mask, -torch.inf).softmax(-1)
    return _sum(weights, memory), weights


def context_swapped(state, memory, mask, score):
    scores = score(memory, state.unsqueeze(-2)).squeeze(-1)
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
    return _sum(weights, memory), weights


def context_unsqueezed(state, memory, mask, score):
    weights = masked_softmax(score(state.unsqueeze(-2), memory), mask.unsqueeze(-2))
    return weights @ memory, weights


def context_weights_alone(state, memory, mask, score):
    return _scores(state, memory, score).masked_fill(~mask, -torch.inf).softmax(-1)


def context_alone(state, memory, mask, score):
    return context_einsum(state, memory, mask, score)[0]


def context_turned_around(state, memory, mask, score):
    return context_einsum(state, memory, mask, score)[::-1]


def context_mean(state, memory, mask, score):
    weights = _scores(state, memory, score).masked_fill(~mask, -torch.inf).softmax(-1)
    return memory.mean(dim=-2), weights


def context_scaled_unmasked(state, memory, mask, score):
    scores = _scores(state, memory, score) / state.shape[-1] ** 0.5
    weights = scores.softmax(-1)
    return _sum(weights, memory), weights


def context_hard(state, memory, mask, score):
    best = _scores(state, memory, score).masked_fill(~mask, -torch.inf).argmax(-1)
    weights = F.one_hot(best, memory.shape[-2]).to(memory)
    return _sum(weights, memory), weights


def context_last_state(state, memory, mask, score):
    weights = torch.zeros_like(memory[..., 0])
    weights.scatter_(-1, mask.sum(-1, keepdim=True) - 1, 1.0)
    return _sum(weights, memory), weights


def context_detached(state, memory, mask, score):
    weights = _scores(state, memory, score).masked_fill(~mask, -torch.inf).softmax(-1).detach()
    return _sum(weights, memory), weights


def context_no_query_axis(state, memory, mask, score):
    weights = score(state, memory).masked_fill(~mask, -torch.inf).softmax(-1)
    return _sum(weights, memory), weights


def context_batch_only(state, memory, mask, score):
    scores = score(state.unsqueeze(1), memory).squeeze(1).masked_fill(~mask, -1e9)
    weights = scores.softmax(1)
    return torch.bmm(weights.unsqueeze(1), memory).squeeze(1), weights


def context_divided_by_N(state, memory, mask, score):
    _, weights = context_einsum(state, memory, mask, score)
    return (weights.unsqueeze(-1) * memory).mean(-2), weights


def context_squeezed(state, memory, mask, score):
    weights = masked_softmax(score(state.unsqueeze(-2), memory), mask.unsqueeze(-2))
    return (weights @ memory).squeeze(), weights.squeeze()


def context_masked_twice(state, memory, mask, score):
    weights = (_scores(state, memory, score) * mask).softmax(-1) * mask
    return _sum(weights, memory), weights


def context_overflowing(state, memory, mask, score):
    powers = torch.exp(_scores(state, memory, score)).masked_fill(~mask, 0)
    weights = powers / powers.sum(-1, keepdim=True)
    return _sum(weights, memory), weights


def context_keys_hidden(state, memory, mask, score):
    weights = _scores(state, memory * mask.unsqueeze(-1), score).softmax(-1)
    return _sum(weights, memory), weights


def shift_batch_only(tokens, bos):
    return torch.cat([torch.full((len(tokens), 1), bos), tokens[:, :-1]], dim=1)


def shift_hard_coded(tokens, bos):
    return F.pad(tokens, (1, 0), value=1)[..., :-1]


def shift_too_short(tokens, bos):
    return tokens[..., :-1]


def shift_to_the_left(tokens, bos):
    end = torch.full_like(tokens[..., :1], bos)
    return torch.cat((tokens[..., 1:], end), dim=-1)


def shift_longer(tokens, bos):
    return F.pad(tokens, (1, 0), value=bos)


def shift_wrapped(tokens, bos):
    return tokens.roll(1, dims=-1)


def shift_wrapped_to_the_left(tokens, bos):
    return tokens.roll(-1, dims=-1)


def shift_zeros(tokens, bos):
    shifted = torch.zeros_like(tokens)
    shifted[..., 1:] = tokens[..., :-1]
    return shifted


def shift_no_bos(tokens, bos):
    shifted = tokens.clone()
    shifted[..., 1:] = tokens[..., :-1]
    return shifted


def shift_first_replaced(tokens, bos):
    shifted = tokens.clone()
    shifted[..., 0] = bos
    return shifted


def shift_last_replaced(tokens, bos):
    shifted = tokens.clone()
    shifted[..., -1] = bos
    return shifted


def shift_overwriting(tokens, bos):
    shifted = tokens.clone()
    shifted[..., 0] = bos
    for t in range(1, tokens.shape[-1]):
        shifted[..., t] = shifted[..., t - 1]
    return shifted


def shift_in_place(tokens, bos):
    tokens[..., 1:] = tokens[..., :-1].clone()
    tokens[..., 0] = bos
    return tokens


def shift_batch_rolled(tokens, bos):
    shifted = tokens.roll(1, dims=0)
    shifted[0] = bos
    return shifted


def shift_flat(tokens, bos):
    shifted = torch.roll(tokens, 1)
    shifted.view(-1)[0] = bos
    return shifted


def shift_two(tokens, bos):
    return F.pad(tokens, (2, 0), value=bos)[..., :-2]


def shift_as_float(tokens, bos):
    return torch.cat([torch.full(tokens[..., :1].shape, float(bos)), tokens[..., :-1]], -1)


def shift_same(tokens, bos):
    return tokens


def loss_all_places(logits, target, pad):
    return F.cross_entropy(logits.flatten(0, -2), target.flatten())


def loss_count_of_all(logits, target, pad):
    return F.cross_entropy(
        logits.flatten(0, -2), target.flatten(), ignore_index=pad, reduction="none"
    ).mean()


def loss_of_sentences(logits, target, pad):
    surprise = -logits.log_softmax(-1).gather(-1, target[..., None])[..., 0]
    real = target != pad
    return ((surprise * real).sum(-1) / real.sum(-1).clamp(min=1)).mean()


def loss_total(logits, target, pad):
    return F.cross_entropy(
        logits.flatten(0, -2), target.flatten(), ignore_index=pad, reduction="sum"
    )


def loss_per_sentence(logits, target, pad):
    return loss_total(logits, target, pad) / max(1, target[..., 0].numel())


def loss_twice_softmax(logits, target, pad):
    return loss_cross_entropy(F.softmax(logits, dim=-1), target, pad)


def loss_nll_of_logits(logits, target, pad):
    return F.nll_loss(logits.flatten(0, -2), target.flatten(), ignore_index=pad)


def loss_nll_of_softmax(logits, target, pad):
    return F.nll_loss(logits.softmax(-1).flatten(0, -2), target.flatten(), ignore_index=pad)


def loss_log_of_softmax(logits, target, pad):
    chosen = logits.softmax(-1).gather(-1, target[..., None])[..., 0]
    return -chosen[target != pad].log().mean()


def loss_zero_ignored(logits, target, pad):
    return F.cross_entropy(logits.flatten(0, -2), target.flatten(), ignore_index=0)


def loss_of_padding(logits, target, pad):
    only = target == pad
    return F.cross_entropy(logits[only], target[only], reduction="sum") / only.sum().clamp_min(1)


def loss_flipped(logits, target, pad):
    return -loss_cross_entropy(logits, target, pad)


def loss_shifted(logits, target, pad):
    return loss_gathered_or_zero(logits[..., :-1, :], target[..., 1:], pad)


def loss_gathered_or_zero(logits, target, pad):
    surprise = logits.logsumexp(-1) - logits.gather(-1, target[..., None])[..., 0]
    real = target != pad
    return surprise[real].sum() / real.sum().clamp(min=1)


def loss_each(logits, target, pad):
    return F.cross_entropy(
        logits.flatten(0, -2), target.flatten(), ignore_index=pad, reduction="none"
    )


def loss_perplexity(logits, target, pad):
    return loss_cross_entropy(logits, target, pad).exp()


def loss_number(logits, target, pad):
    return loss_cross_entropy(logits, target, pad).item()


def loss_wrong_axis(logits, target, pad):
    logs = logits.log_softmax(-2).flatten(0, -2)
    return F.nll_loss(logs, target.flatten(), ignore_index=pad)


def loss_sentences_with_padding(logits, target, pad):
    return F.cross_entropy(logits.flatten(0, -2), target.flatten(), reduction="sum") / max(
        1, target[..., 0].numel()
    )


def loss_batch_only(logits, target, pad):
    return F.cross_entropy(logits.permute(0, 2, 1), target, ignore_index=pad)


def loss_floor(logits, target, pad):
    chosen = F.softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -torch.log(chosen[target != pad] + 1e-9).mean()


def loss_padding_as_zero_logits(logits, target, pad):
    real = (target != pad).flatten()
    return F.cross_entropy(logits.flatten(0, -2) * real.unsqueeze(-1), target.flatten())


def loss_row_by_row(logits, target, pad):
    rows = zip(logits.flatten(0, -3), target.flatten(0, -2), strict=True)
    return torch.stack([F.cross_entropy(*row, ignore_index=pad) for row in rows]).mean()


def loss_detached(logits, target, pad):
    return loss_cross_entropy(logits.detach(), target, pad)


def gradient_summed(logits, target, pad):
    return gradient_by_softmax(logits, target, pad) * (target != pad).sum()


def gradient_everywhere(logits, target, pad):
    x = logits.detach().clone().requires_grad_()
    return torch.autograd.grad(F.cross_entropy(x.flatten(0, -2), target.flatten()), x)[0]


def gradient_uphill(logits, target, pad):
    return -gradient_by_softmax(logits, target, pad)


def match_tail(output, target):
    longest = max(output.shape[1], target.shape[1])
    a, b = (F.pad(x, (0, longest - x.shape[1])) for x in (output, target))
    return (a == b).all(-1)


def match_words(output, target):
    return match_padded(output, target).float()


def greedy_from_bos(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    first = torch.full((len(source),), bos)
    ended, words, maps = torch.zeros(len(source)).bool(), [], []
    while len(words) < longest and not ended.all():
        logits, state, weights = model.step(first, state, memory)
        words.append(logits.argmax(-1).masked_fill(ended, model.pad))
        maps.append(weights)
        ended = ended | (words[-1] == eos)
    return torch.stack(words, 1), torch.stack(maps, 1)


def greedy_without_end(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    token, words, maps = torch.full((len(source),), bos), [], []
    ended = torch.zeros(len(source)).bool()
    while len(words) < longest and not ended.all():
        logits, state, weights = model.step(token, state, memory)
        token = logits.argmax(-1)
        words.append(token)
        maps.append(weights)
        ended = ended | (token == eos)
    return torch.stack(words, 1), torch.stack(maps, 1)


def greedy_one_state(model, source, *, bos, eos, longest):
    memory, state = model.encode(source)
    token, words, maps = torch.full((len(source),), bos), [], []
    ended = torch.zeros(len(source)).bool()
    while len(words) < longest and not ended.all():
        logits, _, weights = model.step(token, state, memory)
        token = logits.argmax(-1).masked_fill(ended, model.pad)
        words.append(token)
        maps.append(weights)
        ended = ended | (token == eos)
    return torch.stack(words, 1), torch.stack(maps, 1)


def greedy_words_alone(model, source, *, bos, eos, longest):
    return greedy_lists(model, source, bos=bos, eos=eos, longest=longest)[0]


WRONG = {
    "loss_gradient": [
        (gradient_summed, "forgot to divide"),
        (gradient_everywhere, "padding"),
        (gradient_uphill, "turned the sign"),
    ],
    "exact_match": [(match_tail, "what follows the eos"), (match_words, "float32")],
    "greedy_decode": [
        (greedy_from_bos, "fed bos at every step"),
        (greedy_without_end, "kept writing after"),
        (greedy_one_state, "first state"),
        (greedy_words_alone, "is due"),
    ],
    "context_vector": [
        (context_no_mask, "looked at the padding too"),
        (context_pytorch_mask, "the other way round"),
        (context_masked_late, "after the softmax"),
        (context_zero_scores, "a score of 0"),
        (context_tiny_negative, "a score of 0"),
        (context_over_batch, "over the batch"),
        (context_own_dot, "dot product"),
        (context_swapped, "swapped the score's arguments"),
        (context_unsqueezed, "query axis"),
        (context_weights_alone, "is due"),
        (context_alone, "is due"),
        (context_turned_around, "weights, context"),
        (context_mean, "without the weights"),
        (context_scaled_unmasked, "√d"),
        (context_hard, "best word"),
        (context_last_state, "last real word"),
        (context_detached, "gradient"),
        (context_no_query_axis, "query axis"),
        (context_batch_only, "exactly 2 axes"),
        (context_divided_by_N, "1/N"),
        (context_squeezed, "one sentence"),
        (context_masked_twice, "after the softmax"),
        (context_overflowing, "exponentials of large scores"),
        (context_keys_hidden, "a score of 0"),
    ],
    "shift_right": [
        (shift_to_the_left, "shifted left"),
        (shift_longer, "one longer"),
        (shift_wrapped, "wrap around"),
        (shift_wrapped_to_the_left, "shifted left"),
        (shift_zeros, "put 0 in front"),
        (shift_no_bos, "left the first token"),
        (shift_first_replaced, "replaced the first word"),
        (shift_last_replaced, "bos at the end"),
        (shift_overwriting, "bos at every place"),
        (shift_in_place, "changed"),
        (shift_batch_rolled, "along the batch"),
        (shift_flat, "across sentences"),
        (shift_two, "shifted by two"),
        (shift_as_float, "float32"),
        (shift_same, "returned `tokens`"),
        (shift_batch_only, "int64"),
        (shift_hard_coded, "token 1 in front"),
        (shift_too_short, "put nothing in front"),
    ],
    "sequence_loss": [
        (loss_all_places, "counted the padding"),
        (loss_count_of_all, "divided by all places"),
        (loss_of_sentences, "averaged each sentence first"),
        (loss_total, "summed instead"),
        (loss_per_sentence, "number of sentences"),
        (loss_twice_softmax, "does it again"),
        (loss_nll_of_logits, "forgot the softmax"),
        (loss_nll_of_softmax, "forgot the logarithm"),
        (loss_log_of_softmax, "one after the other"),
        (loss_zero_ignored, "token 0"),
        (loss_of_padding, "only the padding"),
        (loss_flipped, "sign"),
        (loss_shifted, "next target"),
        (loss_each, "one loss per word"),
        (loss_perplexity, "exponentiated"),
        (loss_number, "not a PyTorch tensor"),
        (loss_wrong_axis, "over the places"),
        (loss_sentences_with_padding, "counted the padding"),
        (loss_detached, "gradient"),
        (loss_batch_only, "exactly 3 axes"),
        (loss_floor, "one after the other"),
        (loss_padding_as_zero_logits, "logits to 0"),
        (loss_row_by_row, "averaged each sentence"),
    ],
}
