"""The lessons in order: number, slug, question, and the exercises each one grades."""

import difflib
from typing import NamedTuple


class Lesson(NamedTuple):
    """One lesson; its exercises are declared in `attncourse/checks/exercises`."""

    number: int
    slug: str
    question: str
    modules: tuple[str, ...]
    exercises: tuple[str, ...]

    @property
    def name(self) -> str:
        """File name without its ending, the same in notebooks/, exercises/ and solutions/."""
        return f"{self.number:02d}_{self.slug}"


LESSONS = (
    Lesson(
        0,
        "start",
        "How do I work through this course?",
        ("start",),
        ("swap_last_two", "shape_of_weights", "without_hidden"),
    ),
    Lesson(
        1,
        "database",
        "What is a query, a key, a value?",
        ("database",),
        (
            "exact_lookup",
            "nearest_lookup",
            "attend",
            "outputs_at_both_ends",
            "soft_lookup",
            "lookup_or_nothing",
        ),
    ),
    Lesson(
        2,
        "pooling",
        "What does a weighted average of values do?",
        ("pooling",),
        (
            "normalize",
            "softmax",
            "attention_pool",
            "gaussian_kernel",
            "nadaraya_watson",
            "leave_one_out",
            "softmax_jacobian",
            "regression_slope",
        ),
    ),
    Lesson(
        3,
        "scoring",
        "How well does a query fit a key?",
        ("scoring",),
        (
            "dot_score",
            "cosine_score",
            "bilinear_score",
            "additive_score",
            "distance_score",
            "descend",
            "lift",
        ),
    ),
    Lesson(
        4,
        "scaled_dot_product",
        "Why divide by √d_k, and what may a query attend to?",
        ("masks", "attention"),
        (
            "causal_mask",
            "padding_mask",
            "causal_and_padding",
            "masked_softmax",
            "scaled_dot_product_attention",
            "output_jacobian",
        ),
    ),
    Lesson(
        5,
        "tokens",
        "How does a sentence become vectors?",
        ("text",),
        (
            "pieces_of_there",
            "count_pairs",
            "merge_pair",
            "encode",
            "bits_per_character",
            "table_gradient",
        ),
    ),
    Lesson(
        6,
        "self_and_cross",
        "Where do Q, K and V come from?",
        ("projections", "convolution"),
        (
            "cross_attention_shapes",
            "self_attention",
            "cross_attention",
            "attend_to_padded",
            "convolution_weights",
            "gradient_of_W_q",
            "factor_bilinear",
        ),
    ),
    Lesson(
        7,
        "multi_head",
        "Why several heads?",
        ("multihead",),
        (
            "multi_head_numbers",
            "split_heads",
            "merge_heads",
            "heads_for_dog",
            "MultiHeadAttention",
            "heads_with_padding",
            "circuits",
            "read_the_weaker",
        ),
    ),
    Lesson(
        8,
        "positions",
        "How does attention learn order?",
        ("positions",),
        (
            "three_distances",
            "sinusoidal_encoding",
            "relative_bias",
            "alibi_bias",
            "shift_matrix",
            "rotate",
            "cached_scores",
            "to_halves",
        ),
    ),
    Lesson(
        9,
        "bottleneck",
        "What did attention fix?",
        ("recurrent",),
        (
            "shift_right",
            "sequence_loss",
            "loss_gradient",
            "context_vector",
            "exact_match",
            "greedy_decode",
        ),
    ),
    Lesson(
        10,
        "transformer",
        "How do the parts become a Transformer?",
        ("blocks",),
        (
            "layer_norm",
            "Block",
            "block_parameters",
            "DecoderBlock",
            "rate_at",
            "Transformer",
        ),
    ),
    Lesson(
        11,
        "gpt_and_bert",
        "What can a model learn from text alone?",
        ("generation",),
        (
            "next_token_loss",
            "next_token_gradient",
            "keep_likeliest",
            "generate",
            "mask_tokens",
            "hidden_token_loss",
            "GPT",
        ),
    ),
    Lesson(
        12,
        "hard_attention",
        "What if it must pick one?",
        ("hard",),
        (
            "argmax_attention",
            "expected_gradient",
            "reinforce_loss",
            "leave_one_out_baseline",
            "straight_through",
        ),
    ),
    Lesson(
        13,
        "vision_and_language",
        "Can words look at pictures?",
        ("vision.patches", "vision.contrast", "vision.captions"),
        (
            "picture_tokens",
            "patchify",
            "contrastive_loss",
            "contrast_gradient",
            "caption_probabilities",
            "CaptionDecoder",
        ),
    ),
    Lesson(
        14,
        "find_and_draw",
        "Can attention find things, and draw them?",
        ("vision.matching", "vision.detection", "vision.noise", "vision.diffusion"),
        (
            "finder_numbers",
            "match",
            "class_loss",
            "guided_noise",
            "guided_gaussian",
        ),
    ),
    Lesson(
        15,
        "efficient",
        "What does it cost, and how is it made cheap?",
        ("efficient", "kv_cache"),
        (
            "sliding_window_mask",
            "online_softmax_attention",
            "linear_attention",
            "cache_numbers",
            "newest_mask",
            "cached_step",
            "grouped_query_attention",
        ),
    ),
    Lesson(
        16,
        "reading_attention",
        "Does the map explain the model?",
        ("interpret",),
        (
            "attention_entropy",
            "rollout",
            "induction_score",
            "ablate_head",
            "removal_effect",
            "patch",
        ),
    ),
    Lesson(
        17,
        "modern",
        "What did today's models change?",
        ("modern", "reach", "project"),
        (
            "rms_norm",
            "softmax_with_sink",
            "sink_mask",
            "scaled_rope",
            "published_caches",
            "latent_attention",
            "delta_rule_step",
            "fit",
        ),
    ),
)


def find_lesson(text: str) -> Lesson:
    """Find a lesson by number ("4"), slug, file name or path; a ValueError names the choices."""
    stem = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].removesuffix(".ipynb")
    for lesson in LESSONS:
        if stem in (lesson.name, lesson.slug) or (stem.isdecimal() and int(stem) == lesson.number):
            return lesson
    choices = ", ".join(lesson.name for lesson in LESSONS)
    raise ValueError(f"no lesson is called {text!r}; the lessons are {choices}")


def find(text: str) -> tuple[Lesson, str]:
    """Find a lesson, or an exercise with its lesson; the exercise is "" for a whole lesson."""
    homes = {name: lesson for lesson in LESSONS for name in lesson.exercises}
    if text in homes:
        return homes[text], text
    near = difflib.get_close_matches(text, homes, n=1)
    try:
        return find_lesson(text), ""
    except ValueError:
        if near:
            raise ValueError(f"no exercise is called {text!r}; did you mean {near[0]!r}?") from None
        raise
