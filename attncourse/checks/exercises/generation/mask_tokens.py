"""Hide tokens as BERT does: 80 % masked, 10 % replaced, 10 % kept."""

import torch

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded

V_MASK, BLANK = 23, 11  # the blank stands in the middle of the vocabulary


def _without_generator(answer, tokens, mask_id, vocab_size):
    """The answer with PyTorch's own generator, begun anew."""
    import torch

    torch.manual_seed(0)
    return answer(tokens, mask_id, vocab_size)


def _cases():
    def case(label, *shape, V=V_MASK, blank=BLANK, seed=0):
        tokens = torch.randint(V - 1, shape, generator=seeded(seed))
        tokens += tokens >= blank  # no token is a blank yet
        return Case(label, tokens, blank, V, seeded(seed + 1), exact=False)

    few = torch.randint(6, (500, 80), generator=seeded(6))
    return [
        case("many tokens", 700, 60),
        case("one long sequence, no batch axis", 40_000, seed=2),
        case("short sequences", 20_000, 2, seed=4),
        Case("another vocabulary, no generator", few, 6, 7, use=_without_generator, exact=False),
    ]


def _share(condition, among):
    return (condition & among).sum().item() / max(1, among.sum().item())


def _replaced(result, tokens, mask_id):
    corrupted, chosen = result
    return corrupted[chosen & (corrupted != mask_id) & (corrupted != tokens)]


def _shares_by_column(result):
    return result[1].double().mean(0) if result[1].shape[0] > 100 else torch.tensor([0.15])


def _measure(result, tokens, mask_id, vocab_size, generator):
    """Shares that tell the known mistakes apart, each within 0.02 of its expectation."""
    corrupted, chosen = result[0], result[1].bool()
    blank, kept = corrupted == mask_id, corrupted == tokens
    others = _replaced((corrupted, chosen), tokens, mask_id)
    reach = [others.min(), others.max(), len(others.unique())] if len(others) else [0, 0, 0]
    columns = _shares_by_column((corrupted, chosen))
    shares = [chosen.double().mean(), _share(blank, chosen), _share(kept, chosen)]
    shares += [_share(blank, ~chosen), _share(kept, ~chosen)]
    return [*shares, columns.min() > 0.05, columns.max() < 0.3, *(x / vocab_size for x in reach)]


def _mask_law(name, holds):
    def measured(result, tokens, mask_id, vocab_size, generator=None):
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


def _with(
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
    fates="apart",
):
    shape = tokens.shape[-1:] if pattern == "same" else tokens.shape
    chosen = (torch.rand(shape, generator=generator) < rate).expand(tokens.shape)
    if pattern == "exact":
        order = torch.rand(tokens.shape, generator=generator).argsort(-1)
        chosen = order < int(rate * tokens.shape[-1])
    if place == "start":
        chosen = (torch.arange(tokens.shape[-1]) < 0.15 * tokens.shape[-1]).expand(tokens.shape)
    if place == "not the first":
        chosen = chosen & (torch.arange(tokens.shape[-1]) > 0)
    fate = torch.rand(tokens.shape, generator=generator)
    low, high = {
        "mask_id": (0, mask_id),
        "one more": (0, vocab_size + 1),
        "not the last": (0, vocab_size - 1),
        "not the first": (1, vocab_size),
    }.get(source, (0, vocab_size))
    size = (1,) if source == "once" else tokens.shape
    anything = torch.randint(low, high, size, generator=generator).expand(tokens.shape)
    if source == "zero":
        anything = torch.zeros_like(tokens)
    touched = torch.ones_like(chosen) if corrupt in ("everything", "all") else chosen
    swapped = torch.ones_like(chosen) if corrupt in ("others everywhere", "all") else chosen
    corrupted = torch.where(touched & (fate < blanks), mask_id, tokens)
    replaced = swapped & (fate >= blanks) & (fate < blanks + others)
    if fates == "overlapping":
        replaced = swapped & (fate < others)
    corrupted = torch.where(replaced, anything, corrupted)
    if told == "chosen first":
        return chosen, corrupted
    return corrupted, {
        "chosen": chosen,
        "the rest": ~chosen,
        "changed": corrupted != tokens,
        "blanks": corrupted == mask_id,
        "numbers": chosen.long(),
    }[told]


EXERCISE = Exercise(
    reference=generation.mask_tokens,
    points=3,
    cases=_cases,
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
    rewrite=_with,
    measure=_measure,
    noise=0.03,
    laws=_MASK_LAWS,
    mistakes=(
        Mistake(
            "turned-chosen-token-into-blank",
            "turned every chosen token into a blank",
            "Then the model never sees a real word where it must predict, yet in use it sees only "
            "real words. 1 in 10 is replaced, 1 in 10 stays.",
            blanks=1.1,
        ),
        Mistake(
            "replaced-no-token-another",
            "replaced no token by another",
            "Of the chosen, 8 in 10 become blanks, 1 in 10 becomes any token, 1 in 10 stays.",
            others=0.0,
        ),
        Mistake(
            "let-no-chosen-token-stay",
            "let no chosen token stay as it is",
            "Of the chosen, 8 in 10 become blanks, 1 in 10 becomes any token, 1 in 10 stays.",
            others=0.3,
        ),
        Mistake(
            "made-9-10-chosen-tokens",
            "made 9 of 10 chosen tokens blanks and replaced the rest",
            "The shares are 8, 1 and 1 in 10: one in ten stays as it was.",
            blanks=0.9,
            others=0.2,
        ),
        Mistake(
            "made-9-10-chosen-tokens-rest-stays",
            "made 9 of 10 chosen tokens blanks and let the rest stay",
            "The shares are 8, 1 and 1 in 10: one in ten becomes any token.",
            blanks=0.9,
            others=0.0,
        ),
        Mistake(
            "swapped-shares-blanks-replacements",
            "swapped the shares of blanks and replacements",
            "8 in 10 of the chosen become blanks, 1 in 10 becomes any token.",
            blanks=0.1,
            others=0.8,
        ),
        Mistake(
            "took-tenth-what-left",
            "took a tenth of what was left instead of a tenth of all",
            "After the blanks, half of what is left is replaced: a tenth of the chosen.",
            others=0.02,
        ),
        Mistake(
            "chose-85-100-tokens",
            "chose 85 of 100 tokens",
            "The comparison is the wrong way round, or the result inverted: 15 of 100 are chosen.",
            rate=0.85,
        ),
        Mistake(
            "told-which-tokens-chosen",
            "told which tokens were not chosen",
            "True marks the tokens that the model has to say, the 15 of 100.",
            told="the rest",
        ),
        Mistake(
            "told-only-tokens-changed",
            "told only of the tokens that changed",
            "A chosen token that stayed as it was must be predicted too; that is why some stay.",
            told="changed",
        ),
        Mistake(
            "told-only-blanks",
            "told only of the blanks",
            "The model must also say what stood where a token was replaced or stayed.",
            told="blanks",
        ),
        Mistake(
            "corrupted-tokens-chosen",
            "corrupted tokens that were not chosen",
            "The 8 in 10 are 8 in 10 of the chosen: combine both conditions.",
            {"corrupt": "everything"},
            {"corrupt": "all"},
        ),
        Mistake(
            "replaced-tokens-chosen",
            "replaced tokens that were not chosen",
            "The 1 in 10 is 1 in 10 of the chosen: combine both conditions.",
            corrupt="others everywhere",
        ),
        Mistake(
            "chose-same-positions-sequence",
            "chose the same positions in every sequence",
            "Throw the dice once per token: a random number for each, of the shape of `tokens`.",
            pattern="same",
        ),
        Mistake(
            "always-chose-beginning",
            "always chose the beginning",
            "Every position has the same chance.",
            place="start",
        ),
        Mistake(
            "never-chose-first-token",
            "never chose the first token",
            "Every position has the same chance, the first one too.",
            place="not the first",
        ),
        Mistake(
            "used-one-replacement",
            "used one replacement for all",
            "Draw a token for each place: torch.randint with the shape of `tokens`.",
            source="once",
        ),
        Mistake(
            "used-one-replacement",
            "used one replacement for all",
            "Replacements are drawn at random from the vocabulary.",
            source="zero",
        ),
        Mistake(
            "drew-replacements-below-mask-id",
            "drew replacements from below mask_id",
            "They come from the whole vocabulary: 0 … vocab_size − 1.",
            source="mask_id",
        ),
        Mistake(
            "drew-replacements-beyond-vocabulary",
            "drew replacements from beyond the vocabulary",
            "The last token has the number vocab_size − 1.",
            source="one more",
        ),
        Mistake(
            "told-chosen-numbers",
            "told the chosen as numbers",
            "`chosen` is a bool mask: True and False.",
            told="numbers",
        ),
        Mistake(
            "one-token-never-drawn",
            "left a token of the vocabulary out of the replacements",
            "torch.randint(vocab_size, …) draws from 0 to vocab_size − 1: all of them.",
            {"source": "not the last"},
            {"source": "not the first"},
        ),
        Mistake(
            "exactly-15-percent",
            "chose exactly 15 % of each sequence",
            "Each token is chosen by a throw of its own: a short sequence may have none, or two.",
            pattern="exact",
        ),
        Mistake(
            "fates-overlap",
            "replaced tokens that had become blanks already",
            "One throw decides: below 0.8 a blank, from 0.8 to 0.9 another token, above it stays.",
            fates="overlapping",
        ),
        Mistake(
            "chosen-first",
            "returned the mask first",
            "First the corrupted tokens, then which were chosen.",
            told="chosen first",
            alone=True,
        ),
    ),
)
