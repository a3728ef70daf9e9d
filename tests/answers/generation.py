"""Answers to lesson 11's exercises, as students write them."""

import torch
import torch.nn.functional as F
from torch import nn

from attncourse.blocks import Block
from attncourse.generation import next_token_loss
from attncourse.masks import causal_mask
from attncourse.positions import sinusoidal_encoding

# next_token_loss: right


def loss_library(logits, tokens):
    V = logits.shape[-1]
    return F.cross_entropy(logits[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1))


def loss_gather(logits, tokens):
    log_p = logits.log_softmax(-1)[..., :-1, :]
    return -log_p.gather(-1, tokens[..., 1:].unsqueeze(-1)).mean()


def loss_logsumexp(logits, tokens):
    logits, asked = logits[..., :-1, :], tokens[..., 1:]
    picked = torch.take_along_dim(logits, asked[..., None], -1).squeeze(-1)
    return (logits.logsumexp(-1) - picked).mean()


def loss_loop(logits, tokens):
    V, T = logits.shape[-1], tokens.shape[-1]
    total, count = 0.0, 0
    for scores, text in zip(logits.reshape(-1, T, V), tokens.reshape(-1, T), strict=True):
        for t in range(T - 1):
            total = total + scores[t].logsumexp(0) - scores[t, text[t + 1]]
            count += 1
    return total / count


def loss_one_hot(logits, tokens):
    hot = F.one_hot(tokens[..., 1:], logits.shape[-1]).to(logits.dtype)
    return -(hot * F.log_softmax(logits[..., :-1, :], -1)).sum(-1).mean()


def loss_moved_axes(logits, tokens):
    if logits.ndim == 2:
        logits, tokens = logits[None], tokens[None]
    logits, tokens = logits.flatten(0, -3), tokens.flatten(0, -2)
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:])


def loss_ignored(logits, tokens):
    asked = torch.full_like(tokens, -100)
    asked[..., :-1] = tokens[..., 1:]
    return F.cross_entropy(logits.flatten(0, -2), asked.flatten())


# next_token_loss: wrong


def loss_unshifted(logits, tokens):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens.reshape(-1))


def loss_backwards(logits, tokens):
    V = logits.shape[-1]
    return F.cross_entropy(logits[..., 1:, :].reshape(-1, V), tokens[..., :-1].reshape(-1))


def loss_roll(logits, tokens):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens.roll(-1, -1).reshape(-1))


def loss_sum(logits, tokens):
    V = logits.shape[-1]
    flat = logits[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1)
    return F.cross_entropy(*flat, reduction="sum")


def loss_softmax_first(logits, tokens):
    V = logits.shape[-1]
    p = logits.softmax(-1)
    return F.cross_entropy(p[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1))


def loss_log_of_softmax(logits, tokens):
    p = logits[..., :-1, :].softmax(-1)
    return -p.gather(-1, tokens[..., 1:, None]).log().mean()


def loss_exp_over_sum(logits, tokens):
    powers = logits.exp()
    p = (powers / powers.sum(-1, keepdim=True))[..., :-1, :]
    return -p.gather(-1, tokens[..., 1:, None]).log().mean()


def loss_nll_of_logits(logits, tokens):
    V = logits.shape[-1]
    return F.nll_loss(logits[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1))


def loss_probability(logits, tokens):
    p = logits[..., :-1, :].softmax(-1)
    return -p.gather(-1, tokens[..., 1:, None]).mean()


def loss_per_token(logits, tokens):
    V = logits.shape[-1]
    flat = logits[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1)
    return F.cross_entropy(*flat, reduction="none").reshape(tokens[..., 1:].shape)


def loss_number(logits, tokens):
    return loss_library(logits, tokens).item()


def loss_detached(logits, tokens):
    return loss_library(logits.detach(), tokens)


def loss_one_batch_axis(logits, tokens):
    B, T, V = logits.shape
    rows = logits[:, :-1].reshape(B * (T - 1), V)
    return F.cross_entropy(rows, tokens[:, 1:].reshape(B * (T - 1)))


def loss_perplexity(logits, tokens):
    return loss_library(logits, tokens).exp()


def loss_unshifted_sum(logits, tokens):
    flat = logits.reshape(-1, logits.shape[-1]), tokens.reshape(-1)
    return F.cross_entropy(*flat, reduction="sum")


def loss_with_pad_ignored(logits, tokens):
    V = logits.shape[-1]
    flat = logits[..., :-1, :].reshape(-1, V), tokens[..., 1:].reshape(-1)
    return F.cross_entropy(*flat, ignore_index=0)


# mask_tokens: right


def mask_where(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(0, vocab_size, tokens.shape, generator=generator)
    corrupted = tokens.clone()
    corrupted[chosen & (fate < 0.8)] = mask_id
    swap = chosen & (fate >= 0.8) & (fate < 0.9)
    corrupted[swap] = random[swap]
    return corrupted, chosen


def mask_one_throw(tokens, mask_id, vocab_size, generator=None):
    dice = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    corrupted = torch.where(dice < 0.12, mask_id, tokens)
    corrupted = torch.where((dice >= 0.12) & (dice < 0.135), random, corrupted)
    return corrupted, dice < 0.15


def mask_bernoulli(tokens, mask_id, vocab_size, generator=None):
    def coin(p):
        return torch.bernoulli(torch.full(tokens.shape, p), generator=generator).bool()

    chosen = coin(0.15)
    blanks = chosen & coin(0.8)
    random = chosen & ~blanks & coin(0.5)
    corrupted = tokens.masked_fill(blanks, mask_id)
    words = torch.randint(vocab_size, tokens.shape, generator=generator)
    return torch.where(random, words, corrupted), chosen


def mask_multinomial(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) > 0.85
    n = int(chosen.sum())
    fate = torch.multinomial(torch.tensor([0.8, 0.1, 0.1]), n, True, generator=generator)
    random = torch.randint(vocab_size, (n,), generator=generator)
    new = torch.stack([torch.full((n,), mask_id), random, tokens[chosen]])
    corrupted = tokens.clone()
    corrupted[chosen] = new[fate, torch.arange(n)]
    return corrupted, chosen


def mask_randint(tokens, mask_id, vocab_size, generator=None):
    hundred = torch.randint(100, tokens.shape, generator=generator)
    ten = torch.randint(10, tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    chosen = hundred < 15
    changed = torch.where(ten < 8, torch.tensor(mask_id), torch.where(ten == 8, random, tokens))
    return torch.where(chosen, changed, tokens), chosen


def mask_exact_share(tokens, mask_id, vocab_size, generator=None):
    flat = tokens.flatten().clone()
    order = torch.randperm(len(flat), generator=generator)
    n = round(0.15 * len(flat))
    first, second = order[: round(0.8 * n)], order[round(0.8 * n) : round(0.9 * n)]
    flat[first] = mask_id
    flat[second] = torch.randint(vocab_size, (len(second),), generator=generator)
    chosen = torch.zeros(len(flat), dtype=torch.bool)
    chosen[order[:n]] = True
    return flat.view_as(tokens), chosen.view_as(tokens)


# mask_tokens: wrong


def mask_always(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    return tokens.masked_fill(chosen, mask_id), chosen


def mask_global_dice(tokens, mask_id, vocab_size, generator=None):
    return mask_where(tokens, mask_id, vocab_size)


def mask_in_place(tokens, mask_id, vocab_size, generator=None):
    corrupted, chosen = mask_where(tokens, mask_id, vocab_size, generator)
    tokens[:] = corrupted
    return tokens, chosen


def mask_no_choice(tokens, mask_id, vocab_size, generator=None):
    return mask_where(tokens, mask_id, vocab_size, generator)[0]


def mask_changed(tokens, mask_id, vocab_size, generator=None):
    corrupted, _ = mask_where(tokens, mask_id, vocab_size, generator)
    return corrupted, corrupted != tokens


def mask_inverted(tokens, mask_id, vocab_size, generator=None):
    corrupted, chosen = mask_where(tokens, mask_id, vocab_size, generator)
    return corrupted, ~chosen


def mask_flipped_comparison(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) > 0.15
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    corrupted = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where(chosen & (fate > 0.9), random, corrupted), chosen


def mask_wrong_tenth(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    blanks = chosen & (torch.rand(tokens.shape, generator=generator) < 0.8)
    swaps = chosen & ~blanks & (torch.rand(tokens.shape, generator=generator) < 0.1)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    return torch.where(swaps, random, tokens.masked_fill(blanks, mask_id)), chosen


def mask_unchosen_swaps(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    corrupted = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where((fate >= 0.8) & (fate < 0.9), random, corrupted), chosen


def mask_one_pattern(tokens, mask_id, vocab_size, generator=None):
    chosen = (torch.rand(tokens.shape[-1], generator=generator) < 0.15).expand(tokens.shape)
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    corrupted = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where(chosen & (fate >= 0.9), random, corrupted), chosen


def mask_one_word(tokens, mask_id, vocab_size, generator=None):
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    fate = torch.rand(tokens.shape, generator=generator)
    word = torch.randint(vocab_size, (1,), generator=generator).item()
    corrupted = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    return torch.where(chosen & (fate >= 0.9), word, corrupted), chosen


def mask_numbers(tokens, mask_id, vocab_size, generator=None):
    corrupted, chosen = mask_where(tokens, mask_id, vocab_size, generator)
    return corrupted, chosen.long()


def mask_everything(tokens, mask_id, vocab_size, generator=None):
    fate = torch.rand(tokens.shape, generator=generator)
    chosen = torch.rand(tokens.shape, generator=generator) < 0.15
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    corrupted = torch.where(fate < 0.8, mask_id, tokens)
    return torch.where((fate >= 0.8) & (fate < 0.9), random, corrupted), chosen


# generate: right


def write_plain(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        logits = model(tokens)[:, -1, :] / temperature
        if top_k is not None:
            least = torch.topk(logits, top_k).values[:, -1:]
            logits[logits < least] = -float("inf")
        weights = F.softmax(logits, dim=-1)
        token = torch.multinomial(weights, num_samples=1, generator=generator)
        tokens = torch.cat((tokens, token), dim=1)
    return tokens


def write_gumbel(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt.clone()
    for _ in range(n):
        logits = model(tokens)[:, -1] / temperature
        values, places = logits.topk(top_k or logits.shape[-1])
        noise = -torch.rand(values.shape, generator=generator, dtype=values.dtype).log()
        best = (values - noise.log()).argmax(-1, keepdim=True)
        tokens = torch.hstack([tokens, places.gather(1, best)])
    return tokens


def write_inverse(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    written = [prompt]
    for _ in range(n):
        logits = model(torch.cat(written, 1))[:, -1]
        order = logits.argsort(descending=True)
        weights = (logits / temperature).gather(1, order)
        weights = weights[:, : top_k or logits.shape[1]].softmax(-1)
        throw = torch.rand(len(prompt), 1, generator=generator, dtype=weights.dtype)
        place = (weights.cumsum(-1)[:, :-1] < throw).sum(-1, keepdim=True)
        written.append(order.gather(1, place))
    return torch.cat(written, 1)


def write_recursive(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    if n == 0:
        return prompt
    scores = model(prompt)[:, -1]
    if top_k:
        kept = torch.full_like(scores, -torch.inf)
        best = scores.topk(top_k)
        scores = kept.scatter(1, best.indices, best.values)
    token = torch.multinomial((scores / temperature).softmax(1), 1, generator=generator)
    longer = torch.cat([prompt, token], -1)
    return write_recursive(model, longer, n - 1, temperature, top_k, generator)


def write_into_space(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    B, T = prompt.shape
    tokens = torch.zeros(B, T + n, dtype=torch.long)
    tokens[:, :T] = prompt
    for t in range(T, T + n):
        weights = torch.exp(model(tokens[:, :t])[:, t - 1] / temperature)
        if top_k is not None:
            weights = weights * (weights >= weights.sort(descending=True)[0][:, [top_k - 1]])
        tokens[:, t] = torch.multinomial(weights, 1, generator=generator)[:, 0]
    return tokens


def write_row_by_row(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        logits = model(tokens)[:, -1].double()
        ranks = logits.argsort(-1, descending=True).argsort(-1)
        logits = torch.where(ranks < (top_k or 10**9), logits, torch.tensor(-1e30).double())
        draw = torch.distributions.Categorical(logits=logits / temperature).probs
        token = torch.multinomial(draw, 1, replacement=True, generator=generator)
        tokens = torch.cat([tokens, token], dim=-1)
    return tokens


# generate: wrong


def write_greedy(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        token = model(tokens)[:, -1].argmax(-1, keepdim=True)
        tokens = torch.cat([tokens, token], 1)
    return tokens


def write_lukewarm(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n, 1.0, top_k, generator)


def write_inverted_heat(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n, 1 / temperature, top_k, generator)


def write_without_top_k(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n, temperature, None, generator)


def write_top_k_zeros(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        logits = model(tokens)[:, -1] / temperature
        if top_k is not None:
            logits = logits * (logits >= logits.topk(top_k).values[:, -1:])
        token = torch.multinomial(logits.softmax(-1), 1, generator=generator)
        tokens = torch.cat([tokens, token], 1)
    return tokens


def write_from_last(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        step = write_plain(model, tokens[:, -1:], 1, temperature, top_k, generator)
        tokens = torch.cat([tokens, step[:, -1:]], 1)
    return tokens


def write_new_only(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n, temperature, top_k, generator)[:, prompt.shape[1] :]


def write_same_for_all(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        one = write_plain(model, tokens[:1], 1, temperature, top_k, generator)[:, -1:]
        tokens = torch.cat([tokens, one.expand(len(tokens), 1)], 1)
    return tokens


def write_past_the_generator(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n, temperature, top_k)


def write_one_short(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(model, prompt, n - 1, temperature, top_k, generator)


def write_softmax_twice(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    def sharper(tokens):
        return model(tokens).softmax(-1)

    return write_plain(sharper, prompt, n, temperature, None, generator)


def write_uniform(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        logits = model(tokens)[:, -1]
        k = top_k or logits.shape[-1]
        pick = torch.randint(k, (len(tokens), 1), generator=generator)
        tokens = torch.cat([tokens, logits.topk(k).indices.gather(1, pick)], 1)
    return tokens


def write_prompt_only(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    tokens = prompt
    for _ in range(n):
        step = write_plain(model, prompt, 1, temperature, top_k, generator)
        tokens = torch.cat([tokens, step[:, -1:]], 1)
    return tokens


def write_first_row(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(
        lambda tokens: model(tokens)[:, :1], prompt, n, temperature, top_k, generator
    )


def write_unstable(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return write_plain(lambda tokens: -model(tokens), prompt, n, temperature, top_k, generator)


def write_forever(model, prompt, n, temperature=1.0, top_k=None, generator=None):
    return prompt


# next_token_gradient: right


def slope_autograd(logits, tokens):
    leaf = logits.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss_library(leaf, tokens).backward()
    return leaf.grad


def slope_padded(logits, tokens):
    found = torch.zeros_like(logits)
    p = logits[..., :-1, :].softmax(-1)
    hit = torch.eye(logits.shape[-1]).to(logits)[tokens[..., 1:]]
    found[..., :-1, :] = (p - hit) / hit[..., 0].numel()
    return found


def slope_scatter(logits, tokens):
    p = torch.exp(logits - logits.logsumexp(-1, keepdim=True))
    p = p.scatter_add(-1, tokens.roll(-1, -1)[..., None], -torch.ones_like(p[..., :1]))
    keep = torch.arange(p.shape[-2]) < p.shape[-2] - 1
    return p * keep[:, None] / tokens[..., 1:].numel()


def slope_of_sum(logits, tokens):
    leaf = logits.detach().clone().requires_grad_()
    with torch.enable_grad():
        chances = leaf[..., :-1, :].log_softmax(-1).gather(-1, tokens[..., 1:, None])
        return torch.autograd.grad(-chances.mean(), leaf)[0]


def slope_loop(logits, tokens):
    V, T = logits.shape[-1], tokens.shape[-1]
    rows, ids = logits.reshape(-1, T, V), tokens.reshape(-1, T)
    found = torch.zeros_like(rows)
    for b in range(len(ids)):
        for t in range(T - 1):
            found[b, t] = rows[b, t].softmax(0)
            found[b, t, ids[b, t + 1]] -= 1
    return (found / (len(ids) * (T - 1))).view_as(logits)


# next_token_gradient: wrong


def slope_unshifted(logits, tokens):
    hit = F.one_hot(tokens, logits.shape[-1]).to(logits)
    found = (logits.softmax(-1) - hit) / tokens[..., 1:].numel()
    found[..., -1, :] = 0
    return found


def slope_summed(logits, tokens):
    return slope_padded(logits, tokens) * tokens[..., 1:].numel()


def slope_uphill(logits, tokens):
    return -slope_padded(logits, tokens)


def slope_short(logits, tokens):
    return slope_padded(logits, tokens)[..., :-1, :]


# keep_likeliest: right


def keep_by_sorting(logits, *, top_k=None, top_p=None):
    values, order = logits.sort(-1, descending=True)
    p = values.softmax(-1)
    remove = torch.zeros_like(p, dtype=torch.bool)
    if top_k is not None:
        remove[..., top_k:] = True
    if top_p is not None:
        remove |= p.cumsum(-1) - p >= top_p
    values = values.masked_fill(remove, -torch.inf)
    return torch.empty_like(values).scatter(-1, order, values)


def keep_by_loop(logits, *, top_k=None, top_p=None):
    found = torch.full_like(logits, -torch.inf)
    rows, out = logits.reshape(-1, logits.shape[-1]), found.view(-1, logits.shape[-1])
    for row, kept in zip(rows, out, strict=True):
        total, p = 0.0, row.softmax(0)
        for place, token in enumerate(row.argsort(descending=True).tolist()):
            if (top_k is not None and place >= top_k) or (top_p is not None and total >= top_p):
                break
            kept[token] = row[token]
            total += p[token].item()
    return found


def keep_by_threshold(logits, *, top_k=None, top_p=None):
    least = torch.full_like(logits[..., :1], -torch.inf)
    if top_k is not None:
        least = logits.topk(top_k).values[..., -1:]
    if top_p is not None:
        values = logits.sort(-1, descending=True).values
        p = values.softmax(-1)
        n = (p.cumsum(-1) - p < top_p).sum(-1, keepdim=True)
        least = torch.maximum(least, values.gather(-1, n - 1))
    return torch.where(logits >= least, logits, -torch.inf)


def keep_by_better_ones(logits, *, top_k=None, top_p=None):
    p = logits.softmax(-1)
    better = logits[..., None, :] > logits[..., None]  # … V V
    out = torch.zeros_like(p, dtype=torch.bool)
    if top_k:
        out = out | (better.sum(-1) >= top_k)
    if top_p:
        out = out | ((better * p[..., None, :]).sum(-1) >= top_p)
    return logits.masked_fill(out, float("-inf"))


def keep_shifted(logits, *, top_k=None, top_p=None):
    kept = logits.clone()
    if top_p is not None:
        order = torch.argsort(logits, descending=True)
        late = logits.softmax(-1).gather(-1, order).cumsum(-1) >= top_p
        late[..., 1:] = late[..., :-1].clone()
        late[..., 0] = False
        kept[late.gather(-1, order.argsort())] = -torch.inf
    if top_k is not None:
        kept[logits < logits.topk(top_k).values[..., -1:]] = -torch.inf
    return kept


# keep_likeliest: wrong


def keep_not_the_crossing(logits, *, top_k=None, top_p=None):
    kept = keep_by_sorting(logits, top_k=top_k)
    if top_p is None:
        return kept
    values, order = logits.sort(-1, descending=True)
    late = values.softmax(-1).cumsum(-1) > top_p
    return kept.masked_fill(late.gather(-1, order.argsort(-1)), -torch.inf)


def keep_in_sorted_order(logits, *, top_k=None, top_p=None):
    kept = keep_by_sorting(logits, top_k=top_k)
    if top_p is None:
        return kept
    p = logits.sort(-1, descending=True).values.softmax(-1)
    return kept.masked_fill(p.cumsum(-1) - p >= top_p, -torch.inf)


def keep_zeros(logits, *, top_k=None, top_p=None):
    kept = keep_by_sorting(logits, top_k=top_k, top_p=top_p)
    return torch.where(kept.isinf(), 0.0, kept)


def keep_one_after_the_other(logits, *, top_k=None, top_p=None):
    return keep_by_sorting(keep_by_sorting(logits, top_k=top_k), top_p=top_p)


def keep_all_of_p(logits, *, top_k=None, top_p=None):
    return keep_by_sorting(logits, top_k=top_k)


def keep_shares(logits, *, top_k=None, top_p=None):
    return keep_by_sorting(logits, top_k=top_k, top_p=top_p).softmax(-1)


# hidden_token_loss: right


def hidden_picked(logits, tokens, chosen):
    return F.cross_entropy(logits[chosen], tokens[chosen])


def hidden_ignored(logits, tokens, chosen):
    asked = torch.where(chosen, tokens, -100)
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), asked.reshape(-1))


def hidden_divided(logits, tokens, chosen):
    surprise = -logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
    return (surprise * chosen).sum() / chosen.sum()


def hidden_logsumexp(logits, tokens, chosen):
    rows, own = logits[chosen], tokens[chosen]
    return (rows.logsumexp(-1) - rows[torch.arange(len(own)), own]).mean()


def hidden_places(logits, tokens, chosen):
    places = chosen.flatten().nonzero()[:, 0]
    rows = logits.flatten(0, -2)[places]
    return F.nll_loss(rows.log_softmax(-1), tokens.flatten()[places])


# hidden_token_loss: wrong


def hidden_diluted(logits, tokens, chosen):
    surprise = -logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
    return torch.where(chosen, surprise, 0).mean()


def hidden_everything(logits, tokens, chosen):
    return F.cross_entropy(logits.flatten(0, -2), tokens.flatten())


def hidden_shifted(logits, tokens, chosen):
    return hidden_picked(logits, tokens.roll(-1, -1), chosen)


def hidden_zeros(logits, tokens, chosen):
    rows = logits * chosen[..., None]
    return F.cross_entropy(rows.flatten(0, -2), tokens.flatten())


# GPT: right


class Plain(nn.Module):
    """With learned positions, as a learner writes it."""

    def __init__(self, vocab_size, T_max, d_model, n_heads, n_layers):
        super().__init__()
        self.table = nn.Embedding(vocab_size, d_model)
        self.places = nn.Parameter(0.02 * torch.randn(T_max, d_model))
        nn.init.normal_(self.table.weight, std=0.02)
        blocks = (Block(d_model, n_heads, 4 * d_model) for _ in range(n_layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.unembed = nn.LayerNorm(d_model), nn.Linear(d_model, vocab_size)

    def embed(self, tokens):
        return self.table(tokens) + self.places[: tokens.shape[-1]]

    def forward(self, tokens):
        x, mask = self.embed(tokens), causal_mask(tokens.shape[-1])
        for block in self.blocks:
            x, _ = block(x, mask)
        return self.unembed(self.norm(x))

    def loss(self, tokens):
        return next_token_loss(self(tokens), tokens)


class WithSinusoids(Plain):
    def embed(self, tokens):
        d_model = self.table.weight.shape[-1]
        return self.table(tokens) + 0.05 * sinusoidal_encoding(tokens.shape[-1], d_model)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.places


class Tied(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unembed.weight = self.table.weight


class LargeStart(Plain):
    """As `nn.Embedding` begins: vectors of length √d_model."""

    def __init__(self, vocab_size, T_max, d_model, n_heads, n_layers):
        super().__init__(vocab_size, T_max, d_model, n_heads, n_layers)
        nn.init.normal_(self.table.weight)
        nn.init.normal_(self.places)


class OwnLoss(Plain):
    def loss(self, tokens):
        logits = self(tokens)[:, :-1]
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))


# GPT: wrong


class Leaking(Plain):
    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x, _ = block(x)
        return self.unembed(self.norm(x))


class Orderless(Plain):
    def embed(self, tokens):
        return self.table(tokens)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.places


class Parrot(Plain):
    def loss(self, tokens):
        return F.cross_entropy(self(tokens).mT, tokens)


class AlwaysFirst(Plain):
    def forward(self, tokens):
        x = first = self.embed(tokens)
        for block in self.blocks:
            x, _ = block(first, causal_mask(tokens.shape[-1]))
        return self.unembed(self.norm(x))


class OneLayer(Plain):
    def __init__(self, vocab_size, T_max, d_model, n_heads, n_layers):
        super().__init__(vocab_size, T_max, d_model, n_heads, 1)


class InAList(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        blocks = list(self.blocks)
        del self.blocks
        self.__dict__["blocks"] = blocks


class Shares(Plain):
    def forward(self, tokens):
        return super().forward(tokens).softmax(-1)


class SummedLoss(Plain):
    def loss(self, tokens):
        return super().loss(tokens) * tokens[:, 1:].numel()


class Nearsighted(Plain):
    """Each block attends to this token and the one before: triples of letters, no more."""

    def forward(self, tokens):
        x, near = self.embed(tokens), causal_mask(tokens.shape[-1]).triu(-1)
        for block in self.blocks:
            x, _ = block(x, near)
        return self.unembed(self.norm(x))


class WithMaps(Plain):
    def forward(self, tokens):
        return super().forward(tokens), None

    def loss(self, tokens):
        return next_token_loss(self(tokens)[0], tokens)


RIGHT = {
    "next_token_loss": [
        loss_library,
        loss_gather,
        loss_logsumexp,
        loss_loop,
        loss_one_hot,
        loss_moved_axes,
        loss_ignored,
    ],
    "mask_tokens": [
        mask_where,
        mask_one_throw,
        mask_bernoulli,
        mask_multinomial,
        mask_randint,
        mask_exact_share,
    ],
    "next_token_gradient": [
        slope_autograd,
        slope_padded,
        slope_scatter,
        slope_of_sum,
        slope_loop,
    ],
    "keep_likeliest": [
        keep_by_sorting,
        keep_by_loop,
        keep_by_threshold,
        keep_by_better_ones,
        keep_shifted,
    ],
    "hidden_token_loss": [
        hidden_picked,
        hidden_ignored,
        hidden_divided,
        hidden_logsumexp,
        hidden_places,
    ],
    "GPT": [Plain, WithSinusoids, Tied, LargeStart, OwnLoss],
    "generate": [
        write_plain,
        write_gumbel,
        write_inverse,
        write_recursive,
        write_into_space,
        write_row_by_row,
    ],
}

WRONG = {
    "next_token_loss": [
        (loss_unshifted, "forgot to shift"),
        (loss_backwards, "shifted the wrong way"),
        (loss_roll, "asked the last row"),
        (loss_sum, "took the sum"),
        (loss_softmax_first, "before `F.cross_entropy`"),
        (loss_log_of_softmax, "logarithm of a softmax"),
        (loss_exp_over_sum, "logarithm of a softmax"),
        (loss_nll_of_logits, "forgot the softmax"),
        (loss_probability, "forgot the logarithm"),
        (loss_per_token, "one loss per token"),
        (loss_number, "not a PyTorch tensor"),
        (loss_detached, "gradient"),
        (loss_one_batch_axis, "exactly one batch axis"),
        (loss_perplexity, "perplexity"),
        (loss_unshifted_sum, "forgot to shift"),
        (loss_with_pad_ignored, ""),
    ],
    "mask_tokens": [
        (mask_always, "every chosen token into a blank"),
        (mask_global_dice, "past the generator"),
        (mask_in_place, "in place"),
        (mask_no_choice, "is due"),
        (mask_changed, "only of the tokens that changed"),
        (mask_inverted, "not chosen"),
        (mask_flipped_comparison, "chose 85 of 100"),
        (mask_wrong_tenth, "a tenth of what was left"),
        (mask_unchosen_swaps, "replaced tokens that were not chosen"),
        (mask_one_pattern, "same positions in every sequence"),
        (mask_one_word, "one replacement for all"),
        (mask_numbers, "numbers"),
        (mask_everything, "corrupted tokens that were not chosen"),
    ],
    "next_token_gradient": [
        (slope_unshifted, "token just read"),
        (slope_summed, "is a mean"),
        (slope_uphill, "turned the sign"),
        (slope_short, "cut the last row"),
    ],
    "keep_likeliest": [
        (keep_not_the_crossing, "with which top_p is reached"),
        (keep_in_sorted_order, "order of the sorted tokens"),
        (keep_zeros, "set the ruled-out logits to 0"),
        (keep_one_after_the_other, "normalised again"),
        (keep_all_of_p, "ignored top_p"),
        (keep_shares, "returned probabilities"),
    ],
    "hidden_token_loss": [
        (hidden_diluted, "number of all tokens"),
        (hidden_everything, "not chosen, too"),
        (hidden_shifted, "as for a GPT"),
        (hidden_zeros, ""),
    ],
    "GPT": [
        (Leaking, "future leak"),
        (Orderless, "left out the positions"),
        (Parrot, "did not shift the loss"),
        (AlwaysFirst, "without any part"),
        (OneLayer, "whatever n_layers says"),
        (InAList, "whatever n_layers says"),
        (Shares, "returned probabilities"),
        (SummedLoss, "another loss"),
        (WithMaps, "something else than logits"),
        (Nearsighted, "learns too little"),
    ],
    "generate": [
        (write_greedy, "always took the likeliest"),
        (write_lukewarm, "the temperature change nothing"),
        (write_inverted_heat, "multiplied by the temperature"),
        (write_without_top_k, "ignored top_k"),
        (write_top_k_zeros, "set the ruled-out logits to 0"),
        (write_from_last, "only the last token"),
        (write_new_only, "only what was written"),
        (write_same_for_all, "one token for all rows"),
        (write_past_the_generator, "past the generator"),
        (write_one_short, "one token too few"),
        (write_softmax_twice, "softmax twice"),
        (write_uniform, "all allowed tokens alike"),
        (write_prompt_only, "only the prompt"),
        (write_first_row, "first row"),
        (write_unstable, "made unlikely tokens likely"),
        (write_forever, "returned `prompt` as it came"),
    ],
}
