"""Pictures: one call draws one figure from the lesson's data; `help(figures)` is the catalogue.

Each function gives a `Picture`: as the last line of a cell it is shown, as a vector drawing with a
description (`alt`) made from its data. All take `title=` (the finding; none under a prediction)
and `alt=` (only where you can say it better).

The attention itself
    flow(part, numbers)           the map of the course with this lesson's part highlighted: where
                                  a part enters, and again in the recap
    row_by_row(steps, keys=)      one query's row: score, scale, mask, exponentiate, normalise, sum
    attention_map(weights)        weights, scores or any matrix as coloured cells; several panels
                                  on one scale: {title: weights}
    token_lines(weights, …)       a line from query to key, as strong as its weight: who attends
                                  to whom in a sentence
    arrows(vectors, query=)       vectors of two numbers; compare="dot", "cosine", "distance"
    matrix_blocks("Q: M × d_k", "@", …)   a matrix equation: which sides must agree

Numbers
    curves(x, lines, …)           numbers over x; of several seeds the median and the spread
    bars(values, xlabel=)         one number for each name, or one for each seed
    scatter(points, …)            points of the plane, as large as their weights; groups; marks

Words and images
    token_rows(rows)              a text and the pieces that each tokenizer makes of it
    merge_tree(word, merges)      how byte-pair encoding joins characters into tokens
    lookup_rows(tokens, ids, X)   text → tokens → token ids → rows of the embedding table
    token_sum(tokens, parts)      what is added up to make each token's vector
    clocks(speeds, positions)     pairs of numbers as hands that turn with the position
    image_strip(images)           small images with captions, weights over patches, boxes

Models
    architecture(model)           towers of layers with their residual streams: encoder,
                                  encoder-decoder, gpt, bert, vit, captioner, detr, diffusion
    multi_head(n_heads)           inside of multi-head attention
    recurrent(source, target)     an RNN translator: through one vector, or with weights=
                                  attending to all states
    paths(n_tokens)               steps between two tokens: recurrent, convolution, self-attention

    beside(picture, picture)      pictures side by side

`figures.views` holds pictures that answer to mouse, touch and keyboard: `help(figures.views)`.

Colours: `ink.WORDS` gives each word of the running example its own in all pictures. Weights go
from nothing (0) to blue (1, or a stated limit); signed numbers are purple above 0 and orange
below; forbidden cells are hatched grey. Queries go down and keys across.
"""

from attncourse.figures.architecture import architecture
from attncourse.figures.bars import bars
from attncourse.figures.flow import flow
from attncourse.figures.inside import multi_head, paths, token_sum
from attncourse.figures.lines import curves
from attncourse.figures.links import token_lines
from attncourse.figures.lookup_rows import lookup_rows
from attncourse.figures.maps import attention_map
from attncourse.figures.picture import Picture, beside
from attncourse.figures.pieces import token_rows
from attncourse.figures.points import scatter
from attncourse.figures.products import matrix_blocks
from attncourse.figures.recurrences import recurrent
from attncourse.figures.rows import row_by_row
from attncourse.figures.strips import image_strip
from attncourse.figures.trees import merge_tree
from attncourse.figures.turns import clocks
from attncourse.figures.vectors import arrows

__all__ = [
    "Picture",
    "architecture",
    "arrows",
    "attention_map",
    "bars",
    "beside",
    "clocks",
    "curves",
    "flow",
    "image_strip",
    "lookup_rows",
    "matrix_blocks",
    "merge_tree",
    "multi_head",
    "paths",
    "recurrent",
    "row_by_row",
    "scatter",
    "token_lines",
    "token_rows",
    "token_sum",
]
