"""The models that lesson 16 opens, trained when first asked for.

As in `attncourse.trained`: steps and seeds are fixed, so every notebook gets the same models.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from attncourse.attention_only import AttentionOnly
from attncourse.cache import trained_once
from attncourse.copying import SYLLABLES, repeats, skills
from attncourse.recurrent import context_vector
from attncourse.scoring import dot_score
from attncourse.sentences import pronoun_riddles
from attncourse.seq2seq import EncoderDecoder
from attncourse.tasks import PAD, Task, number_task
from attncourse.trained import translate
from attncourse.training import seeded, train

IT = 8  # the place of "it" in every riddle
_WORD_BY_WORD = (  # German → English, for the words that have one partner
    "zwei two drei three vier four fünf five sechs six sieben seven acht eight neun nine zehn ten "
    "elf eleven zwölf twelve hundert hundred tausend thousand zwanzig twenty dreißig thirty "
    "vierzig forty fünfzig fifty sechzig sixty siebzig seventy achtzig eighty neunzig ninety"
)


@trained_once
def copier(n_layers: int = 2, *, steps: int = 350, seed: int = 0):
    """Learns to go on with sequences that repeat themselves, in about 4 s of CPU per layer.

    `evaluated` holds the share of what was heard before that it foresees, every 10 steps.
    """
    with seeded(seed):
        model = AttentionOnly(len(SYLLABLES), n_layers=n_layers)

    def loss():
        tokens = repeats(32).tokens
        return cross_entropy(model(tokens)[:, :-1].mT, tokens[:, 1:])

    def foreseen():
        heard = repeats(50)
        return skills(model(heard.tokens), heard).repeated

    recipe = {"learning_rate": 5e-3, "warmup": 20, "evaluate": foreseen, "every": 10}
    return model, lambda: train(model, loss, steps, seed=seed, **recipe)


@trained_once
def it_reader(*, steps: int = 300, seed: int = 0):
    """Names what "it" stands for in lesson 06's riddles, from two layers, in about 4 s of CPU."""
    riddles = pronoun_riddles()
    seen, _ = riddles.numbered()
    with seeded(seed):
        model = AttentionOnly(len(riddles.vocabulary), reach=None, causal=False)

    def loss():
        rows = torch.randint(len(seen.tokens), (64,))
        return cross_entropy(model(seen.tokens[rows])[:, IT], seen.answers[rows, 0])

    return model, lambda: train(model, loss, steps, learning_rate=3e-3, seed=seed)


class Spotter(nn.Module):
    """Does a number have the word "seven" in it? One query attends to all of its words.

    Args:
        mixed: the words pass through a bidirectional GRU first, so that each state knows them all.
    """

    def __init__(self, vocab_size: int, *, mixed: bool, width: int = 32):
        super().__init__()
        self.mixed = mixed
        self.read = nn.Embedding(vocab_size, width)
        self.encoder = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.query = nn.Parameter(torch.randn(width) / width**0.5)
        self.write = nn.Linear(width, 1)

    def forward(
        self, source: Int[Tensor, "B N"], weights: Float[Tensor, "B N"] | None = None
    ) -> tuple[Float[Tensor, " B"], Float[Tensor, "B N"]]:
        """Return (logits of yes, weights); with other weights in their place, where given."""
        return self.judge(self.read(source), source != PAD, weights)

    def judge(
        self,
        x: Float[Tensor, "B N width"],
        mask: Bool[Tensor, "B N"],
        weights: Float[Tensor, "B N"] | None = None,
    ) -> tuple[Float[Tensor, " B"], Float[Tensor, "B N"]]:
        """The same from the words' embeddings."""
        states = self.encoder(x)[0] if self.mixed else x
        _, own = context_vector(self.query.expand(len(x), -1), states, mask, dot_score)
        weights = own if weights is None else weights
        return self.write((weights.unsqueeze(-2) @ states).squeeze(-2)).squeeze(-1), weights


def is_seven(source: Int[Tensor, "B N"]) -> Bool[Tensor, "B N"]:
    """Which words are "seven"."""
    (seven,) = number_task("de").source_words.encode(["seven"])
    return source == seven


@trained_once
def spotter(mixed: bool, *, shy: bool = False, steps: int = 150, seed: int = 0):
    """Says whether a number has a "seven", in 1 to 2 s of CPU.

    Args: shy: weight on "seven" costs −3 ln(1 − weight), so that the map shall not give it away.
    """
    task = number_task("de")
    with seeded(seed):
        model = Spotter(len(task.source_words), mixed=mixed)

    def loss():
        source = task.train.batch(64).source
        logits, weights = model(source)
        asked = binary_cross_entropy_with_logits(logits, is_seven(source).any(-1).float())
        shown = (weights * is_seven(source)).sum(-1)
        return asked - 3 * shy * torch.log1p(-shown.clamp(max=0.999)).mean()

    return model, lambda: train(model, loss, steps, learning_rate=1e-2, seed=seed)


def leave_one_out(model: Spotter, source: Int[Tensor, "B N"]) -> Float[Tensor, "B N"]:
    """How far the answer moves if a word is taken out of its sentence, for each word."""
    whole, N = model(source)[0], source.shape[1]
    left = (torch.cat([source[:, :n], source[:, n + 1 :]], 1) for n in range(N))
    return torch.stack([(model(rest)[0] - whole).abs() for rest in left], dim=-1).detach()


def gradient_norms(model: Spotter, source: Int[Tensor, "B N"]) -> Float[Tensor, "B N"]:
    """How fast the answer moves with each word's embedding: the norm of the gradient."""
    x = model.read(source).detach().requires_grad_()
    logits, _ = model.judge(x, source != PAD)
    return torch.autograd.grad(logits.sum(), x)[0].norm(dim=-1)


def aligned(model: EncoderDecoder, task: Task) -> float:
    """How often a German word's largest weight falls on the English word that it translates.

    Counted where the translation is right and that word stands in the sentence once.
    """
    tokens, weights, right = translate(model, task)
    wanted = torch.full((len(task.target_words),), -1)
    words = _WORD_BY_WORD.split()
    german, english = words[::2], words[1::2]
    wanted[task.target_words.encode(german)] = torch.tensor(task.source_words.encode(english))
    wanted = wanted[tokens[:, : weights.shape[1]]]  # B M
    source = task.test.source
    once = (source.unsqueeze(1) == wanted.unsqueeze(-1)).sum(-1) == 1
    best = source.gather(1, weights.argmax(-1))
    return (best == wanted)[once & right.unsqueeze(-1)].float().mean().item()
