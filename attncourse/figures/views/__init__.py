"""Views: pictures that answer to mouse, touch and keyboard; one call shows one view.

    map(weights, queries=)           hover or focus a query to see its row as lines and bars, click
                                     to keep it; several at once; switch heads and layers
    play(keys, words=, query=)       drag a query among keys in the plane: score, scale, mask,
                                     exponentiate, normalise, sum, with all numbers; temperature
    average(values)                  three values in the plane and their weighted average, from
                                     one value to the mean of all
    kernel(x, y, bandwidth=, names=) kernel regression on points: drag the query, choose the kernel
                                     and its bandwidth
    clocks(speeds=)                  rotary positions: hands that turn; what depends on the
                                     distance only
    write(ask, vocabulary)           generation token by token with temperature, top-k and top-p on
                                     a model's logits; `.widget()` asks the model live
    translate(weights, source=, target=)   hover a word of a translation, see its alignment
    block(steps, token=)             one token's way through a Transformer block

A view computes in the browser, offline, without a kernel. Where scripts do not run (GitHub, paper,
a notebook that was not run here) its picture remains, with the same alt text.
"""

from attncourse.figures.views.maps import map, translate
from attncourse.figures.views.models import block, write
from attncourse.figures.views.planes import average, clocks, kernel, play
from attncourse.figures.views.shown import View

__all__ = ["View", "average", "block", "clocks", "kernel", "map", "play", "translate", "write"]
