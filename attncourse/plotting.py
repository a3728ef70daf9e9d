"""One look for every figure; each function takes and returns `ax`.

Queries go down and keys across. A figure is shown once, by `show`, with the text of what to see.
"""

import base64
import io
import struct
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

# Okabe and Ito (2008): eight colours that colour-blind readers tell apart; yellow is too pale.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)))
MAX_TICKS = 16  # more tokens than this are too many to read
SHOWN_DPI, STORED_DPI = 100, 144  # stored sharper than shown, for dense screens
STORED_COLOURS = 256  # a third of the bytes, and no difference to the eye

_STYLE = {
    "axes.grid": True,
    "axes.grid.axis": "both",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINE_STYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "font.size": 10,
    "grid.color": "#E6E6E6",
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def new_axes(columns: int = 1, *, rows: int = 1, width: float = 7.0, height: float = 3.2):
    """Make an empty figure in the house style.

    Args:
        columns, rows: panels across and down.
        width, height: of the whole figure, in inches.

    Returns:
        One `Axes`, or an array of them when there are several panels.
    """
    with mpl.rc_context(_STYLE):
        return Figure(figsize=(width, height), layout="constrained").subplots(rows, columns)


def heatmap(
    ax: Axes,
    weights: ArrayLike,
    *,
    queries: Sequence | None = None,
    keys: Sequence | None = None,
    mask: ArrayLike | None = None,
    signed: bool = False,
    title: str = "",
) -> Axes:
    """Draw weights M × N: row i is what query i looks at; forbidden cells are hatched grey.

    Args:
        weights: M × N numbers from 0 to 1; any numbers when signed.
        queries, keys: names of the rows and columns, shown when there are at most 16.
        mask: M × N bool, True = may look.
        signed: colour around 0 (scores, embeddings) instead of from 0 to 1.
        title: the finding, in a few words.
    """
    weights = _table(weights, mask)
    limit = _limit(weights, signed)
    colours = {"cmap": "PuOr", "vmin": -limit} if signed else {"cmap": "Blues", "vmin": 0}
    aspect = "equal" if max(weights.shape) <= MAX_TICKS else "auto"
    ax.imshow(weights, vmax=limit, aspect=aspect, interpolation="nearest", **colours)
    # The panel behind the image shows through where the mask leaves a hole.
    ax.patch.set(facecolor="#F2F2F2", edgecolor="#BFBFBF", hatch="////", linewidth=0)
    ax.grid(visible=False)
    ax.set(xlabel="keys", ylabel="queries")
    ax.set_title(title, loc="left")
    _name_ticks(ax.yaxis, queries, weights.shape[0])
    _name_ticks(ax.xaxis, keys, weights.shape[1])
    return ax


def colour_bar(axes: Axes | np.ndarray, label: str = "weight") -> Colorbar:
    """Put all heat maps of `axes` on one scale, and draw one bar for it."""
    panels = np.ravel(axes).tolist()
    images = [image for ax in panels for image in ax.images]
    if not images:
        raise ValueError("a colour bar needs a heat map; got axes without one")
    low = min(image.norm.vmin for image in images)
    high = max(image.norm.vmax for image in images)
    for image in images:
        image.set_clim(low, high)
    with mpl.rc_context(_STYLE):
        return panels[0].figure.colorbar(images[0], ax=panels, label=label, shrink=0.9)


def lines(
    ax: Axes,
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    log: str = "",
) -> Axes:
    """Draw named curves over x, told apart by colour and by line style.

    Args:
        x: N numbers, shared by all curves.
        curves: name in the legend → N numbers.
        log: "x", "y" or "xy": which axes are logarithmic.
    """
    x = to_numpy(x)
    for number, (name, y) in enumerate(curves.items()):
        style = {"color": COLOURS[number % 7], "linestyle": LINE_STYLES[number % 7]}
        ax.plot(x, to_numpy(y), label=name, **style)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title, loc="left")
    for axis in log:
        ax.set(**{f"{axis}scale": "log"})
    if len(curves) > 1:
        ax.legend(frameon=False)
    return ax


def diagram(
    ax: Axes,
    boxes: Mapping[str, tuple[float, float]],
    arrows: Mapping[tuple[str, str], str],
    *,
    title: str = "",
) -> Axes:
    """Draw boxes and the ways between them.

    Args:
        boxes: text of each box → (x, y) of its middle, y upwards; all within 0 … 1.
        arrows: (text of the box it leaves, of the one it reaches) → what it carries, or "".
    """
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_title(title, loc="left")
    frame = {"boxstyle": "round,pad=0.5", "facecolor": "#E8F1FA", "edgecolor": COLOURS[0]}
    drawn = {
        text: ax.text(*place, text, ha="center", va="center", bbox=frame, zorder=3)
        for text, place in boxes.items()
    }
    for (start, end), label in arrows.items():
        ends = {"patchA": drawn[start].get_bbox_patch(), "patchB": drawn[end].get_bbox_patch()}
        style = {"arrowstyle": "-|>", "color": "#555555", "linewidth": 1.3, **ends}
        ax.annotate("", xy=boxes[end], xytext=boxes[start], arrowprops=style)
        (x, y), (to_x, to_y) = boxes[start], boxes[end]
        at = (x + to_x) / 2, (y + to_y) / 2
        side = {"ha": "left", "va": "center", "xytext": (7, 0)}
        if abs(to_x - x) > abs(to_y - y):
            side = {"ha": "center", "va": "bottom", "xytext": (0, 4)}
        ax.annotate(label, at, textcoords="offset points", fontsize=9, color="#555555", **side)
    return ax


def show(axes: Axes | np.ndarray, alt: str) -> None:
    """Display the figure of `axes` as one picture, with `alt` as its description.

    Args:
        axes: what `new_axes` returned.
        alt: what a reader who does not see the picture needs to know.
    """
    if not alt.strip():
        raise ValueError("a figure needs alt text that says what to see; got an empty string")
    figure = np.ravel(axes)[0].figure
    picture = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(picture, format="png", dpi=STORED_DPI, bbox_inches="tight")
    png = _with_few_colours(picture)
    width, height = (side * SHOWN_DPI // STORED_DPI for side in struct.unpack(">2I", png[16:24]))
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    described = {"image/png": {"alt": alt, "width": width, "height": height}}
    display(data, metadata=described, raw=True)


def _with_few_colours(picture: io.BytesIO) -> bytes:
    """The same picture as a small PNG; the same figure always gives the same bytes."""
    image = Image.open(picture).convert("RGB")
    spread = Image.Quantize.MAXCOVERAGE  # keeps rare colours, such as those of a colour bar
    image = image.quantize(STORED_COLOURS, spread, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    image.save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


def to_numpy(numbers: ArrayLike) -> np.ndarray:
    """Turn a tensor (with or without a gradient), a list or an array into an array."""
    if hasattr(numbers, "detach"):
        numbers = numbers.detach().cpu().numpy()
    return np.asarray(numbers)


def _table(weights: ArrayLike, mask: ArrayLike | None) -> np.ma.MaskedArray:
    """Weights with their forbidden cells hidden; one line says what does not fit."""
    weights = to_numpy(weights)
    if weights.ndim != 2:
        raise ValueError(f"weights must be M × N; got shape {weights.shape}")
    allowed = np.ones(weights.shape, dtype=bool) if mask is None else to_numpy(mask)
    if allowed.dtype != bool or allowed.shape != weights.shape:
        raise ValueError(
            f"mask must be bool of shape {weights.shape}; got {allowed.dtype} {allowed.shape}"
        )
    return np.ma.masked_array(weights, ~allowed)


def _limit(weights: np.ma.MaskedArray, signed: bool) -> float:
    """Upper end of the colour scale: 1, or the largest size of a signed entry."""
    largest = float(np.ma.abs(weights).max() or 0)
    if signed:
        return largest or 1.0
    if weights.min() < -1e-6 or largest > 1 + 1e-6:
        low, high = weights.min(), weights.max()
        raise ValueError(f"weights must lie in 0…1 unless signed; got {low:.3g}…{high:.3g}")
    return 1.0


def _name_ticks(axis, names: Sequence | None, count: int) -> None:
    """One tick per token when they fit; long names under the columns are slanted."""
    if names is not None and len(names) != count:
        raise ValueError(f"each row and column needs one name; got {len(names)} for {count}")
    if count > MAX_TICKS:
        return
    names = [str(name) for name in (range(count) if names is None else names)]
    slanted = axis.axis_name == "x" and max(map(len, names)) * count > 30
    turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axis.set_ticks(range(count), labels=names, **turn)
    axis.set_ticks(np.arange(0.5, count - 1), minor=True)  # white lines between the cells
    axis.grid(visible=True, which="minor", color="white", linewidth=1.0)
    axis.set_tick_params(which="both", length=0)
