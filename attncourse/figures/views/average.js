// Three values in the plane and their weighted average: drag it through the hull, or let the
// temperature carry it from one value to the mean of all.

import { button, frame, make, row, seriesColour, set, short, slider, sum } from "./base.js";
import { drag, pair, plane, softmax } from "./plane.js";

const STYLE = `
.both { display: flex; flex-wrap: wrap; gap: 8px 30px; align-items: center; }
.bars { display: grid; grid-template-columns: auto 160px 3em; gap: 8px 10px; align-items: center; }
.bars div { height: 16px; border-radius: 2px; } .bars b { font-weight: 700; }
`;

function render({ model, el }) {
  const { values, names, axes, scores, title } = model.get("data");
  const view = frame(el, { title, name: "weighted average", style: STYLE });
  let base = [...scores], t = 1;
  const weightsAt = (temperature) => softmax(base.map((s) => s / temperature));
  const mixed = (w) => [0, 1].map((d) => sum(w.map((x, k) => x * values[k][d])));

  const ends = (k) => values.map((v) => v[k]), span = Math.max(...[0, 1].map((k) => Math.max(...ends(k)) - Math.min(...ends(k)))) * 1.5 || 1;
  const low = [0, 1].map((k) => (Math.max(...ends(k)) + Math.min(...ends(k)) - span) / 2);
  const grid = plane(300, [low, low.map((x) => x + span)], axes);
  const points = (list) => list.map((v) => `${grid.px(v[0]).toFixed(1)},${grid.py(v[1]).toFixed(1)}`).join(" ");
  const path = make("polyline", { fill: "none", stroke: "var(--muted)", "stroke-dasharray": "2 4", "stroke-width": 1.5 });
  const spokes = values.map((_, k) => make("line", { stroke: seriesColour(k) }));
  grid.svg.append(make("polygon", { points: points(values), fill: "var(--faint)", stroke: "var(--line)" }), path, ...spokes);
  values.forEach((v, k) => grid.svg.append(
    make("circle", { cx: grid.px(v[0]), cy: grid.py(v[1]), r: 6, style: `fill:${seriesColour(k)}` }),
    make("text", { x: grid.px(v[0]) + 9, y: grid.py(v[1]) - 8, style: `fill:${seriesColour(k)};font-weight:700` }, names[k])));
  const handle = make("circle", { r: 10, class: "handle", fill: "currentColor", tabindex: 0, role: "slider", "aria-label": "output" });
  grid.svg.append(handle);

  // The nearest weights that are not negative and sum to 1 (barycentric, then clipped).
  function moveTo(p) {
    const [a, b, c] = values, det = (b[1] - c[1]) * (a[0] - c[0]) + (c[0] - b[0]) * (a[1] - c[1]);
    const u = ((b[1] - c[1]) * (p[0] - c[0]) + (c[0] - b[0]) * (p[1] - c[1])) / det;
    const v = ((c[1] - a[1]) * (p[0] - c[0]) + (a[0] - c[0]) * (p[1] - c[1])) / det;
    const cut = [u, v, 1 - u - v].map((x) => Math.max(x, 0)), total = sum(cut);
    take(cut.map((x) => x / total));
  }
  function take(weights) {
    base = weights.map((w) => Math.log(Math.max(w, 1e-6)));
    t = 1;
    heat.set(0);
    draw();
  }
  drag(grid.svg, handle, (x, y) => moveTo([grid.x(x), grid.y(y)]),
    (dx, dy) => moveTo(mixed(weightsAt(t)).map((x, k) => x + ([dx, dy][k] * span) / 60)));

  const bars = make("div", { class: "bars" });
  const shown = values.map((_, k) => {
    const bar = make("div", { style: `background:${seriesColour(k)}` }), text = make("output", {});
    bars.append(make("b", { style: `color:${seriesColour(k)}` }, names[k]), make("div", {}, bar), text);
    return { bar, text };
  });
  const heat = slider("temperature", [-1.5, 1.5, 0.02], 0, (x) => { t = 10 ** x; draw(); }, (x) => short(10 ** x));
  const presets = [...names.map((name, k) => button(`only ${name}`, () => take(values.map((_, j) => +(j === k))))),
    button("mean", () => take(values.map(() => 1 / values.length)))];
  const reset = button("Reset", () => { base = [...scores]; t = 1; heat.set(0); draw(); });
  view.box.append(make("div", { class: "both" }, grid.svg, bars), view.said, row(heat, ...presets, reset));

  function draw() {
    const w = weightsAt(t), at = mixed(w), temperatures = Array.from({ length: 61 }, (_, k) => 10 ** (k / 20 - 1.5));
    set(path, { points: points(temperatures.map((x) => mixed(weightsAt(x)))) });
    set(handle, { cx: grid.px(at[0]), cy: grid.py(at[1]), "aria-valuetext": pair(at) });
    spokes.forEach((line, k) => set(line, { x1: grid.px(at[0]), y1: grid.py(at[1]), x2: grid.px(values[k][0]),
      y2: grid.py(values[k][1]), "stroke-width": (0.3 + 7 * w[k]).toFixed(1), opacity: 0.6 }));
    shown.forEach(({ bar, text }, k) => { bar.style.width = `${(160 * w[k]).toFixed(1)}px`; text.textContent = short(w[k]); });
    view.say(`output = ${names.map((name, k) => `${short(w[k])} ${name}`).join(" + ")} = ${pair(at)}`);
  }
  draw();
}

export default { render };
