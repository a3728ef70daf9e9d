"""What the exercises share that assemble a model: it is probed fresh, and trained if all is well.

A probe is a number that the check measures of a model; its law says between which bounds a right
model's lies. The bounds are the case's first argument, so that nobody waits for the training of a
model that a probe refuses already.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from attncourse.checks.engine.exercise import Finding, Law

# Distances between two results, in units of what rounding may move.
SAME, MOVED = (0.0, 1.0), (1.0, 1e30)
NONE, SOME = (0.0, 0.0), (1.0, 1e30)


@dataclass(frozen=True)
class Probe:
    """What is measured under the name `id`, its bounds, the law, and what to say if it is broken.

    A probe that was not measured, because an earlier one failed, says nothing.
    """

    id: str
    bounds: tuple[float, float]
    law: str
    name: str
    why: str

    def as_law(self) -> Law:
        """The same for the engine, which knows laws."""
        return Law(self.law, self._holds, Finding(self.id, self.name, self.why))

    def _holds(self, told, *given) -> bool:
        least, most = self.bounds
        return self.id not in told or least <= told[self.id] <= most


def laws_of(probes: Iterable[Probe]) -> tuple[Law, ...]:
    """The laws of an exercise; the first that is broken is told."""
    return tuple(probe.as_law() for probe in probes)


def bounds_of(probes: Iterable[Probe]) -> dict[str, tuple[float, float]]:
    """What a case tells the function that measures."""
    return {probe.id: probe.bounds for probe in probes}


def before_its_own(token: str) -> tuple[Probe, ...]:
    """Probes of any decoder that come first; it reads one `token` after the other."""
    return (
        Probe(
            "logits-shape",
            SOME,
            "the logits are (B, T, vocab_size)",
            "returned something else than logits, (B, T, vocab_size)",
            f"Calling the model returns one row of vocab_size scores for each {token}, and "
            "nothing else: a block's weights are not asked for.",
        ),
        Probe(
            "not-finite",
            NONE,
            "all logits are numbers",
            "produced NaN or infinity",
            "Something overflows, or is divided by zero, or a row is masked everywhere.",
        ),
        Probe(
            "returned-probabilities",
            MOVED,
            "the scores are logits",
            "returned probabilities",
            "The loss contains the softmax already: return the scores before it.",
        ),
        Probe(
            "changes-between-calls",
            SAME,
            "the same text gets the same logits",
            "gave the same text other logits the second time",
            "In evaluation nothing is random and nothing is kept between calls: look for "
            "dropout that is left on, or a counter.",
        ),
        Probe(
            "future-leaks",
            SAME,
            f"changing the last {token} changes no row before it",
            "let the future leak into the past",
            f"A row changed with a {token} that comes after it. Give every block the causal mask.",
        ),
    )


def after_its_own(token: str) -> tuple[Probe, ...]:
    """Probes of any decoder that come last, before it is trained."""
    return (
        Probe(
            "no-positions",
            MOVED,
            f"the last row changes where two earlier {token}s change places",
            f"left out the positions of the {token}s",
            "Attention reads a set (lesson 08): one block gave the same answer for another order "
            f"of the {token}s. Add a vector for each position to the {token}s' vectors.",
        ),
        Probe(
            "layers-not-counted",
            SOME,
            "a model of two layers has more parameters than one of one layer",
            "made the same number of blocks whatever n_layers says",
            "Make n_layers blocks, and keep them in an nn.ModuleList, where the optimiser finds "
            "their parameters.",
        ),
        Probe(
            "unused-parameters",
            NONE,
            "every parameter has a gradient",
            "left parameters without any part in the result",
            "Does each block get what the block before it returned?",
        ),
    )


def learns(token: str, bounds: tuple[float, float], law: str) -> Probe:
    """What the trained model must reach."""
    return Probe(
        "learns-too-little",
        bounds,
        law,
        "built a model that learns too little",
        f"Everything else is in order. Is there a last norm? Do the vectors of {token}s and "
        "positions begin small, and alike in size?",
    )
