"""Draw new tokens one at a time, by temperature and top-k."""

import torch
import torch.nn.functional as F

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


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
        # Every row orders the vocabulary in its own way, and has a level of its own.
        return 2.6 - 0.7 * spread.double() + (read % 3)[..., None]


def _cases():
    def case(label, prompt, n, temperature, top_k, V=7, rows=1, seed=0):
        prompt = torch.tensor(prompt).expand(rows, -1).contiguous()
        return Case(label, _Model(V), prompt, n, temperature, top_k, seeded(seed), exact=False)

    return [
        case("top_k=1", [2], 1, 1.0, 1),
        case("top_k=1, a long prompt", [(3 * i * i + i) % 7 for i in range(70)], 4, 1.0, 1),
        case("many rows", [1, 3], 2, 1.0, None, rows=1000),
        case("low temperature", [4], 2, 0.5, None, rows=1000, seed=1),
        case("high temperature", [2, 2, 5], 2, 2.5, None, rows=1000, seed=2),
        case("top_k=3", [6, 1], 2, 1.0, 3, V=11, rows=1000, seed=3),
        case("top_k=2, high temperature", [5], 2, 2.0, 2, V=5, rows=1000, seed=4),
        case("top_k = vocabulary", [0, 1], 1, 1.0, 5, V=5, rows=1000, seed=5),
        case("nothing to write", [3, 1, 2], 0, 1.0, 3, rows=2),
    ]


def _steps(result, model, prompt, top_k):
    """For every token written: its number, the logits it was drawn from, and the k-th best."""
    for t in range(prompt.shape[-1], result.shape[-1]):
        logits = model(result[:, :t])[:, -1]
        least = logits.topk(min(top_k or model.V, model.V)).values[:, -1:]
        yield result[:, t], logits, least


def _measure(result, model, prompt, n, temperature, top_k, generator):
    """How often each of the five best tokens was drawn, step by step, and what else draws show."""
    kept = torch.equal(result[:, : prompt.shape[-1]], prompt)
    numbers = [float(kept), (result == result[:1]).all(-1).double().mean().item()]
    for token, logits, _ in _steps(result, model, prompt, top_k):
        place = (logits > logits.gather(1, token[:, None])).sum(-1)
        numbers += F.one_hot(place, model.V).double().mean(0)[:5].tolist()
    return numbers


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


def _with(
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
    window=8,
):
    tokens = prompt
    for _ in range(max(0, n - prompt.shape[1]) if steps == "in all" else n + steps):
        seen = {
            "everything": tokens,
            "last token": tokens[:, -1:],
            "prompt": prompt,
            "without the last": tokens[:, :-1] if tokens.shape[1] > 1 else tokens,
            "a window": tokens[:, -window:],
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


def _shares(logits):
    """The softmax; where nothing is allowed, all alike."""
    return logits.softmax(-1).nan_to_num(1.0)


def _drawn(logits, temperature, top_k, generator, heat, cut, draw, share):
    logits = {
        "divide": lambda: logits / temperature,
        "multiply": lambda: logits * temperature,
        "ignore": lambda: logits,
        "square": lambda: logits / temperature**2,
    }[heat]()
    k = logits.shape[-1] if top_k is None else top_k
    if cut == "place for token" and top_k is not None:
        logits = logits.topk(k).values
    if cut == "first row's" and top_k is not None:
        logits = logits.masked_fill(logits < logits.topk(k).values[0, -1], -torch.inf)
        logits = torch.where(logits.isinf().all(-1, keepdim=True), 0.0, logits)
    if cut in ("one less", "best hidden") and top_k is not None:
        least = logits.topk(k).values[:, -1:]
        hidden = logits <= least if cut == "one less" else logits >= least
        logits = logits.masked_fill(hidden, -torch.inf)
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
        "softmax": lambda: _shares(logits),
        "twice": lambda: logits.softmax(-1).masked_fill(logits.isinf(), -torch.inf).softmax(-1),
        "uniform": lambda: logits.isfinite().double(),
        "negative": lambda: (-logits).masked_fill(logits.isinf(), -torch.inf).softmax(-1),
    }[draw]()
    if share == "one":
        return torch.multinomial(weights[:1], 1, generator=generator).expand(len(weights), 1)
    return torch.multinomial(weights, 1, generator=generator)


EXERCISE = Exercise(
    reference=generation.generate,
    points=3,
    cases=_cases,
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
    rewrite=_with,
    measure=_measure,
    noise=0.08,  # of shares among a thousand rows, 3.5 times their spread
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
            "ignored-temperature",
            "let the temperature change nothing",
            "Divide the logits by it, before the softmax: afterwards it cancels.",
            heat="ignore",
        ),
        Mistake(
            "multiplied-temperature",
            "multiplied by the temperature",
            "A low temperature must make the best token more certain: divide by it.",
            heat="multiply",
        ),
        Mistake(
            "always-took-likeliest-token",
            "always took the likeliest token",
            "That is temperature 0. Asked for is a draw: torch.multinomial.",
            draw="argmax",
        ),
        Mistake(
            "ignored-top-k",
            "ignored top_k",
            "Where top_k is given, only the k best tokens may be drawn.",
            cut="never",
        ),
        Mistake(
            "kept-one-token-too-many",
            "kept one token too many",
            "Exactly top_k tokens may be drawn.",
            cut="one more",
        ),
        Mistake(
            "set-ruled-out-logits-0",
            "set the ruled-out logits to 0",
            "exp(0) is 1, so these tokens are still drawn. Their logits must become −∞.",
            cut="to zero",
        ),
        Mistake(
            "kept-k-worst-tokens",
            "kept the k worst tokens",
            "top_k keeps the k tokens with the highest logits.",
            cut="worst",
        ),
        Mistake(
            "showed-model-only-last-token",
            "showed the model only the last token",
            "It should read everything so far: the prompt and what was written.",
            feed="last token",
        ),
        Mistake(
            "showed-model-only-prompt",
            "showed the model only the prompt, again and again",
            "What was written is read too: append each token before the next round.",
            feed="prompt",
        ),
        Mistake(
            "left-last-token-out-what",
            "left the last token out of what the model reads",
            "The newest token matters most: read everything so far.",
            feed="without the last",
        ),
        Mistake(
            "used-first-row-logits",
            "used the first row of the logits",
            "Row t speaks about token t + 1: the last row speaks about the next token.",
            row="first",
        ),
        Mistake(
            "averaged-rows-logits",
            "averaged the rows of the logits",
            "Only the last row speaks about the next token.",
            row="mean",
        ),
        Mistake(
            "applied-softmax-twice",
            "applied the softmax twice",
            "multinomial wants probabilities, one softmax of the logits.",
            draw="twice",
        ),
        Mistake(
            "drew-allowed-tokens-alike",
            "drew all allowed tokens alike",
            "Their chances are softmax(logits / temperature), over the vocabulary: the last axis.",
            draw="uniform",
        ),
        Mistake(
            "made-unlikely-tokens-likely",
            "made unlikely tokens likely",
            "The sign is turned: high logits mean likely tokens.",
            draw="negative",
        ),
        Mistake(
            "drew-one-token-rows",
            "drew one token for all rows",
            "Each row of the batch is a text of its own: draw once per row.",
            share="one",
        ),
        Mistake(
            "put-new-tokens-before-old",
            "put new tokens before the old",
            "Append at the end: the tokens, then the new one.",
            join="before",
        ),
        Mistake(
            "dropped-oldest-token-new-one",
            "dropped the oldest token for each new one",
            "Nothing is dropped: the result has n tokens more than the prompt.",
            join="replace",
        ),
        Mistake(
            "returned-only-what-written",
            "returned only what was written",
            "Return the prompt and what follows it, in one tensor.",
            told="new",
        ),
        Mistake(
            "wrote-one-token-too-few",
            "wrote one token too few",
            "n tokens follow the prompt: check the range of your loop.",
            steps=-1,
        ),
        Mistake(
            "wrote-one-token-too-many",
            "wrote one token too many",
            "n tokens follow the prompt: check the range of your loop.",
            steps=1,
        ),
        Mistake(
            "divided-squared-temperature",
            "divided by the squared temperature",
            "Divide by the temperature once.",
            heat="square",
        ),
        Mistake(
            "hid-the-best",
            "hid the k best tokens, not the others",
            "Those below the k-th best become −∞.",
            cut="best hidden",
            alone=True,
        ),
        Mistake(
            "kept-one-token-too-few",
            "kept one token too few",
            "The k-th best stays too: hide what is *below* it.",
            cut="one less",
        ),
        Mistake(
            "place-for-token",
            "took the place among the k best for the token",
            "`topk` returns indices as well: they say which tokens these are. Or hide the others, "
            "and draw from the whole vocabulary.",
            cut="place for token",
            alone=True,
        ),
        Mistake(
            "threshold-of-first-row",
            "used the first row's k-th best logit for all rows",
            "Every row has its own: `[:, -1:]` keeps the rows.",
            cut="first row's",
            alone=True,
        ),
        Mistake(
            "counted-prompt",
            "counted the prompt among the n tokens",
            "n tokens follow the prompt, however long it is.",
            steps="in all",
            alone=True,
        ),
        Mistake(
            "typed-window",
            "showed the model the last few tokens only",
            "It should read everything so far: the prompt and what was written.",
            *({"feed": "a window", "window": window} for window in (8, 6, 4, 16, 32)),
            alone=True,
        ),
    ),
)
