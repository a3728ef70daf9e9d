"""Views: what they answer to mouse, touch and keyboard, compared by the values in the page."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from attncourse.data import running_example
from attncourse.figures import views
from tests.browser import launched, page_of

EXAMPLE = running_example()
WORDS, KEYS, VALUES, QUERY = EXAMPLE.words, EXAMPLE.keys, EXAMPLE.values, EXAMPLE.query
GERMAN = np.array([[0.9, 0.08, 0.02], [0.05, 0.15, 0.8], [0.02, 0.9, 0.08]])
LIMIT = 30_000  # bytes that a view adds to a notebook


def softmax(scores):
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def ask(ids):
    """A small model: it likes the token after the last one."""
    return -np.abs(np.arange(20) - (ids[-1] + 1 if ids else 3)).astype(float)


def stored(view):
    """Bytes in a notebook."""
    return len(json.dumps(view._repr_mimebundle_(), ensure_ascii=False).encode())


SELF = softmax(KEYS @ KEYS.T)
EVERY = {
    "map": lambda: views.map(SELF, queries=WORDS),
    "play": lambda: views.play(KEYS, words=WORDS, query=QUERY, values=VALUES),
    "average": lambda: views.average([[4, 1], [1, 3], [4, 4]]),
    "kernel": lambda: views.kernel([1, 2, 3, 8], [10, 20, 30, 0], bandwidth=1.0, names=("x", "y")),
    "clocks": lambda: views.clocks(speeds=[1.0, 0.1], places=(3, 7)),
    "translate": lambda: views.translate(
        GERMAN, source=["forty", "five", "six"], target=["a", "b", "c"]
    ),
    "write": lambda: views.write(ask, [f"t{i} " for i in range(20)], prompt="Say "),
    "block": lambda: views.block(
        {"stream": [1, 2], "attention": [0.5, -1], "sum": [1.5, 1]},
        token="cat",
        weights={"attention": [0.25, 0.75]},
        words=["the", "cat"],
    ),
}


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


class Shown:
    """One view in a page, with everything that went wrong in it."""

    def __init__(self, browser, html, *, dark=False, width=1024, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        context.set_default_timeout(60_000)
        self.page, self.wrong = context.new_page(), []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda r: r.url.startswith("data:") or self.wrong.append(r.url))
        self.page.set_content(page_of(html, dark=dark))

    @property
    def said(self) -> str:
        return self.page.locator(".said").inner_text()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        return self.said

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def show(browser):
    """Show a view; at the end of the test nothing may have gone wrong in its page."""
    shown = []

    def open_page(view, **options):
        shown.append(Shown(browser, view.html, **options))
        return shown[-1]

    yield open_page
    for one in shown:
        one.page.context.close()
        assert one.wrong == []


# ---- every view


def test_the_catalogue_names_every_view():
    assert {*EVERY, "View"} == set(views.__all__)
    assert all(f"\n    {name}(" in views.__doc__ for name in EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_view_is_small_and_the_same_each_time(name):
    assert EVERY[name]().html == EVERY[name]().html
    assert stored(EVERY[name]()) < LIMIT


def test_large_views_stay_small():
    rng = np.random.default_rng(0)
    names = [f"token{i}" for i in range(64)]
    sentence = np.stack([[SELF] * 4] * 2)
    points = {"bandwidth": 2.0, "names": ("x", "y")}
    walk = {f"step {k}": rng.normal(size=64) for k in range(7)}
    for view in (
        views.map(sentence, queries=WORDS),
        views.map(softmax(rng.normal(size=(64, 64))), queries=names),
        views.map(softmax(rng.normal(size=(4, 32, 32))), queries=names[:32]),
        views.kernel(*rng.normal(size=(2, 262)), **points),
        views.block(walk, token="cat"),
        views.write(lambda ids: rng.normal(size=500), [f" token{i}" for i in range(500)]),
    ):
        assert stored(view) < LIMIT, view.name


@pytest.mark.parametrize("name", EVERY)
def test_without_scripts_its_picture_with_alt_text_remains(show, name):
    shown = show(EVERY[name](), java_script_enabled=False)
    image = shown.page.locator("img")
    assert image.get_attribute("alt") == EVERY[name]().alt
    assert image.bounding_box()["width"] > 200


@pytest.mark.parametrize("weight", [0.5, 0.6, 0.7, 0.74, 0.8, 0.9])
@pytest.mark.parametrize("dark", [False, True])
def test_a_number_on_a_weight_can_be_read(show, dark, weight):
    steps = {"stream": [1, 2], "attention": [0, 1]}
    row = {"attention": [weight, 1 - weight]}
    shown = show(views.block(steps, token="cat", weights=row, words=["dog", "cat"]), dark=dark)
    shown.button("next →").click()
    worst = shown.page.evaluate(CONTRAST, TEXTS | {"ground": 17 if dark else 255})
    assert worst["ratio"] >= 4.5, worst


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_at_1024_pixels_in_both_themes(show, name, dark):
    shown = show(EVERY[name](), dark=dark)
    assert shown.said
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 1024
    assert shown.page.locator("img").count() == 0
    worst = shown.page.evaluate(CONTRAST, TEXTS | {"ground": 17 if dark else 255})
    assert worst["ratio"] >= 4.5, worst


@pytest.mark.parametrize("name", EVERY)
def test_every_control_has_a_name_and_can_be_reached_by_tab(show, name):
    shown = show(EVERY[name]())
    names = shown.page.evaluate(
        """() => { const root = document.querySelector('[data-lm-suppress-shortcuts]').shadowRoot;
        return [...root.querySelectorAll('button, input, [tabindex]')].map(
          (n) => n.getAttribute('aria-label') || n.textContent ||
            n.closest('label')?.textContent); }"""
    )
    assert names
    assert all(names)
    shown.page.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot?.activeElement?.tagName"
    assert shown.page.evaluate(focused)
    outline = "getComputedStyle(document.activeElement.shadowRoot.activeElement).outlineStyle"
    assert shown.page.evaluate(outline) == "solid"


@pytest.mark.parametrize("name", EVERY)
def test_reset_brings_back_the_start(show, name):
    shown = show(EVERY[name]())
    start = shown.said
    for _ in range(3):
        shown.press("Tab", "ArrowRight", "Enter")
    shown.button("Reset").click()
    shown.page.mouse.move(900, 790)
    assert shown.said == start


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
TEXTS = {
    "root": "[data-lm-suppress-shortcuts]",
    "texts": "text, h4, p, label, th, td, button:not(:disabled), output, span, b",
}


def test_two_views_on_one_page_keep_their_own_data(browser):
    cold, warm = (views.play(KEYS, words=WORDS, query=QUERY, scaled=scaled) for scaled in (0, 1))
    assert cold.id == warm.id
    shown = Shown(browser, cold.html + warm.html)
    scales = shown.page.get_by_label("÷ √d")
    assert [scales.nth(k).is_checked() for k in (0, 1)] == [False, True]
    shown.page.context.close()


def test_nothing_moves_for_those_who_prefer_no_motion(show):
    still, moving = (
        show(EVERY["block"](), reduced_motion=motion).page.evaluate(
            """() => getComputedStyle(document.querySelector('[data-lm-suppress-shortcuts]')
            .shadowRoot.querySelector('.ease')).transitionDuration"""
        )
        for motion in ("reduce", "no-preference")
    )
    assert (still, moving != still) == ("0s", True)


# ---- map


def test_map_hover_lock_and_unlock(show):
    shown = show(EVERY["map"]())
    cat = shown.page.get_by_role("option", name="cat")
    cat.hover()
    assert shown.said == "cat → dog 0.88, cat 0.12"
    cat.click()
    shown.page.mouse.move(900, 790)
    assert shown.said == "cat (kept) → dog 0.88, cat 0.12"
    shown.page.get_by_role("option", name="dog").click()
    shown.page.mouse.move(900, 790)
    assert shown.said.count("(kept)") == 2
    cat.click()
    shown.page.mouse.move(900, 790)
    assert shown.said.startswith("dog (kept)")


def test_map_by_keyboard(show):
    shown = show(EVERY["map"]())
    shown.page.get_by_role("option").first.focus()
    assert shown.press("ArrowDown") == "dog → dog 0.98, cat 0.02"
    assert shown.press("Enter").startswith("dog (kept)")
    assert shown.press("Escape").startswith("Hover or focus")


def test_map_hover_on_a_cell_shows_its_row(show):
    shown = show(EVERY["map"]())
    shown.page.locator(".cells rect").nth(4 * 7 + 2).hover()
    assert shown.said.startswith("cat → dog 0.88")


def test_map_switches_heads_and_layers(show):
    heads = np.stack([[SELF, SELF[::-1]], [np.eye(7), SELF]])
    shown = show(views.map(heads, queries=WORDS))
    shown.button("layer 2 head 1").click()
    shown.page.get_by_role("option", name="saw").hover()
    assert shown.said == "saw → saw 1"


def test_map_of_many_tokens_draws_cells_only(show):
    shown = show(views.map(np.eye(80), queries=[f"t{i}" for i in range(80)]))
    assert shown.page.get_by_role("option").count() == 0
    shown.page.locator(".wide canvas").focus()
    assert shown.press("ArrowDown", "ArrowDown") == "t1 → t1 1"


def test_map_hides_forbidden_cells(show):
    shown = show(views.map(SELF, queries=WORDS, mask=np.tri(7, dtype=bool)))
    shown.page.get_by_role("option", name="the").first.hover()
    assert shown.said == "the → the 0.23"


# ---- play


def cells(shown, column):
    return [
        shown.page.locator("tr").nth(j + 1).locator("td").nth(column).inner_text() for j in range(7)
    ]


def test_play_shows_every_step_with_its_numbers(show):
    shown = show(EVERY["play"]())
    scores = KEYS @ QUERY
    assert cells(shown, 1) == [f"{s:.0f}".replace("-", "−") for s in scores]
    assert [float(w) for w in cells(shown, 5)] == pytest.approx(softmax(scores), abs=0.006)
    output = softmax(scores) @ VALUES
    shown_output = re.search(r"\((.*), (.*)\)", shown.page.locator(".output").inner_text())
    assert [float(n) for n in shown_output.groups()] == pytest.approx(output, abs=0.006)


def test_play_the_query_is_dragged_by_mouse(show):
    shown = show(EVERY["play"]())
    box = shown.page.get_by_role("slider", name="query").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x - 100, y - 20, steps=4)
    shown.page.mouse.up()
    assert "Most weight: barked" in shown.said


def test_play_the_query_is_dragged_by_touch(show):
    shown = show(EVERY["play"](), has_touch=True)
    box = shown.page.get_by_role("slider", name="query").bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    client = shown.page.context.new_cdp_session(shown.page)
    to = {"x": at["x"] - 100, "y": at["y"] - 20}
    for kind, points in (("touchStart", [at]), ("touchMove", [to]), ("touchEnd", [])):
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert "Most weight: barked" in shown.said


def test_play_by_keyboard_with_temperature_scale_and_mask(show):
    shown = show(EVERY["play"]())
    shown.page.get_by_role("slider", name="query").focus()
    assert shown.press("ArrowRight", "ArrowUp").startswith("Query (1.1, 1.1)")
    shown.page.get_by_label("÷ √d").check()
    assert cells(shown, 2)[1] == f"{4.4 / 2**0.5:.2f}"
    shown.page.get_by_label("may attend to dog").uncheck()
    assert (cells(shown, 3)[1], cells(shown, 5)[1]) == ("−∞", "0")
    shown.page.get_by_role("slider", name="temperature t").fill("2")
    assert float(cells(shown, 5)[4]) == pytest.approx(1 / 6, abs=0.01)


def test_play_with_everything_masked_gives_zeros_and_says_so(show):
    shown = show(views.play(KEYS, words=WORDS, query=QUERY, mask=np.zeros(7, dtype=bool)))
    assert "all weights are 0" in shown.said
    assert cells(shown, 5) == ["0"] * 7


def test_play_steps_hide_what_comes_later(show):
    shown = show(EVERY["play"]())
    shown.page.get_by_role("radio", name="scale").click()
    assert "scale" in shown.said
    assert shown.page.locator("td.later").count() == 7 * 4
    shown.press("ArrowRight")
    assert shown.page.locator("td.later").count() == 7 * 3


@pytest.mark.parametrize("name", ["map", "play"])
def test_a_drag_over_32_tokens_is_answered_within_50_ms(show, name):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(32)]
    view = {
        "map": lambda: views.map(softmax(rng.normal(size=(32, 32))), queries=words),
        "play": lambda: views.play(rng.normal(size=(32, 2)), words=words, query=[1, 0]),
    }[name]()
    times = show(view).page.evaluate(
        """async (name) => {
        const root = document.querySelector('[data-lm-suppress-shortcuts]').shadowRoot, times = [];
        const node = root.querySelectorAll(name === 'map' ? '[role=option]' : '.handle');
        for (let k = 0; k < 20; k++) {
          const start = performance.now();
          if (name === 'map') node[k].dispatchEvent(new PointerEvent('pointerenter'));
          else node[0].dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
          root.querySelector('.view').getBoundingClientRect();
          times.push(performance.now() - start);
        }
        return times; }""",
        name,
    )
    assert np.median(times) < 50


# ---- the others


def test_average_goes_from_one_value_to_the_mean(show):
    shown = show(EVERY["average"]())
    shown.page.get_by_role("slider", name="temperature").fill("-1.5")
    assert shown.said == "output = 1 v1 + 0 v2 + 0 v3 = (4, 1)"
    shown.button("mean").click()
    assert shown.said.endswith("= (3, 2.67)")


def test_average_never_leaves_the_hull(show):
    shown = show(EVERY["average"]())
    shown.button("only v1").click()
    shown.page.get_by_role("slider", name="output").focus()
    shown.press(*["Shift+ArrowRight"] * 5)
    x, y = re.search(r"\(([\d.]+), ([\d.]+)\)$", shown.said).groups()
    assert float(x) <= 4
    assert 1 <= float(y) <= 4


def test_kernel_answers_as_nadaraya_and_watson(show):
    shown = show(EVERY["kernel"]())
    x, y = np.array([1, 2, 3, 8]), np.array([10, 20, 30, 0])
    weights = np.exp(-((2.5 - x) ** 2) / 2)
    assert f"answer {weights @ y / weights.sum():.1f}" in shown.said
    shown.page.get_by_role("radio", name="boxcar").click()
    assert "answer 25" in shown.said
    shown.page.get_by_role("slider", name="query, x").focus()
    shown.press(*["Shift+ArrowRight"] * 8)
    assert "no answer" in shown.said


def test_clocks_depend_on_the_distance_only(show):
    shown = show(EVERY["clocks"]())
    score = np.cos(4) + np.cos(0.4)
    assert f"score q · k = {score:.2f}" in shown.said
    shown.page.get_by_role("slider", name="move both").fill("20")
    assert shown.page.get_by_role("slider", name="key at j").input_value() == "24"
    assert f"score q · k = {score:.2f}" in shown.said
    shown.page.get_by_role("slider", name="key at j").fill("20")
    assert "score q · k = 2," in shown.said


def test_translate_shows_the_alignment_of_a_word(show):
    shown = show(EVERY["translate"]())
    shown.page.get_by_text("b", exact=True).hover()
    assert shown.said == "b → six 0.8, five 0.15, forty 0.05"
    shown.page.get_by_text("b", exact=True).click()
    shown.page.get_by_text("c", exact=True).focus()
    assert shown.said.startswith("b (kept) → six 0.8")
    assert "c → five 0.9" in shown.said


def test_block_walks_step_by_step(show):
    shown = show(EVERY["block"]())
    shown.button("next →").click()
    assert shown.said.startswith("cat, step 2 of 3: attention. Norm 1.12, changed by 3.04")
    assert shown.page.get_by_text("cat 0.75").is_visible()
    assert shown.button("← back").is_enabled()
    shown.page.get_by_role("button", name="attention").focus()
    assert shown.press("ArrowDown").startswith("cat, step 3 of 3: sum")
    assert shown.button("next →").is_disabled()


def test_write_cuts_by_top_k_and_top_p_and_sharpens_by_temperature(show):
    shown = show(EVERY["write"]())
    first = softmax(ask([])).max()
    assert f'likeliest "t3 " {first:.3f}' in shown.said
    shown.page.get_by_role("slider", name="top-k").fill("1")
    assert shown.said.startswith('1 of 12 shown tokens may be written; likeliest "t3 " 1;')
    shown.page.get_by_role("slider", name="top-k").fill("0")
    shown.page.get_by_role("slider", name="top-p").fill("0.5")
    assert shown.said.startswith("2 of 12")
    shown.page.get_by_role("slider", name="top-p").fill("1")
    shown.page.get_by_role("slider", name="temperature").fill("-1")
    assert '12 of 12 shown tokens may be written; likeliest "t3 " 1;' in shown.said


def test_write_writes_the_same_text_after_each_reset(show):
    shown = show(EVERY["write"]())
    texts = []
    for _ in range(2):
        for _ in range(3):
            if shown.button("Write one token").is_enabled():
                shown.button("Write one token").click()
        texts.append(shown.page.locator(".text").inner_text())
        shown.button("Reset").click()
    assert texts[0] == texts[1]
    assert texts[0].startswith("Say t")


def test_write_takes_the_token_that_is_chosen_and_gives_it_back(show):
    shown = show(EVERY["write"]())
    shown.button('choose "t3 "').click()
    assert shown.page.locator(".text").inner_text() == "Say t3 "
    assert 'likeliest "t4 "' in shown.said
    shown.button("Take one back").click()
    assert shown.page.locator(".text").inner_text().strip() == "Say"


def test_write_asks_python_when_it_is_live():
    widget = EVERY["write"]().widget()
    widget.wanted = ["t9 "]
    assert widget.given["path"] == ["t9 "]
    assert widget.given["node"]["tokens"][0] == "t10 "


# ---- what came is said


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: views.map([0.5], queries=["a"]), r"or layers × heads × M × N; got shape \(1,\)"),
        (lambda: views.map([[0.5]], queries=["a", "b"]), "one name; got 2 for 1"),
        (lambda: views.play([[1, 2, 3]], words=["a"], query=[1, 2]), "two numbers; got 3, 2"),
        (lambda: views.play(KEYS, words=WORDS, query=QUERY, scores=["sine"]), "got 'sine'"),
        (lambda: views.average([[1, 2]]), r"three scores; got \(1, 2\)"),
        (lambda: views.kernel([1], [1], bandwidth=0, names="xy"), r"bandwidth > 0; got \[\], 0"),
        (lambda: views.clocks(speeds=[1], query=[1, 0, 1, 0]), "for each of 1 speeds"),
        (lambda: EVERY["map"]().widget(), "computes in the browser and asks no kernel"),
    ],
)
def test_errors_say_the_rule_and_what_came(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
