"""Every quantitative claim of a lesson, recomputed: `make claims` prints what came out.

One file per lesson, named after its slug. A claim is a small function that measures once for a
seed, and returns the value that the lesson speaks of, or (value, control): what the same
measurement gives for the baseline, or with the cause taken out.

    @claim(
        "unscaled attention finds only a third of the halves",  # words that stand in the lesson
        holds=lambda unscaled, scaled: unscaled < scaled - 0.2,
        beside="scaled",
        shown=".0%",
    )
    def halves_found(seed):
        return found(scale=1.0, seed=seed), found(scale=32.0, seed=seed)

It runs on three seeds, or on those given; where nothing is drawn, `exact="why"` says so and it
runs once. The claim holds if `holds` does for every seed. `GIVEN` in the same file lists the
numbers that a lesson states and does not compute, each with its source:

    GIVEN = {"65504": "IEEE 754, binary16: its largest number"}
"""

from tests.claims.record import Claim, claim, claims_of, given_by

__all__ = ["Claim", "claim", "claims_of", "given_by"]
