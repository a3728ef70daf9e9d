"""Average the cross-entropy over real tokens only."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from attncourse import recurrent
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, integers, normal
from attncourse.checks.exercises.recurrent.shared import real


def _target(seed, lengths, M, V, pad):
    """Sentences of these lengths without `pad` inside, padded to M."""
    tokens = integers(seed, 0, V - 1, len(lengths), M)
    tokens = tokens + (tokens >= pad)  # every token but pad
    return torch.where(real(lengths, M), tokens, pad)


def _cases():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, -1.0]], dtype=DOUBLE)
    steep = normal(13, 2, 5, 7, spread=300)
    many = _target(11, [5, 2, 4, 1, 3, 5], 5, 7, 0).view(2, 3, 5)
    apart = torch.tensor([[3, 0, 4, 0, 0], [0, 0, 5, 1, 2]])
    return [
        Case("one sentence", logits, torch.tensor([1, 2]), 0),
        Case("nothing is padding", normal(1, 2, 3, 5), _target(2, [3, 3], 3, 5, 0), 0),
        Case("padding", normal(3, 2, 5, 7), _target(4, [5, 2], 5, 7, 0), 0),
        Case("padding", normal(5, 3, 71, 5), _target(6, [1, 71, 67], 71, 5, 0), 0),
        Case("padding apart", normal(16, 2, 5, 7), apart, 0),
        Case("another pad", normal(7, 3, 5, 7), _target(8, [5, 1, 3], 5, 7, 4), 4),
        Case("another pad", normal(9, 2, 7, 5), _target(9, [7, 4], 7, 5, 2), 2),
        Case(
            "a sentence of padding alone", normal(12, 3, 5, 7), _target(12, [4, 0, 2], 5, 7, 0), 0
        ),
        Case("two batch axes", normal(10, 2, 3, 5, 7), many, 0),
        Case("large logits", steep, _target(14, [5, 3], 5, 7, 0), 0, rtol=1e-4),
        Case(
            "float32", normal(15, 3, 5, 7, dtype=torch.float32), _target(15, [5, 3, 2], 5, 7, 0), 0
        ),
        Case("not contiguous", normal(17, 2, 7, 5).mT, _target(17, [3, 5], 5, 7, 0), 0),
    ]


def _with(
    logits, target, pad, *, turn="log softmax", over="vocabulary", counts="words", average="words",
    unit="nats", place="same",
):  # fmt: skip
    if place == "next":
        logits, target = logits[..., :-1, :], target[..., 1:]
    elif place == "before":
        logits, target = logits[..., 1:, :], target[..., :-1]
    axis = {"vocabulary": -1, "time": -2, "batch": 0}[over]
    logs = {
        "log softmax": lambda: torch.log_softmax(logits, axis),
        "softmax, then log softmax": lambda: torch.log_softmax(torch.softmax(logits, axis), axis),
        "softmax": lambda: torch.softmax(logits, axis),
        "softmax, then log": lambda: torch.softmax(logits, axis).log(),
        "nothing": lambda: logits,
        "sigmoid, then log softmax": lambda: torch.log_softmax(torch.sigmoid(logits), axis),
    }[turn]()
    surprise = -logs.gather(-1, target.unsqueeze(-1)).squeeze(-1)
    surprise = surprise / math.log({"nats": math.e, "bits": 2, "tens": 10}[unit])
    ignored = {"words": pad, "not 0": 0, "not 1": 1}.get(counts, -100)
    kept = target == pad if counts == "padding" else target != ignored
    surprise = surprise.masked_fill(~kept, 0)
    if average.startswith("sentences"):
        least = 1 if average == "sentences" else 0
        return (surprise.sum(-1) / kept.sum(-1).clamp_min(least)).mean()
    total = {
        "words": kept.sum().clamp_min(1),
        "kept": kept.sum(),
        "places": target.numel(),
        "batch": max(1, target[..., 0].numel()),
        "rows": len(target),
        "words alone": (target != pad).sum(),
        "nothing": 1,
    }[average]
    return surprise.sum() / total


def _by_token(logits, target, pad):
    return F.cross_entropy(
        logits.flatten(0, -2), target.flatten(), ignore_index=pad, reduction="none"
    )


def _classes_last(logits, target, pad):
    return F.cross_entropy(logits, target, ignore_index=pad)


def _classes_by_view(logits, target, pad):
    mixed = logits.reshape(*target.shape[:-1], logits.shape[-1], target.shape[-1])
    return F.cross_entropy(mixed.flatten(0, -3), target.flatten(0, -2), ignore_index=pad)


def _whole_vocabulary(logits, target, pad):
    return -torch.log_softmax(logits, -1).mean()


def _logits_to_zero(logits, target, pad):
    logits = logits * (target != pad).unsqueeze(-1)
    return F.cross_entropy(logits.flatten(0, -2), target.flatten())


def _log_with_floor(logits, target, pad, *, floor):
    chosen = torch.softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -(chosen + floor)[target != pad].log().mean()


def _error_rate(logits, target, pad):
    kept = target != pad
    return ((logits.argmax(-1) != target) & kept).sum() / kept.sum()


def _squared(logits, target, pad):
    kept = target != pad
    wanted = F.one_hot(target, logits.shape[-1])
    return ((torch.softmax(logits, -1) - wanted) ** 2).sum(-1)[kept].mean()


def _pad_by_argmax(logits, target, pad):
    surprise = -torch.log_softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    kept = logits.argmax(-1) != pad
    return surprise[kept].mean()


def _pad_logit_hidden(logits, target, pad):
    hidden = torch.arange(logits.shape[-1]) == pad
    logits = logits.masked_fill(hidden, -1e4)
    return recurrent.sequence_loss(logits, target, pad)


def _smoothed(logits, target, pad):
    logits, target = logits.flatten(0, -2), target.flatten()
    return F.cross_entropy(logits, target, ignore_index=pad, label_smoothing=0.1)


def _log_of_mean(logits, target, pad):
    return -_mean_probability(logits, target, pad).log()


def _mean_probability(logits, target, pad):
    real = target != pad
    given = logits[real].softmax(-1).gather(1, target[real][:, None])
    return given.mean()


def _one_less_probability(logits, target, pad):
    return 1 - _mean_probability(logits, target, pad)


EXERCISE = Exercise(
    reference=recurrent.sequence_loss,
    points=2,
    cases=_cases,
    hints=(
        "The surprise at a word is −ln of the probability that the model gave to it. Average it "
        "over the words that are really there.",
        "`log_softmax` over the vocabulary, the last axis, then pick each target's entry. "
        "`F.cross_entropy` does both in one step, from logits.",
        "Places where target = pad add nothing to the sum, and they do not count in what you "
        "divide by. All sentences share one sum and one count.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "counted-padding",
            "counted the padding",
            "Predicting padding is no achievement: a model that only learned to pad would look "
            "good. Leave those places out of the sum and out of the count.",
            counts="everything",
        ),
        Mistake(
            "divided-places",
            "divided by all places, padding included",
            "The sum is right, the count is not: the same words in a longer batch would cost "
            "less. Divide by the number of real words.",
            average="places",
        ),
        Mistake(
            "averaged-sentence-first",
            "averaged each sentence first",
            "Then a word in a short sentence counts more than one in a long sentence. "
            "Every real word counts once.",
            average="sentences",
        ),
        Mistake(
            "averaged-sentence-first",
            "averaged each sentence first",
            "A sentence of padding alone is 0/0 then, and short sentences count too much. "
            "Every real word counts once.",
            average="sentences, 0/0",
        ),
        Mistake(
            "summed",
            "summed instead of averaging",
            "The loss grows with the size of the batch. Divide by the number of real words.",
            average="nothing",
        ),
        Mistake(
            "divided-number-sentences",
            "divided by the number of sentences",
            "The loss grows with the length of sentences. Divide by the number of real words.",
            {"average": "batch"},
            {"average": "rows"},
        ),
        Mistake(
            "applied-softmax-before-cross-entropy",
            "applied the softmax before the cross-entropy, which does it again",
            "`F.cross_entropy` takes logits. Probabilities between 0 and 1, sent through a second "
            "softmax, are nearly equal.",
            turn="softmax, then log softmax",
        ),
        Mistake(
            "forgot-logarithm",
            "forgot the logarithm",
            "You averaged probabilities. Surprise is −ln p: rare words cost much.",
            turn="softmax",
        ),
        Mistake(
            "forgot-softmax",
            "forgot the softmax",
            "Logits are no log-probabilities: the other words' scores must count too. "
            "`nll_loss` wants log-softmax first.",
            turn="nothing",
        ),
        Mistake(
            "took-exponentials-logarithm-one-after",
            "took exponentials and logarithm one after the other",
            "exp(1000) is infinite, exp(−1000) is 0, and ln 0 is −∞. Log and softmax in one step, "
            "or logsumexp, stay finite.",
            turn="softmax, then log",
        ),
        Mistake(
            "normalised-over-places",
            "normalised over the places, not over the vocabulary",
            "At each place the V tokens compete: the last axis.",
            over="time",
        ),
        Mistake(
            "normalised-over-batch",
            "normalised over the batch, not over the vocabulary",
            "At each place the V tokens compete: the last axis.",
            over="batch",
        ),
        Mistake(
            "kept-only-padding",
            "kept only the padding",
            "Your mask is the other way round: the real words are where target ≠ pad.",
            {"counts": "padding"},
            {"counts": "padding", "average": "kept"},
        ),
        Mistake(
            "ignored-token-0",
            "ignored token 0, whatever pad is",
            "`pad` is an argument. Another vocabulary pads with another number.",
            counts="not 0",
        ),
        Mistake(
            "ignored-token-1",
            "ignored token 1, whatever pad is",
            "`pad` is an argument. Another vocabulary pads with another number.",
            counts="not 1",
        ),
        Mistake(
            "measured-bits",
            "measured in bits",
            "The rule asks for the natural logarithm: nats, not bits.",
            unit="bits",
        ),
        Mistake(
            "took-logarithms-base-10",
            "took logarithms to base 10",
            "The rule asks for the natural logarithm, `torch.log`.",
            unit="tens",
        ),
        Mistake(
            "compared-place-next-target",
            "compared each place with the next target",
            "The inputs were shifted already: row t of the logits answers for target t.",
            place="next",
        ),
        Mistake(
            "compared-place-target-before",
            "compared each place with the target before",
            "The inputs were shifted already: row t of the logits answers for target t.",
            place="before",
        ),
        Mistake(
            "averaged-over-vocabulary",
            "averaged over the vocabulary, not at the target",
            "Only the token that should stand there counts. Pick its entry at each place.",
            _whole_vocabulary,
        ),
        Mistake(
            "set-padding-s-logits-0",
            "set the padding's logits to 0",
            "Logits of 0 are a guess like any other, and cost ln V. Leave those places out of "
            "the sum and of the count.",
            _logits_to_zero,
        ),
        Mistake(
            "took-exponentials-logarithm-one-after",
            "took exponentials and logarithm one after the other",
            "A small constant under the logarithm hides the problem: large surprises are cut "
            "off. Take log and softmax in one step.",
            *(
                partial(_log_with_floor, floor=floor)
                for floor in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            ),
        ),
        Mistake(
            "returned-one-loss-per-word",
            "returned one loss per word",
            "Training follows one number: the mean over all real words.",
            _by_token,
        ),
        Mistake(
            "left-vocabulary-last-axis",
            "left the vocabulary on the last axis",
            "`F.cross_entropy` expects the classes on axis 1. Flatten batch and places into one "
            "axis, or move the last axis.",
            _classes_last,
        ),
        Mistake(
            "moved-vocabulary-reshaping",
            "moved the vocabulary by reshaping",
            "Reshaping keeps the order of the numbers and mixes places with tokens. Flatten the "
            "axes before the last, or transpose.",
            _classes_by_view,
        ),
        Mistake(
            "counted-wrong-words",
            "counted wrong words",
            "The share of wrong words has no gradient to follow. Use the surprise.",
            _error_rate,
        ),
        Mistake(
            "measured-squared-errors",
            "measured squared errors",
            "The rule is the surprise −ln p at the target, not a squared distance.",
            _squared,
        ),
        Mistake(
            "looked-padding-prediction",
            "looked for padding in the prediction",
            "What is padding is said by the target, not by the model.",
            _pad_by_argmax,
        ),
        Mistake(
            "took-pad-token-out-vocabulary",
            "took the pad token out of the vocabulary",
            "The model may score every token. Padding is a matter of places: leave out those "
            "where target = pad.",
            _pad_logit_hidden,
        ),
        Mistake(
            "mean-probability",
            "left the logarithm out",
            "The surprise of a word is −ln p, not 1 − p.",
            _mean_probability,
            _one_less_probability,
        ),
        Mistake(
            "padding-in-the-sum",
            "left the padding in the sum",
            "It is not in the count, but in the sum: leave it out of both.",
            {"counts": "everything", "average": "words alone"},
        ),
        Mistake(
            "padding-over-words",
            "summed over the padding and divided by the words",
            "The mask is the other way round in the sum: the real words are where target ≠ pad.",
            {"counts": "padding", "average": "words alone"},
        ),
        Mistake(
            "sigmoid-first",
            "took a sigmoid before the cross-entropy",
            "`F.cross_entropy` takes logits as they are.",
            turn="sigmoid, then log softmax",
        ),
        Mistake(
            "label-smoothing",
            "smoothed the labels",
            "That is another loss, which also asks the other words to be likely. Asked is the "
            "surprise of the right one.",
            _smoothed,
        ),
        Mistake(
            "log-of-the-mean",
            "took the logarithm of the mean",
            "First the surprise of each word, −ln p, then the mean.",
            _log_of_mean,
        ),
    ),
    laws=(
        Law("the loss is one number", lambda result, *_: result.ndim == 0),
        Law("a mean surprise is never negative", lambda result, *_: bool(result >= 0)),
    ),
    sizes=lambda logits, target, pad: {
        "T": target.shape[-1],
        "V": logits.shape[-1],
        "B": target[..., 0].numel(),
        "n": int((target != pad).sum()),
    },
    verified="value and gradient, with any pad, sentences of padding alone, padding between words, "
    "one sentence and two batch axes, logits up to ±1000, float32 and float64",
)
