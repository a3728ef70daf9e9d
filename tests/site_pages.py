"""What is wrong with a built site, seen in a browser: `python -m tests.site_pages site`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

from tests.browser import launched

SERIOUS = {"serious", "critical"}
LOOK = """() => ({
    titles: document.querySelectorAll('article h1').length,
    silent: [...document.querySelectorAll('main img')].filter(image => !image.alt).length,
    formulas: document.querySelectorAll('mjx-merror, [data-mjx-error]').length,
    missing: [...document.querySelectorAll('main a.internal, main .toctree-wrapper a')]
        .map(link => link.href).filter(href => href.endsWith('.ipynb') || href.endsWith('.md')),
})"""


def faults(folder: Path) -> Iterator[str]:
    """One line for each thing that a reader of the site in `folder` would miss, page by page."""
    with launched() as browser:
        page, told = browser.new_page(), []
        page.on("console", lambda m: m.type == "error" and told.append(f"says {m.text[:200]}"))
        page.on("pageerror", lambda e: told.append(f"fails: {e}"))
        page.on("request", lambda r: outside(r.url) and told.append(f"asks for {r.url}"))
        for path in pages(folder):
            page.goto(path.resolve().as_uri())
            page.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise")
            told += seen(page.evaluate(LOOK))
            yield from (f"{path.relative_to(folder)} {fault}" for fault in told)
            told.clear()


def barriers(folder: Path, wanted: list[Path]) -> Iterator[str]:
    """One line for each serious barrier that axe-core finds on these pages, in both themes."""
    with launched() as browser:
        for theme in ("light", "dark"):
            page = browser.new_page(color_scheme=theme)
            for path in wanted:
                page.goto(path.resolve().as_uri())
                page.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise")
                for found in (
                    Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
                ):
                    if found["impact"] in SERIOUS:
                        first = found["nodes"][0]["html"][:150]
                        yield f"{path.relative_to(folder)} ({theme}): {found['help']}: {first}"


def pages(folder: Path) -> list[Path]:
    """The pages that the course wrote, not Sphinx."""
    own = [
        path
        for kind in ("notebooks", "exercises", "solutions")
        for path in (folder / kind).rglob("*.html")
    ]
    return [folder / "index.html", folder / "CONTRIBUTING.html", *sorted(own)]


def outside(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))


def seen(page: dict) -> list[str]:
    """What is wrong with one page, from what a browser counts on it."""
    wrong = {
        f"has {page['titles']} titles": page["titles"] != 1,
        f"has {page['silent']} pictures without a text": page["silent"] > 0,
        f"has {page['formulas']} broken formulas": page["formulas"] > 0,
        f"links to {page['missing']}": page["missing"] != [],
    }
    return [fault for fault, found in wrong.items() if found]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = [*faults(folder), *barriers(folder, pages(folder))]
    print(*found, f"{len(found)} faults", sep="\n")
    sys.exit(bool(found))
