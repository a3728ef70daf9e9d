"""Sources to HTML, by Sphinx."""

import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from attncourse.authoring.site.settings import SETTINGS, STYLE
from attncourse.authoring.site.sources import write_sources
from attncourse.curriculum import LESSONS, Lesson


def build_site(root: Path, out: Path, lessons: tuple[Lesson, ...] = LESSONS) -> int:
    """Build the site, and return how many warnings Sphinx gave; an error of its own is raised.

    Args:
        root: the course's folder.
        out: where the site goes; what was there is replaced.
        lessons: those that it shows.
    """
    from sphinx.application import Sphinx

    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        write_sources(root, pages, lessons)
        _write_static(pages / "_static")
        app = Sphinx(
            str(pages), None, str(out), folder + "/doctrees", "html", SETTINGS, status=None
        )
        app.build()
        _name_what_folds(out)
        return app._warncount


def _write_static(folder: Path) -> None:
    """MathJax in one file, from the package that carries it, and the course's own style."""
    folder.mkdir()
    package = Path(find_spec("sphinx-mathjax-offline").origin).parent
    shutil.copy(package / "static" / "mathjax" / "tex-svg-full.js", folder / "mathjax.js")
    (folder / "course.css").write_text(STYLE, "utf-8")


def _name_what_folds(out: Path) -> None:
    """Give the sidebar's arrows, which the theme leaves mute, a name for screen readers."""
    mute, named = "<summary><span", '<summary aria-label="Pages below"><span'
    for page in out.rglob("*.html"):
        page.write_text(page.read_text("utf-8").replace(mute, named), "utf-8")
