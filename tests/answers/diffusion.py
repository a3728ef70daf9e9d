"""Answers to lesson 14's exercises on drawing, as students write them."""

import torch

# guided_noise: right


def noise_step(conditional, unconditional, scale):
    return unconditional + scale * (conditional - unconditional)


def noise_weights(conditional, unconditional, scale):
    return scale * conditional + (1 - scale) * unconditional


def noise_lerp(conditional, unconditional, scale):
    return torch.lerp(unconditional, conditional, scale)


def noise_from_the_words(conditional, unconditional, scale):
    return conditional + (scale - 1) * (conditional - unconditional)


def noise_stacked(conditional, unconditional, scale):
    weights = torch.tensor([scale, 1 - scale], dtype=conditional.dtype)
    return torch.einsum("w, w ... -> ...", weights, torch.stack((conditional, unconditional)))


# guided_noise: wrong


def noise_swapped(conditional, unconditional, scale):
    return (1 - scale) * conditional + scale * unconditional


def noise_away(conditional, unconditional, scale):
    return unconditional - scale * (conditional - unconditional)


def noise_paper(conditional, unconditional, scale):
    return (1 + scale) * conditional - scale * unconditional


def noise_kept(conditional, unconditional, scale):
    return scale * conditional + unconditional


def noise_scaled(conditional, unconditional, scale):
    return scale * conditional


def noise_unguided(conditional, unconditional, scale):
    return conditional


def noise_without_words(conditional, unconditional, scale):
    return unconditional


def noise_difference(conditional, unconditional, scale):
    return scale * (conditional - unconditional)


# guided_gaussian: right


def gauss_precisions(mean, variance, mean_all, variance_all, scale):
    precision = scale / variance + (1 - scale) / variance_all
    return (
        scale * mean / variance + (1 - scale) * mean_all / variance_all
    ) / precision, 1 / precision


def gauss_fractions(mean, variance, mean_all, variance_all, scale):
    below = scale * variance_all + (1 - scale) * variance
    above = scale * mean * variance_all + (1 - scale) * mean_all * variance
    return above / below, variance * variance_all / below


def gauss_weighted(mean, variance, mean_all, variance_all, scale):
    guided = (scale / variance + (1 - scale) / variance_all).reciprocal()
    share = scale * guided / variance
    return share * mean + (1 - share) * mean_all, guided


def gauss_stacked(mean, variance, mean_all, variance_all, scale):
    w = torch.tensor([scale, 1 - scale], dtype=mean.dtype).view(2, *[1] * mean.ndim)
    means, precisions = torch.stack((mean, mean_all)), 1 / torch.stack((variance, variance_all))
    total = (w * precisions).sum(0)
    return (w * precisions * means).sum(0) / total, 1 / total


def gauss_parabola(mean, variance, mean_all, variance_all, scale):
    a = -scale / (2 * variance) - (1 - scale) / (2 * variance_all)
    b = scale * mean / variance + (1 - scale) * mean_all / variance_all
    return -b / (2 * a), -1 / (2 * a)


# guided_gaussian: wrong


def gauss_averaged(mean, variance, mean_all, variance_all, scale):
    return (
        scale * mean + (1 - scale) * mean_all,
        scale * variance + (1 - scale) * variance_all,
    )


def gauss_plain_mean(mean, variance, mean_all, variance_all, scale):
    _, guided = gauss_precisions(mean, variance, mean_all, variance_all, scale)
    return scale * mean + (1 - scale) * mean_all, guided


def gauss_words_only(mean, variance, mean_all, variance_all, scale):
    return mean, variance / scale


def gauss_swapped(mean, variance, mean_all, variance_all, scale):
    return gauss_precisions(mean, variance, mean_all, variance_all, 1 - scale)


def gauss_deviation(mean, variance, mean_all, variance_all, scale):
    found, guided = gauss_precisions(mean, variance, mean_all, variance_all, scale)
    return found, guided.sqrt()


def gauss_inverse(mean, variance, mean_all, variance_all, scale):
    found, guided = gauss_precisions(mean, variance, mean_all, variance_all, scale)
    return found, 1 / guided


RIGHT = {
    "guided_noise": [
        noise_step,
        noise_weights,
        noise_lerp,
        noise_from_the_words,
        noise_stacked,
    ],
    "guided_gaussian": [
        gauss_precisions,
        gauss_fractions,
        gauss_weighted,
        gauss_stacked,
        gauss_parabola,
    ],
}

WRONG = {
    "guided_noise": [
        (noise_swapped, "wrong way round"),
        (noise_away, "away from the words"),
        (noise_paper, "as the paper does"),
        (noise_kept, "full weight"),
        (noise_scaled, "with words alone"),
        (noise_unguided, "with words as it is"),
        (noise_without_words, "without words"),
        (noise_difference, "step alone"),
    ],
    "guided_gaussian": [
        (gauss_averaged, "averaged means and variances"),
        (gauss_plain_mean, "without their precisions"),
        (gauss_words_only, "as it came"),
        (gauss_swapped, "swapped the weights"),
        (gauss_deviation, "standard deviation"),
        (gauss_inverse, "precision"),
    ],
}
