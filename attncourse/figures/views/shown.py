"""A view: a drawing that answers to mouse, touch and keyboard, in the browser alone.

Each view is one ES module with anywidget's contract, `render({model, el})`. Shown, it is HTML that
needs nothing but itself; where scripts do not run, its image with alt text remains.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from attncourse.figures.picture import STYLE, Picture

_START = (
    "const el = document.querySelector('[id=\"{id}\"]:not([data-live])');"
    " el.dataset.live = ''; view.render({{ el, model: {{ get: () => data }} }});"
)


@dataclass(frozen=True)
class View:
    """One view: the name of its module, its data, and the picture that stands in for it."""

    name: str
    data: dict
    picture: Picture
    answer: Callable[[list], dict] | None = None  # for a page that asks Python

    @property
    def alt(self) -> str:
        """What the picture says, and what can be done."""
        return self.picture.alt

    @property
    def id(self) -> str:
        """The same for the same view everywhere: made from what it says."""
        return f"attncourse-{self.name}-{sha256(self.alt.encode()).hexdigest()[:8]}"

    @property
    def html(self) -> str:
        """The view on its own: image, data and program."""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":")).replace(
            "<", "\\u003c"
        )
        start = _START.format(id=self.id)
        return (
            f'{STYLE}<div id="{self.id}">{self.picture.image}</div>'
            f'<script type="module">{script(self.name)} const data = {data}; {start}</script>'
        )

    def widget(self):
        """The same view with a live kernel behind it; needs anywidget."""
        import anywidget
        import traitlets

        if self.answer is None:
            raise ValueError(f"the view {self.name!r} computes in the browser and asks no kernel")
        synced = {
            "data": traitlets.Dict(self.data),
            "wanted": traitlets.List(),
            "given": traitlets.Dict(),
        }
        traits = {name: trait.tag(sync=True) for name, trait in synced.items()}
        widget = type("LiveView", (anywidget.AnyWidget,), {"_esm": module(self.name), **traits})()
        widget.observe(
            lambda change: widget.set_trait(
                "given", {"path": change.new, "node": self.answer(change.new)}
            ),
            "wanted",
        )
        return widget

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}


_IMPORT = re.compile(r'import \{[^}]*\} from "\./(\w+)\.js";')


@cache
def module(name: str) -> str:
    """The source of a view with all that it imports, as one ES module in one line."""
    source = "".join(_sources(name, set()))
    lines = (re.sub(r"(^|\s)//\s.*", "", line).strip() for line in source.splitlines())
    return " ".join(line for line in lines if line)


def _sources(name: str, taken: set[str]):
    """The modules that a module imports, each once and before it, then itself."""
    source = (files(__package__) / f"{name}.js").read_text(encoding="utf-8")
    for needed in _IMPORT.findall(source):
        if needed not in taken:
            taken.add(needed)
            yield from _sources(needed, taken)
    yield re.sub(r"^export (?!default)", "", _IMPORT.sub("", source), flags=re.M)


def script(name: str) -> str:
    """The same as a script that keeps the view in a variable."""
    return module(name).replace("export default", "const view =")
