"""Figures: one look, one scale, alt text, and no PyTorch needed."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from attncourse import plotting


@pytest.fixture
def shown(monkeypatch):
    """What `show` hands to the front end: a list of (data, metadata)."""
    seen = []
    monkeypatch.setattr(
        plotting, "display", lambda data, metadata, raw: seen.append((data, metadata))
    )
    return seen


def test_show_gives_one_picture_with_alt_text(shown):
    ax = plotting.new_axes(width=4.0, height=2.0)
    assert plotting.show(ax, "an empty plot") is None
    [(data, metadata)] = shown
    assert data["image/png"].startswith("iVBOR")
    assert metadata["image/png"]["alt"] == "an empty plot"
    assert metadata["image/png"]["width"] == pytest.approx(400, rel=0.05)
    assert data["text/plain"] == "an empty plot"


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        ax = plotting.new_axes()
        plotting.show(plotting.heatmap(ax, np.eye(3)), "three ones on the diagonal")
    assert shown[0] == shown[1]


def test_figures_do_not_pile_up_in_pyplot():
    from matplotlib import pyplot

    plotting.new_axes(3)
    assert pyplot.get_fignums() == []


def test_new_axes_follow_rows_and_columns():
    assert plotting.new_axes(3).shape == (3,)
    assert plotting.new_axes(3, rows=2).shape == (2, 3)


def test_weights_are_drawn_from_0_to_1_queries_down_keys_across():
    weights = np.array([[0.2, 0.3, 0.5], [0.0, 0.6, 0.4]])
    ax = plotting.heatmap(plotting.new_axes(), weights, queries=["a", "b"], keys=["x", "y", "z"])
    assert (ax.images[0].norm.vmin, ax.images[0].norm.vmax) == (0, 1)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["x", "y", "z"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("queries", "keys")


def test_forbidden_cells_are_left_to_the_hatched_ground():
    mask = np.array([[True, False], [True, True]])
    ax = plotting.heatmap(plotting.new_axes(), np.full((2, 2), 0.5), mask=mask)
    assert (ax.images[0].get_array().mask == ~mask).all()
    assert ax.patch.get_hatch()


def test_a_table_of_forbidden_cells_only_is_drawn(shown):
    ax = plotting.heatmap(plotting.new_axes(), np.zeros((2, 3)), mask=np.zeros((2, 3), dtype=bool))
    plotting.show(ax, "all cells are forbidden")
    assert len(shown) == 1


def test_signed_numbers_are_centred_on_zero_and_panels_share_one_scale():
    axes = plotting.new_axes(2)
    plotting.heatmap(axes[0], [[1.0, -3.0]], signed=True)
    plotting.heatmap(axes[1], [[5.0, 0.0]], signed=True)
    plotting.colour_bar(axes, label="score")
    assert [(ax.images[0].norm.vmin, ax.images[0].norm.vmax) for ax in axes] == [(-5, 5)] * 2


def test_more_than_16_tokens_get_no_names():
    ax = plotting.heatmap(plotting.new_axes(), np.zeros((17, 2)), queries=["word"] * 17)
    assert "word" not in [tick.get_text() for tick in ax.get_yticklabels()]


def test_curves_differ_in_colour_and_in_style():
    curves = {"a": [1, 2], "b": [2, 3], "c": [3, 4]}
    ax = plotting.lines(plotting.new_axes(), [1, 10], curves, xlabel="x", ylabel="y", log="x")
    assert len({line.get_color() for line in ax.lines}) == 3
    assert len({str(line.get_linestyle()) for line in ax.lines}) == 3
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_tensors_with_a_gradient_are_drawn():
    weights = torch.full((2, 3), 1 / 3, requires_grad=True)
    ax = plotting.heatmap(plotting.new_axes(), weights, mask=torch.ones(2, 3, dtype=torch.bool))
    plotting.lines(ax, torch.arange(3), {"row": weights[0]}, xlabel="key", ylabel="weight")
    assert len(ax.lines) == 1


def test_importing_it_does_not_import_torch():
    code = "import sys, attncourse.plotting; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda ax: plotting.heatmap(ax, [1.0]), r"weights must be M × N; got shape \(1,\)"),
        (lambda ax: plotting.heatmap(ax, [[1.5]]), "must lie in 0…1 unless signed; got 1.5…1.5"),
        (lambda ax: plotting.heatmap(ax, [[1]], mask=[[1]]), r"bool of shape \(1, 1\); got int64"),
        (lambda ax: plotting.heatmap(ax, [[1]], keys=["a", "b"]), "one name; got 2 for 1"),
        (lambda ax: plotting.colour_bar(ax), "needs a heat map"),
        (lambda ax: plotting.show(ax, " "), "needs alt text"),
    ],
)
def test_errors_say_the_rule_and_what_came(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(plotting.new_axes())
