"""Figures: what they draw, what they say, and that both can be read on paper and in the dark."""

import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from attncourse import figures
from attncourse.data import running_example
from attncourse.figures import ink
from attncourse.figures.axes import spread, thinned
from attncourse.figures.lettering import markup, number

EXAMPLE = running_example()
WORDS, KEYS, VALUES, QUERY = EXAMPLE.words, EXAMPLE.keys, EXAMPLE.values, EXAMPLE.query
SCORES = KEYS @ QUERY
WEIGHTS = np.exp(SCORES) / np.exp(SCORES).sum()
OUTPUT = WEIGHTS @ VALUES
TABLE = np.array([[0.2, 0.3, 0.5], [0.0, 0.6, 0.4]])

EVERY = {
    "flow": lambda **o: figures.flow("scoring", {"keys": KEYS, "scores": SCORES}, words=WORDS, **o),
    "row_by_row": lambda **o: figures.row_by_row({"weight": WEIGHTS}, keys=WORDS, **o),
    "attention_map": lambda **o: figures.attention_map(TABLE, keys=["x", "y", "z"], **o),
    "token_lines": lambda **o: figures.token_lines(TABLE, queries="ab", keys="xyz", **o),
    "curves": lambda **o: figures.curves([1, 2], {"a": [3, 4]}, xlabel="x", ylabel="y", **o),
    "bars": lambda **o: figures.bars({"a": 0.25, "b": [0.5, 0.75]}, xlabel="share", **o),
    "scatter": lambda **o: figures.scatter([[1, 2], [3, 4]], xlabel="x", ylabel="y", **o),
    "arrows": lambda **o: figures.arrows({"dog": [3, 1]}, query=[1, 1], compare="dot", **o),
    "matrix_blocks": lambda **o: figures.matrix_blocks("Q: M × d_k", sizes={"M": 3, "d_k": 2}, **o),
    "image_strip": lambda **o: figures.image_strip(np.zeros((2, 8, 8)), captions=[4, 7], **o),
    "merge_tree": lambda **o: figures.merge_tree("low", [("l", "o"), ("lo", "w")], **o),
    "token_rows": lambda **o: figures.token_rows({"words": ["the", " dog"]}, **o),
    "lookup_rows": lambda **o: figures.lookup_rows(["a", " b"], [0, 1], [[1, 2], [3, 4]], **o),
    "clocks": lambda **o: figures.clocks([1.0, 0.1], [0, 2], **o),
    "multi_head": lambda **o: figures.multi_head(2, **o),
    "recurrent": lambda **o: figures.recurrent("ab", "xy", weights=np.eye(2), **o),
    "paths": lambda **o: figures.paths(5, **o),
    "token_sum": lambda **o: figures.token_sum(["[CLS]", "dog"], {"position": [0, 1]}, **o),
    "architecture": lambda **o: figures.architecture("gpt", **o),
}


def written(picture) -> str:
    """All letters of a drawing, in one line."""
    return " ".join("".join(text.itertext()) for text in drawn(picture, "text"))


def drawn(picture, tag: str) -> list:
    """All elements of a kind; what they share with their group is written to each."""
    found = []

    def walk(node, shared):
        given = {**shared, **node.attrib}
        if node.tag.endswith(f"}}{tag}"):
            node.attrib = given
            found.append(node)
        inherited = {name: given[name] for name in given if name not in ("transform", "width")}
        for child in node:
            walk(child, inherited)

    walk(ElementTree.fromstring(picture.svg), {})
    return found


def luminance(colour: str, *, dark: bool = False) -> float:
    """Relative luminance of a colour on paper, or as the dark page's filter shows it."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    if dark:
        rgb = 0.933 - rgb * (2 * 0.933 - 1)
        grey = np.array([0.213, 0.715, 0.072])
        rgb = np.clip(2 * (rgb @ grey) - rgb, 0, 1)  # hue-rotate(180deg), W3C filter effects
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str, **options) -> float:
    low, high = sorted((luminance(one, **options), luminance(other, **options)))
    return (high + 0.05) / (low + 0.05)


def test_the_catalogue_names_every_drawing_function():
    functions = [name for name in figures.__all__ if name != "Picture"]
    assert {*EVERY, "beside"} == set(functions)
    assert all(f"\n    {name}(" in figures.__doc__ for name in functions)


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_one_image_whose_description_is_in_the_page(name):
    shown = EVERY[name](title="A finding")._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}
    (image,) = re.findall(
        r'<img [^>]*?alt="([^"]*)" width="\d+" src="data:image/svg\+xml;base64,([^"]*)">',
        shown["text/html"],
    )
    assert unescape(image[0]) == shown["text/plain"]
    assert shown["text/plain"].startswith("A finding")
    ElementTree.fromstring(b64decode(image[1]))


@pytest.mark.parametrize("name", EVERY)
def test_the_same_data_give_the_same_bytes(name):
    assert EVERY[name]() == EVERY[name]()


@pytest.mark.parametrize("name", EVERY)
def test_alt_text_can_be_replaced_and_the_title_is_drawn(name):
    picture = EVERY[name](title="A finding", alt="In other words")
    assert picture.alt == "In other words"
    assert written(picture).startswith("A finding")


@pytest.mark.parametrize("name", EVERY)
def test_all_text_can_be_read_on_paper_and_in_the_dark(name):
    colours = {text.get("fill", ink.INK) for text in drawn(EVERY[name](title="t"), "text")}
    for colour in colours - {ink.PAPER, ink.BLACK}:
        assert contrast(colour, ink.PAPER) >= 4.5
        assert contrast(colour, ink.PAPER, dark=True) >= 4.5


def test_every_colour_of_a_word_can_be_read_on_paper_in_the_dark_and_on_a_tint():
    for colour in [*ink.WORDS.values(), *ink.TEXT.values(), ink.MUTED]:
        for ground in (ink.PAPER, ink.TINT):
            assert contrast(colour, ground) >= 4.5, colour
            assert contrast(colour, ground, dark=True) >= 4.5, colour


def shaded(colour: str, strength: float) -> str:
    """The colour of a cell on paper."""
    rgb = [255 + strength * (int(colour[at : at + 2], 16) - 255) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part):02x}" for part in rgb)


@pytest.mark.parametrize("colour", [ink.WEIGHT, ink.POSITIVE, ink.NEGATIVE])
@pytest.mark.parametrize("dark", [False, True])
def test_a_number_can_be_read_on_every_shade(colour, dark):
    for strength in np.linspace(0, 1, 101):
        style = ink.on_shade(strength, colour)
        ground = style.get("stroke", shaded(colour, strength))
        assert contrast(style["colour"], ground, dark=dark) >= 4.5, strength


def test_a_dark_page_shows_white_paper_in_its_own_colour():
    assert luminance("#ffffff", dark=True) == pytest.approx(luminance("#111111"), abs=1e-3)
    assert ink.DARK_FILTER in EVERY["bars"]().html


def test_a_map_says_and_writes_its_numbers():
    picture = figures.attention_map(TABLE, queries=["a", "b"], keys=["x", "y", "z"])
    assert picture.alt == (
        "Map of 2 queries by 3 keys, weight from 0 to 0.6. "
        "Largest in each row: a → z 0.5, b → y 0.6."
    )
    assert all(f" {cell}" in written(picture) for cell in ("0.2", "0.3", "0.5", "0.6", "0.4"))


def test_weights_are_as_strong_as_they_are_large():
    cells = drawn(figures.attention_map([[0.25, 0.5], [1.0, 0.75]], numbers=False), "rect")
    strength = [cell.get("fill-opacity") for cell in cells if cell.get("fill") == ink.WEIGHT]
    assert strength[:4] == [".25", ".50", "1.00", ".75"]


def test_all_panels_share_one_scale():
    picture = figures.attention_map({"one": [[2.0, -8.0]], "two": [[4.0, 0.0]]}, signed=True)
    cells = [c for c in drawn(picture, "rect") if float(c.get("width", 0)) == 40]
    assert [(c.get("fill"), c.get("fill-opacity")) for c in cells] == [
        (ink.POSITIVE, ".25"),
        (ink.NEGATIVE, "1.00"),
        (ink.POSITIVE, ".50"),
    ]


def test_forbidden_cells_are_hatched_and_counted():
    picture = figures.attention_map(np.full((3, 3), 1 / 3), mask=np.tri(3, dtype=bool))
    assert "3 of 9 cells are forbidden" in picture.alt
    assert (
        len([rect for rect in drawn(picture, "rect") if rect.get("fill") == "url(#hatched)"]) == 3
    )


def test_tokens_are_named_up_to_16():
    few, many = (figures.attention_map(np.zeros((n, n)), keys=["word"] * n) for n in (16, 17))
    assert written(few).count("word") == 16
    assert "word" not in written(many)


def test_a_large_map_stays_small():
    assert (
        len(figures.attention_map(np.random.default_rng(0).dirichlet(np.ones(256), 256)).html)
        < 150_000
    )


def test_words_of_the_running_example_keep_their_colours():
    picture = figures.attention_map(KEYS @ KEYS.T, queries=WORDS, keys=WORDS, signed=True)
    named = {"".join(t.itertext()): t.get("fill", ink.INK) for t in drawn(picture, "text")}
    assert {word: named[word] for word in WORDS} == {word: ink.word_colour(word) for word in WORDS}
    assert named["dog"] != named["cat"]
    assert named["and"] == ink.INK


def test_curves_say_where_they_start_turn_and_end():
    picture = figures.curves([1, 2, 3], {"a": [5, 9, 6]}, xlabel="steps", ylabel="loss")
    assert picture.alt == "loss over steps, 1 to 3. a: from 5 to 6, highest 9 at 2."


def test_curves_of_several_seeds_say_their_spread():
    picture = figures.curves([1, 2], {"a": [[1, 2], [3, 4], [1, 9]]}, xlabel="x", ylabel="y")
    assert "a: from 1 to 4 (median of 3 seeds; at the end 2 to 9)" in picture.alt
    assert len(drawn(picture, "polygon")) == 1


def test_curves_differ_in_colour_and_in_style():
    lines = {name: [1, i] for i, name in enumerate("abcdefg")}
    found = drawn(figures.curves([1, 2], lines, xlabel="x", ylabel="y"), "polyline")[1:]
    assert len({line.get("stroke") for line in found}) == 7
    assert len({line.get("stroke-dasharray") for line in found}) == 7


def test_curves_are_drawn_where_their_numbers_are():
    picture = figures.curves([0, 10, 20], {"a": [0, 5, 0]}, xlabel="x", ylabel="y", ylim=(0, 5))
    (line,) = [p for p in drawn(picture, "polyline") if p.get("stroke") == ink.BLUE]
    points = np.array([point.split(",") for point in line.get("points").split()], dtype=float)
    below = [t for t in drawn(picture, "text") if t.get("text-anchor") == "middle"]
    ticks = {"".join(t.itertext()): t for t in below}
    assert points[:, 0] == pytest.approx([float(ticks[x].get("x")) for x in ("0", "10", "20")])
    for sheet in drawn(picture, "svg")[1:]:
        place = [float(sheet.get(side)) for side in ("x", "y", "width", "height")]
        assert [float(number) for number in sheet.get("viewBox").split()] == place


def test_thinning_moves_no_curve():
    x = np.linspace(0, 600, 400)
    y = 20 * np.sin(x / 40)
    kept = thinned(np.stack([x, y], axis=1))
    assert len(kept) < 120
    assert np.abs(np.interp(x, *kept.T) - y).max() < 0.15


def test_names_at_the_end_are_moved_apart_but_keep_their_order():
    places = spread([10, 10, 100, 12], 16)
    assert np.diff(sorted(places)).min() >= 16 - 1e-9
    assert np.argsort(places, kind="stable").tolist() == [0, 1, 3, 2]
    assert places[2] == 100


def test_a_query_row_says_every_step():
    steps = {"score": SCORES, "weight": WEIGHTS}
    picture = figures.row_by_row(steps, keys=WORDS, values=VALUES, output=OUTPUT, query="barked")
    assert "dog 4" in picture.alt
    assert f"dog {number(WEIGHTS[1])}" in picture.alt
    assert f"Output: ({number(OUTPUT[0])}, {number(OUTPUT[1])})" in picture.alt


def test_the_map_of_the_course_highlights_what_is_new():
    alt = figures.flow("positions", {"weights": WEIGHTS}, words=WORDS, query="barked").alt
    assert "New here: embeddings + positions" in alt
    assert f"dog {number(WEIGHTS[1])}" in alt


@pytest.mark.parametrize("part", figures.flow.__globals__["PARTS"])
def test_every_part_of_the_map_is_drawn_with_what_is_new(part):
    picture = figures.flow(part)
    new = figures.flow.__globals__["PARTS"][part].new
    drawn_words = written(picture).replace("\u200b", "").replace(" ", "")
    for name in new:
        if name not in ("scaled", "masked"):
            assert name.replace("_", "").replace(" ", "") in drawn_words


def test_arrows_rank_keys_by_the_score():
    animals = dict(zip(("dog", "cat"), KEYS[[1, 4]], strict=True))
    alt = figures.arrows(animals, query=QUERY, compare=["dot", "distance"]).alt
    assert "Dot product with the query: dog 4, cat 2." in alt
    assert "Minus the distance with the query: cat −1.41, dog −2." in alt


def test_a_ranking_stands_below_each_comparison():
    animals = dict(zip(("dog", "cat"), KEYS[[1, 4]], strict=True))
    said = written(figures.arrows(animals, query=QUERY, compare=["dot", "distance"]))
    assert "1. dog 4 2. cat 2" in said
    assert "1. cat −1.41 2. dog −2" in said


def test_a_merge_has_its_place_in_the_whole_list():
    assert "Merge 2: o + w" in figures.merge_tree("low", [("x", "y"), ("o", "w")]).alt


def test_matrices_have_letters_only_once_they_are_taught():
    assert "Wv" not in written(figures.flow("tokens")).replace("\u200b", "")
    assert "Wv" in written(figures.flow("projections")).replace("\u200b", "")


def test_exponentials_stand_beside_their_sum():
    said = written(figures.row_by_row({"exp": [1.0, 2.5]}, keys="ab"))
    assert "sum 3.5" in said


def test_bars_show_what_to_compare_with():
    assert (
        "Line at 0.1: guessing" in figures.bars({"a": 1}, xlabel="", levels={"guessing": 0.1}).alt
    )


def test_a_closed_line_is_an_area_and_has_no_name():
    corners = [[0, 0], [1, 0], [0, 1], [0, 0]]
    picture = figures.scatter([[0, 0]], xlabel="", ylabel="", lines={"hull": corners})
    assert "hull" not in written(picture)


def test_a_dot_marks_the_lowest_or_every_number():
    found = [
        len(
            drawn(
                figures.curves([1, 2, 3], {"a": [3, 1, 2]}, xlabel="", ylabel="", dots=dots),
                "circle",
            )
        )
        for dots in ("lowest", "all")
    ]
    assert found == [1, 3]


def test_a_tree_joins_in_the_order_of_the_merges():
    alt = figures.merge_tree("lowest", [("e", "s"), ("l", "o"), ("es", "t"), ("x", "y")]).alt
    assert "Merge 1: e + s. Merge 2: l + o. Merge 3: es + t." in alt
    assert alt.endswith("Tokens at the end: lo, w, est.")


def test_pictures_beside_each_other_say_both():
    picture = figures.beside(EVERY["bars"](), EVERY["merge_tree"](), title="Both")
    assert picture.alt == f"Both. {EVERY['bars']().alt} {EVERY['merge_tree']().alt}"


def test_pictures_beside_each_other_stand_in_equal_rows():
    four = [figures.scatter([[0, 0]], xlabel="", ylabel="", width=230) for _ in range(4)]
    assert figures.beside(*four).width < 2.3 * 230
    assert figures.beside(*four[:3]).width > 3 * 230


def test_numbers_are_short_and_minus_is_a_minus():
    given = [0, 0.5, -1.0, 1234.5678, 0.56789, 1e-9, 12345.6, -0.001]
    assert [number(x) for x in given] == [
        "0",
        "0.5",
        "−1",
        "1234.57",
        "0.57",
        "1e−09",
        "1.2e+04",
        "−0.001",
    ]


def test_letters_get_subscripts_and_names_of_code_do_not():
    assert "<tspan" in markup("d_k", 13)
    assert "<tspan" in markup("M × d_{model}", 13)
    assert markup("n_heads, masked_softmax", 13) == "n_heads, masked_softmax"


def test_tensors_with_a_gradient_are_drawn():
    weights = torch.full((2, 3), 1 / 3, requires_grad=True)
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert "0.33" in figures.attention_map(weights, mask=mask).alt


def test_importing_it_is_quick():
    slow = "{'torch', 'matplotlib'}"
    code = f"import sys, attncourse.figures; sys.exit(bool({slow} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: figures.attention_map([1.0]), r"a matrix M × N; got shape \(1,\)"),
        (lambda: figures.attention_map([[1.5]]), "must lie in 0…1 unless signed; got 1.5…1.5"),
        (lambda: figures.attention_map([[1]], mask=[[1]]), r"bool of shape \(1, 1\); got int64"),
        (lambda: figures.attention_map([[1]], keys=["a", "b"]), "one name; got 2 for 1"),
        (lambda: figures.flow("lesson 3"), "part must be one of lookup, .*; got 'lesson 3'"),
        (lambda: figures.flow("lookup", {"keyes": KEYS}), "numbers may be query, .*; got 'keyes'"),
        (lambda: figures.architecture("resnet"), "model must be one of encoder, .*; got 'resnet'"),
        (lambda: figures.token_lines(TABLE, queries="ab", keys="xyz", only="c"), "got 'c'"),
        (lambda: figures.matrix_blocks("Q: M × N", sizes={"M": 2}), r"missing \['N'\]"),
        (lambda: figures.curves([1], {"a": [1, 2]}, xlabel="", ylabel=""), r"shape \(1, 2\) for 1"),
        (lambda: figures.arrows({"a": [1, 2, 3]}), r"needs two numbers; got \[3\]"),
        (lambda: figures.bars({"a": 1}, xlabel="", alt=" "), "needs alt text"),
    ],
)
def test_errors_say_the_rule_and_what_came(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
