"""Exercises of lesson 11: predict the next token, hide some tokens, write new ones."""

import torch
import torch.nn.functional as F

from attncourse import generation
from attncourse.checks.core import Case, Exercise, Law, Mistake

# next_token_loss ----------------------------------------------------------------------------------


def _seeded(seed):
    return torch.Generator().manual_seed(seed)


def _loss_case(label, *shape, V, scale=1.0, dtype=torch.float64, **options):
    generator = _seeded(sum(shape) + V)
    logits = scale * torch.randn(*shape, V, generator=generator, dtype=torch.float64)
    tokens = torch.randint(V, shape, generator=generator)
    return Case(label, logits.to(dtype), tokens, **options)


def _loss_cases():
    steep = torch.tensor([[[900.0, -900, 3], [2, 1, -1], [-700, 700, 5]]]).double()
    strided = torch.randn(2, 7, 5, generator=_seeded(5), dtype=torch.float64).transpose(1, 2)
    return [
        _loss_case("plain", 1, 3, V=2),
        _loss_case("two tokens", 3, 2, V=5),
        _loss_case("plain", 2, 5, V=7),
        _loss_case("no batch axis", 6, V=3),
        _loss_case("two batch axes", 2, 3, 5, V=7),
        _loss_case("large logits", 3, 7, V=5, scale=5.0),
        Case("very large logits", steep, torch.tensor([[0, 1, 0]]), rtol=1e-4),
        _loss_case("two words in the vocabulary", 3, 11, V=2),
        _loss_case("float32", 2, 6, V=5, dtype=torch.float32),
        Case("not contiguous", strided, torch.tensor([[0, 6, 2, 3, 1], [4, 5, 0, 0, 3]])),
    ]


def _loss_with(
    logits, tokens, *, shift="next", reduce="mean", of="log softmax", over="V", sign=-1, batch="any"
):
    if batch == "one":
        _, _, _ = logits.shape
    axis = {"V": -1, "T": -2}[over]
    scored = {
        "log softmax": lambda: logits.log_softmax(axis),
        "softmax then log": lambda: logits.softmax(axis).log(),
        "softmax": lambda: logits.softmax(axis),
        "nothing": lambda: logits,
        "softmax twice": lambda: logits.softmax(axis).log_softmax(axis),
        "bits": lambda: logits.log_softmax(axis) / torch.log(torch.tensor(2.0)),
    }[of]()
    rows, asked = {
        "next": (scored[..., :-1, :], tokens[..., 1:]),
        "none": (scored, tokens),
        "previous": (scored[..., 1:, :], tokens[..., :-1]),
        "ring": (scored, tokens.roll(-1, -1)),
        "two": (scored[..., :-2, :], tokens[..., 2:]),
        "cut the end": (scored[..., :-1, :], tokens[..., :-1]),
        "cut the start": (scored[..., 1:, :], tokens[..., 1:]),
    }[shift]
    found = sign * rows.gather(-1, asked[..., None])[..., 0]
    return {
        "mean": lambda: found.mean(),
        "sum": lambda: found.sum(),
        "sum over time": lambda: found.sum(-1).mean(),
        "mean over T": lambda: found.sum() / tokens.numel(),
        "per token": lambda: found,
        "per sequence": lambda: found.mean(-1),
        "perplexity": lambda: found.mean().exp(),
        "last": lambda: found[..., -1].mean(),
    }[reduce]()


_loss = Exercise(
    reference=generation.next_token_loss,
    points=2,
    cases=_loss_cases,
    hints=(
        "Row t of the logits has seen tokens 0 … t. Which token is it asked for? Which row is "
        "asked for nothing, and which token does nobody predict?",
        "Cut the last row off the logits and the first token off the tokens; what is left stands "
        "side by side.",
        "`F.cross_entropy` wants one row of scores per token: flatten all axes before V into one. "
        "It takes logits, not probabilities.",
    ),
    verified="each row is asked for the token after it, averaged over everything that is "
    "predicted; any number of batch axes, logits up to ±900, float32 and float64; gradient",
    sizes=lambda logits, tokens: {"T": tokens.shape[-1], "V": logits.shape[-1]},
    rewrite=_loss_with,
    laws=(
        Law("a loss is not negative", lambda result, logits, tokens: bool(result >= 0)),
        Law("a loss is one number", lambda result, logits, tokens: result.ndim == 0),
    ),
    mistakes=(
        Mistake(
            "forgot to shift: each row is asked for the token it has just read",
            "Row t has seen token t, so that is no prediction. Ask it for token t + 1.",
            shift="none",
        ),
        Mistake(
            "shifted the wrong way",
            "You ask each row for the token before it. Drop the last row and the first token.",
            shift="previous",
        ),
        Mistake(
            "asked the last row for the first token",
            "`roll` makes a ring of the text. The last row is asked for nothing: cut it off.",
            shift="ring",
        ),
        Mistake(
            "shifted by two",
            "Each row is asked for the very next token.",
            shift="two",
        ),
        Mistake(
            "cut the end off both",
            "The rows lose their last, the tokens lose their first.",
            shift="cut the end",
        ),
        Mistake(
            "cut the start off both",
            "The rows lose their last, the tokens lose their first.",
            shift="cut the start",
        ),
        Mistake(
            "took the sum instead of the mean",
            "A loss per token can be compared between texts of any length: average.",
            reduce="sum",
        ),
        Mistake(
            "summed over time and averaged over the batch",
            "Average over both: every predicted token counts the same.",
            reduce="sum over time",
        ),
        Mistake(
            "divided by T instead of T − 1",
            "T tokens hold T − 1 predictions: nobody predicts the first.",
            reduce="mean over T",
        ),
        Mistake(
            "returned one loss per token",
            "Average them: training needs one number.",
            reduce="per token",
        ),
        Mistake(
            "returned one loss per sequence",
            "Average over the batch too: training needs one number.",
            reduce="per sequence",
        ),
        Mistake(
            "looked at the last prediction only",
            "Every position predicts, all at once; average over all of them.",
            reduce="last",
        ),
        Mistake(
            "returned the perplexity",
            "That is exp of the loss. Asked for is the loss itself, in nats.",
            reduce="perplexity",
        ),
        Mistake(
            "measured in bits",
            "The natural logarithm gives nats; divide by ln 2 only when you report.",
            of="bits",
        ),
        Mistake(
            "forgot the logarithm",
            "The loss is −ln p, not −p: a surprise grows without end as p goes to 0.",
            of="softmax",
        ),
        Mistake(
            "forgot the softmax",
            "Logits are no probabilities yet: log_softmax over the vocabulary comes first.",
            of="nothing",
        ),
        Mistake(
            "applied a softmax before `F.cross_entropy`",
            "It contains the softmax already: give it the logits.",
            of="softmax twice",
        ),
        Mistake(
            "took the logarithm of a softmax",
            "For large logits a probability becomes exactly 0, and its logarithm −∞. Take "
            "log_softmax, or F.cross_entropy, in one step.",
            of="softmax then log",
        ),
        Mistake(
            "took the softmax over the tokens",
            "Probabilities are shared out over the vocabulary, the last axis.",
            over="T",
        ),
        Mistake(
            "forgot the minus sign",
            "ln p is negative; the loss is −ln p.",
            sign=1,
        ),
        Mistake(
            "counted on exactly one batch axis",
            "There may be no batch axis, or several. Count axes from the right.",
            batch="one",
        ),
    ),
)


# mask_tokens --------------------------------------------------------------------------------------

V_MASK, BLANK = 23, 11  # the blank stands in the middle of the vocabulary


def _mask_cases():
    def case(label, *shape, V=V_MASK, blank=BLANK, seed=0):
        tokens = torch.randint(V - 1, shape, generator=_seeded(seed))
        tokens += tokens >= blank  # no token is a blank yet
        return Case(label, tokens, blank, V, _seeded(seed + 1), exact=False)

    return [
        case("many tokens", 700, 60),
        case("one long sequence", 1, 40_000, seed=2),
        case("short sequences", 20_000, 2, seed=4),
        case("another vocabulary", 500, 80, V=7, blank=6, seed=6),
    ]


def _share(condition, among):
    return (condition & among).sum().item() / max(1, among.sum().item())


def _replaced(result, tokens, mask_id):
    corrupted, chosen = result
    return corrupted[chosen & (corrupted != mask_id) & (corrupted != tokens)]


def _shares_by_column(result):
    return result[1].double().mean(0) if result[1].shape[0] > 100 else torch.tensor([0.15])


def _mask_law(name, holds):
    def measured(result, tokens, mask_id, vocab_size, generator):
        corrupted, chosen = result
        corrupted, chosen = torch.as_tensor(corrupted), torch.as_tensor(chosen).bool()
        return bool(holds((corrupted, chosen), tokens, mask_id, vocab_size))

    return Law(name, measured)


_MASK_LAWS = (
    _mask_law("a token that was not chosen stays", lambda r, t, m, V: (r[0] == t)[~r[1]].all()),
    _mask_law(
        "only chosen tokens become blanks", lambda r, t, m, V: _share(r[0] == m, ~r[1]) < 0.05
    ),
    _mask_law(
        "at most 16 of 100 tokens are chosen", lambda r, t, m, V: r[1].double().mean() < 0.16
    ),
    _mask_law("at least 14 of 100 are chosen", lambda r, t, m, V: r[1].double().mean() > 0.14),
    _mask_law(
        "at most 84 of 100 chosen tokens become blanks",
        lambda r, t, m, V: _share(r[0] == m, r[1]) < 0.84,
    ),
    _mask_law(
        "at least 76 of 100 chosen tokens become blanks",
        lambda r, t, m, V: _share(r[0] == m, r[1]) > 0.76,
    ),
    _mask_law(
        "at most 14 of 100 chosen tokens stay as they are",
        lambda r, t, m, V: _share(r[0] == t, r[1]) < 0.125 + 0.1 / V,
    ),
    _mask_law(
        "at least 7 of 100 chosen tokens stay as they are",
        lambda r, t, m, V: _share(r[0] == t, r[1]) > 0.07,
    ),
    _mask_law(
        "some chosen tokens are replaced by others",
        lambda r, t, m, V: len(_replaced(r, t, m)) > 0,
    ),
    _mask_law(
        "tokens are replaced by more than one other",
        lambda r, t, m, V: len(_replaced(r, t, m)) == 0 or len(_replaced(r, t, m).unique()) > 1,
    ),
    _mask_law(
        "every token of the vocabulary may come as a replacement",
        lambda r, t, m, V: len(_replaced(r, t, m).unique()) in (0, V - 1),
    ),
    _mask_law(
        "replacements come from the vocabulary",
        lambda r, t, m, V: r[0].min() >= 0 and r[0].max() < max(V, m + 1),
    ),
    _mask_law(
        "every position may be chosen",
        lambda r, t, m, V: _shares_by_column(r).min() > 0.05,
    ),
    _mask_law(
        "no position is chosen always",
        lambda r, t, m, V: _shares_by_column(r).max() < 0.3,
    ),
)


def _mask_with(
    tokens,
    mask_id,
    vocab_size,
    generator,
    *,
    rate=0.15,
    blanks=0.8,
    others=0.1,
    told="chosen",
    pattern="each",
    source="vocabulary",
    corrupt="chosen",
    place="anywhere",
):
    shape = tokens.shape[-1:] if pattern == "same" else tokens.shape
    chosen = (torch.rand(shape, generator=generator) < rate).expand(tokens.shape)
    if place == "start":
        chosen = (torch.arange(tokens.shape[-1]) < 0.15 * tokens.shape[-1]).expand(tokens.shape)
    if place == "not the first":
        chosen = chosen & (torch.arange(tokens.shape[-1]) > 0)
    fate = torch.rand(tokens.shape, generator=generator)
    low, high = {"mask_id": (0, mask_id), "one more": (0, vocab_size + 1)}.get(
        source, (0, vocab_size)
    )
    size = (1,) if source == "once" else tokens.shape
    anything = torch.randint(low, high, size, generator=generator).expand(tokens.shape)
    if source == "zero":
        anything = torch.zeros_like(tokens)
    touched = torch.ones_like(chosen) if corrupt == "everything" else chosen
    swapped = torch.ones_like(chosen) if corrupt == "others everywhere" else chosen
    corrupted = torch.where(touched & (fate < blanks), mask_id, tokens)
    replaced = swapped & (fate >= blanks) & (fate < blanks + others)
    corrupted = torch.where(replaced, anything, corrupted)
    return corrupted, {
        "chosen": chosen,
        "the rest": ~chosen,
        "changed": corrupted != tokens,
        "blanks": corrupted == mask_id,
        "numbers": chosen.long(),
    }[told]


_mask = Exercise(
    reference=generation.mask_tokens,
    points=3,
    cases=_mask_cases,
    hints=(
        "Two independent throws of dice for each token: is it chosen, and if it is, what becomes "
        "of it?",
        "`torch.rand(tokens.shape, generator=generator)` throws all dice at once; compare with "
        "0.15 for the first throw, with 0.8 and 0.9 for the second.",
        "`torch.where(condition, a, b)` picks per token, and leaves `tokens` alone. Replacements "
        "come from torch.randint(vocab_size, tokens.shape, generator=generator).",
        "Return the corrupted tokens and the bool mask of *all* chosen ones: also of those that "
        "stayed as they were.",
    ),
    verified="on 40,000 tokens in sequences of any length: 15 % are chosen at every position, of "
    "these 80 % become blanks, 10 % any token, 10 % stay; the others are left alone; every draw "
    "comes from the generator",
    returns=("corrupted", "chosen"),
    rewrite=_mask_with,
    laws=_MASK_LAWS,
    mistakes=(
        Mistake(
            "turned every chosen token into a blank",
            "Then the model never sees a real word where it must predict, yet in use it sees only "
            "real words. 1 in 10 is replaced, 1 in 10 stays.",
            blanks=1.1,
        ),
        Mistake(
            "replaced no token by another",
            "Of the chosen, 8 in 10 become blanks, 1 in 10 becomes any token, 1 in 10 stays.",
            others=0.0,
        ),
        Mistake(
            "let no chosen token stay as it is",
            "Of the chosen, 8 in 10 become blanks, 1 in 10 becomes any token, 1 in 10 stays.",
            others=0.3,
        ),
        Mistake(
            "made 9 of 10 chosen tokens blanks and replaced the rest",
            "The shares are 8, 1 and 1 in 10: one in ten stays as it was.",
            blanks=0.9,
            others=0.2,
        ),
        Mistake(
            "made 9 of 10 chosen tokens blanks and let the rest stay",
            "The shares are 8, 1 and 1 in 10: one in ten becomes any token.",
            blanks=0.9,
            others=0.0,
        ),
        Mistake(
            "swapped the shares of blanks and replacements",
            "8 in 10 of the chosen become blanks, 1 in 10 becomes any token.",
            blanks=0.1,
            others=0.8,
        ),
        Mistake(
            "took a tenth of what was left instead of a tenth of all",
            "After the blanks, half of what is left is replaced: a tenth of the chosen.",
            others=0.02,
        ),
        Mistake(
            "chose 85 of 100 tokens",
            "The comparison is the wrong way round, or the result inverted: 15 of 100 are chosen.",
            rate=0.85,
        ),
        Mistake(
            "told which tokens were not chosen",
            "True marks the tokens that the model has to say, the 15 of 100.",
            told="the rest",
        ),
        Mistake(
            "told only of the tokens that changed",
            "A chosen token that stayed as it was must be predicted too; that is why some stay.",
            told="changed",
        ),
        Mistake(
            "told only of the blanks",
            "The model must also say what stood where a token was replaced or stayed.",
            told="blanks",
        ),
        Mistake(
            "corrupted tokens that were not chosen",
            "The 8 in 10 are 8 in 10 of the chosen: combine both conditions.",
            corrupt="everything",
        ),
        Mistake(
            "replaced tokens that were not chosen",
            "The 1 in 10 is 1 in 10 of the chosen: combine both conditions.",
            corrupt="others everywhere",
        ),
        Mistake(
            "chose the same positions in every sequence",
            "Throw the dice once per token: a random number for each, of the shape of `tokens`.",
            pattern="same",
        ),
        Mistake(
            "always chose the beginning",
            "Every position has the same chance.",
            place="start",
        ),
        Mistake(
            "never chose the first token",
            "Every position has the same chance, the first one too.",
            place="not the first",
        ),
        Mistake(
            "used one replacement for all",
            "Draw a token for each place: torch.randint with the shape of `tokens`.",
            source="once",
        ),
        Mistake(
            "used one replacement for all",
            "Replacements are drawn at random from the vocabulary.",
            source="zero",
        ),
        Mistake(
            "drew replacements from below mask_id",
            "They come from the whole vocabulary: 0 … vocab_size − 1.",
            source="mask_id",
        ),
        Mistake(
            "drew replacements from beyond the vocabulary",
            "The last token has the number vocab_size − 1.",
            source="one more",
        ),
        Mistake(
            "told the chosen as numbers",
            "`chosen` is a bool mask: True and False.",
            told="numbers",
        ),
    ),
)


# generate -----------------------------------------------------------------------------------------


class _Model:
    """Scores that depend on every token read, so that a forgotten one shows."""

    def __init__(self, V):
        self.V = V

    def __repr__(self):
        return (
            f"a function: tokens (B, T) → logits (B, T, {self.V}), other ones after each beginning"
        )

    def __call__(self, tokens):
        read = tokens.cumsum(-1) + torch.arange(1, tokens.shape[-1] + 1)  # … T
        spread = (read[..., None] * 3 + torch.arange(self.V)) % self.V
        return 2.6 - 0.7 * spread.double()  # every row orders the vocabulary in its own way


def _generate_cases():
    def case(label, prompt, n, temperature, top_k, V=7, rows=1, seed=0):
        prompt = torch.tensor(prompt).expand(rows, -1).contiguous()
        return Case(label, _Model(V), prompt, n, temperature, top_k, _seeded(seed), exact=False)

    return [
        case("top_k=1", [2], 1, 1.0, 1),
        case("top_k=1", [3, 1], 4, 1.0, 1),
        case("many rows", [1, 3], 2, 1.0, None, rows=1000),
        case("low temperature", [4], 2, 0.5, None, rows=1000, seed=1),
        case("high temperature", [2, 2, 5], 2, 2.5, None, rows=1000, seed=2),
        case("top_k=3", [6, 1], 2, 1.0, 3, V=11, rows=1000, seed=3),
        case("top_k=2, high temperature", [5], 2, 2.0, 2, V=5, rows=1000, seed=4),
        case("top_k = vocabulary", [0, 1], 1, 1.0, 5, V=5, rows=1000, seed=5),
        case("nothing to write", [3, 1, 2], 0, 1.0, None, rows=2),
    ]


def _steps(result, model, prompt, top_k):
    """For every token written: its number, the logits it was drawn from, and the k-th best."""
    for t in range(prompt.shape[-1], result.shape[-1]):
        logits = model(result[:, :t])[:, -1]
        least = logits.topk(min(top_k or model.V, model.V)).values[:, -1:]
        yield result[:, t], logits, least


def _in_top(result, model, prompt, n, temperature, top_k, generator):
    return all(
        bool((logits.gather(1, token[:, None]) >= least).all())
        for token, logits, least in _steps(result, model, prompt, top_k)
    )


def _as_often(side):
    """Whether each place in the order of the vocabulary is drawn as often as it should be."""

    def holds(result, model, prompt, n, temperature, top_k, generator):
        for token, logits, least in _steps(result, model, prompt, top_k):
            allowed = logits.masked_fill(logits < least, -torch.inf)
            due = (allowed / temperature).softmax(-1).sort(-1, descending=True).values
            place = (logits > logits.gather(1, token[:, None])).sum(-1)
            came = F.one_hot(place, model.V).double()
            limit = 5 * (due * (1 - due)).sum(0).sqrt() + 1e-6
            excess = (came - due).sum(0)
            if bool((excess > limit).any() if side == "any" else (excess[0] * side > limit[0])):
                return False
        return True

    return holds


def _first_drawn(result, model, prompt, n, temperature, top_k):
    """The first token written and the logits behind it, where many rows were drawn."""
    if n == 0 or top_k == 1 or len(result) < 100:
        return None
    return next(_steps(result, model, prompt, top_k), None)


def _flatter(sign):
    """Whether the best token is at least (at most) as likely as it is at temperature 1."""

    def holds(result, model, prompt, n, temperature, top_k, generator):
        drawn = _first_drawn(result, model, prompt, n, temperature, top_k)
        if drawn is None or sign * (1 - temperature) <= 0:
            return True
        token, logits, least = drawn
        best = (token == logits.argmax(-1)).double().mean()
        at_one = logits.masked_fill(logits < least, -torch.inf).softmax(-1).amax(-1).mean()
        return bool(sign * (best - at_one) > -0.04)

    return holds


def _rows_differ(result, model, prompt, n, temperature, top_k, generator):
    drawn = _first_drawn(result, model, prompt, n, temperature, top_k)
    return drawn is None or bool((result != result[:1]).any())


def _best_comes(wanted):
    """Whether the best token is drawn at least once, or not always."""

    def holds(result, model, prompt, n, temperature, top_k, generator):
        drawn = _first_drawn(result, model, prompt, n, temperature, top_k)
        if drawn is None:
            return True
        best = drawn[0] == drawn[1].argmax(-1)
        return bool(best.any() if wanted == "ever" else not best.all())

    return holds


def _moves_on(result, model, prompt, n, temperature, top_k, generator):
    return n < 3 or bool((result[:, -1] != result[:, -2]).any())


def _starts_with_prompt(result, model, prompt, n, temperature, top_k, generator):
    return torch.equal(result[:, : prompt.shape[-1]], prompt)


def _generate_with(
    model,
    prompt,
    n,
    temperature=1.0,
    top_k=None,
    generator=None,
    *,
    heat="divide",
    cut="best",
    feed="everything",
    row="last",
    draw="softmax",
    share="each",
    join="after",
    steps=0,
    told="everything",
):
    tokens = prompt
    for _ in range(n + steps):
        seen = {
            "everything": tokens,
            "last token": tokens[:, -1:],
            "prompt": prompt,
            "without the last": tokens[:, :-1] if tokens.shape[1] > 1 else tokens,
        }[feed]
        logits = model(seen)
        logits = {"last": logits[:, -1], "first": logits[:, 0], "mean": logits.mean(1)}[row]
        token = _drawn(logits, temperature, top_k, generator, heat, cut, draw, share)
        pair = {
            "after": (tokens, token),
            "before": (token, tokens),
            "replace": (tokens[:, 1:], token),
        }[join]
        tokens = torch.cat(pair, dim=1)
    return tokens[:, prompt.shape[1] :] if told == "new" else tokens


def _drawn(logits, temperature, top_k, generator, heat, cut, draw, share):
    logits = {
        "divide": lambda: logits / temperature,
        "multiply": lambda: logits * temperature,
        "ignore": lambda: logits,
        "square": lambda: logits / temperature**2,
    }[heat]()
    k = logits.shape[-1] if top_k is None else top_k
    if cut == "one more":
        k = min(k + 1, logits.shape[-1])
    if cut in ("best", "one more", "to zero"):
        hidden = logits < logits.topk(k).values[:, -1:]
        logits = logits.masked_fill(hidden, 0.0 if cut == "to zero" else -torch.inf)
    if cut == "worst":
        hidden = logits > logits.topk(k, largest=False).values[:, -1:]
        logits = logits.masked_fill(hidden, -torch.inf)
    if draw == "argmax":
        return logits.argmax(-1, keepdim=True)
    weights = {
        "softmax": lambda: logits.softmax(-1),
        "twice": lambda: logits.softmax(-1).masked_fill(logits.isinf(), -torch.inf).softmax(-1),
        "uniform": lambda: logits.isfinite().double(),
        "negative": lambda: (-logits).masked_fill(logits.isinf(), -torch.inf).softmax(-1),
    }[draw]()
    if share == "one":
        return torch.multinomial(weights[:1], 1, generator=generator).expand(len(weights), 1)
    return torch.multinomial(weights, 1, generator=generator)


_generate = Exercise(
    reference=generation.generate,
    points=3,
    cases=_generate_cases,
    hints=(
        "One token per round: ask the model, draw, append, n times. What does the model read in "
        "the second round?",
        "Only the last row of the logits speaks about the next token: logits[:, -1].",
        "`logits.topk(top_k)` finds the k best. Everything below the last of them becomes −∞, so "
        "that the softmax gives it 0.",
        "`torch.multinomial(weights, 1, generator=generator)` draws one token per row, as a column "
        "that can be joined to the tokens along the last axis.",
    ),
    verified="reads everything written so far, n tokens after the prompt, draws per row; on "
    "thousands of draws each token comes as often as softmax(logits / temperature) says, and "
    "nothing outside the top k ever does; every draw comes from the generator",
    rewrite=_generate_with,
    laws=(
        Law("the prompt stands at the beginning, as it came", _starts_with_prompt),
        Law("every token written is one of the k best", _in_top),
        Law("what comes next depends on what was written", _moves_on),
        Law("the best token may be drawn", _best_comes("ever")),
        Law("not always the best token is drawn", _best_comes("not always")),
        Law("rows are drawn one by one", _rows_differ),
        Law("a temperature below 1 does not make the best token rarer", _flatter(1)),
        Law("a temperature above 1 does not make the best token more frequent", _flatter(-1)),
        Law("the best token is not drawn too often", _as_often(1)),
        Law("the best token is not drawn too rarely", _as_often(-1)),
        Law("each token comes as often as softmax(logits / temperature) says", _as_often("any")),
    ),
    mistakes=(
        Mistake(
            "ignored the temperature",
            "Divide the logits by it before the softmax.",
            heat="ignore",
        ),
        Mistake(
            "multiplied by the temperature",
            "A low temperature must make the best token more certain: divide by it.",
            heat="multiply",
        ),
        Mistake(
            "always took the likeliest token",
            "That is temperature 0. Asked for is a draw: torch.multinomial.",
            draw="argmax",
        ),
        Mistake(
            "ignored top_k",
            "Where top_k is given, only the k best tokens may be drawn.",
            cut="never",
        ),
        Mistake(
            "kept one token too many",
            "Exactly top_k tokens may be drawn.",
            cut="one more",
        ),
        Mistake(
            "set the ruled-out logits to 0",
            "exp(0) is 1, so these tokens are still drawn. Their logits must become −∞.",
            cut="to zero",
        ),
        Mistake(
            "kept the k worst tokens",
            "top_k keeps the k tokens with the highest logits.",
            cut="worst",
        ),
        Mistake(
            "showed the model only the last token",
            "It should read everything so far: the prompt and what was written.",
            feed="last token",
        ),
        Mistake(
            "showed the model only the prompt, again and again",
            "What was written is read too: append each token before the next round.",
            feed="prompt",
        ),
        Mistake(
            "left the last token out of what the model reads",
            "The newest token matters most: read everything so far.",
            feed="without the last",
        ),
        Mistake(
            "used the first row of the logits",
            "Row t speaks about token t + 1: the last row speaks about the next token.",
            row="first",
        ),
        Mistake(
            "averaged the rows of the logits",
            "Only the last row speaks about the next token.",
            row="mean",
        ),
        Mistake(
            "applied the softmax twice",
            "multinomial wants probabilities, one softmax of the logits.",
            draw="twice",
        ),
        Mistake(
            "drew all allowed tokens alike",
            "Their chances are softmax(logits / temperature), over the vocabulary: the last axis.",
            draw="uniform",
        ),
        Mistake(
            "made unlikely tokens likely",
            "The sign is turned: high logits mean likely tokens.",
            draw="negative",
        ),
        Mistake(
            "drew one token for all rows",
            "Each row of the batch is a text of its own: draw once per row.",
            share="one",
        ),
        Mistake(
            "put new tokens before the old",
            "Append at the end: the tokens, then the new one.",
            join="before",
        ),
        Mistake(
            "dropped the oldest token for each new one",
            "Nothing is dropped: the result has n tokens more than the prompt.",
            join="replace",
        ),
        Mistake(
            "returned only what was written",
            "Return the prompt and what follows it, in one tensor.",
            told="new",
        ),
        Mistake(
            "wrote one token too few",
            "n tokens follow the prompt: check the range of your loop.",
            steps=-1,
        ),
        Mistake(
            "wrote one token too many",
            "n tokens follow the prompt: check the range of your loop.",
            steps=1,
        ),
        Mistake(
            "divided by the squared temperature",
            "Divide by the temperature once.",
            heat="square",
        ),
    ),
)


EXERCISES = (_loss, _mask, _generate)
