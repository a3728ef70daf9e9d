"""The detectors of lesson 14: trained when first asked for, with fixed steps and a seed."""

from jaxtyping import Float
from torch import Tensor

from attncourse.cache import trained_once
from attncourse.training import seeded, train
from attncourse.vision.detection import Detector
from attncourse.vision.handwriting import DIGITS
from attncourse.vision.learning import GRID, RECIPE
from attncourse.vision.matching import match, match_cost, match_several, set_loss
from attncourse.vision.patches import PictureEncoder
from attncourse.vision.scenes import SIZE, Scenes, scattered_scenes


def some_scenes(n: int, part: str = "train", *, seed: int = 0) -> Scenes:
    """Scatter one or two digits over each of n scenes."""
    return scattered_scenes(n, (1, 2), size=SIZE, grid=GRID, part=part, seed=seed)


@trained_once
def detector(*, reference: bool = True, several: int = 1, steps: int = 260, seed: int = 0):
    """Finds the digits of a scene, in about 8 s of CPU.

    Args:
        reference: whether its queries have reference points.
        several: how many queries learn to answer for each object; 1 is the Hungarian match.
    """
    scenes = some_scenes(4000, seed=seed)
    with seeded(seed):
        encoder = PictureEncoder(SIZE, GRID, 3, n_layers=1)
        model = Detector(encoder, len(DIGITS), reference=reference)

    def loss() -> Float[Tensor, ""]:
        batch = scenes.batch(32)
        logits, boxes = model(batch.images)
        objects = batch.digits, batch.boxes
        cost = match_cost(logits, boxes, *objects)
        if several == 1:
            return set_loss(logits, boxes, match(cost), *objects)
        again = [part.repeat_interleave(several, dim=1) for part in objects]
        return set_loss(logits, boxes, match_several(cost, several).flatten(1), *again)

    return model, lambda: train(model, loss, steps, seed=seed, **RECIPE)
