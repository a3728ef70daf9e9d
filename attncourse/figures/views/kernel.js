// Kernel regression on real points: drag the query along the axis, choose kernel and bandwidth.

import { button, choice, frame, make, row, set, short, slider, sum } from "./base.js";
import { drag, plane } from "./plane.js";

const KERNELS = {
  Gaussian: (u) => Math.exp((-u * u) / 2),
  boxcar: (u) => +(Math.abs(u) <= 1),
  triangular: (u) => Math.max(0, 1 - Math.abs(u)),
  Epanechnikov: (u) => Math.max(0, 1 - u * u),
};

function render({ model, el }) {
  const { x, y, names, kernels, width, query, title } = model.get("data");
  const view = frame(el, { title, name: "kernel regression" });
  const low = Math.min(...x), high = Math.max(...x), air = (high - low) * 0.03;
  const bottom = Math.min(0, ...y), top = Math.max(...y) * 1.05;
  const grid = plane(0, [[low - air, bottom], [high + air, top]], names, [600, 250]);
  let at = query, kind = 0, h = width;

  const dots = x.map((value, k) => make("circle", { cx: grid.px(value), cy: grid.py(y[k]), style: "fill:var(--accent)" }));
  const curve = make("polyline", { fill: "none", stroke: "currentColor", "stroke-width": 2.2 });
  const bell = make("polyline", { fill: "var(--faint)", stroke: "var(--muted)", "stroke-dasharray": "4 3" });
  const line = make("line", { y1: 0, y2: 250, stroke: "var(--muted)" });
  const handle = make("circle", { r: 10, fill: "currentColor", class: "handle", tabindex: 0, role: "slider",
    "aria-label": `query, ${names[0]}`, "aria-valuemin": short(low), "aria-valuemax": short(high) });
  grid.svg.append(bell, ...dots, curve, line, handle);

  const weigh = (q) => x.map((value) => KERNELS[kernels[kind]]((q - value) / h));
  const answer = (q) => { const w = weigh(q), all = sum(w); return all > 0 ? sum(w.map((v, k) => v * y[k])) / all : NaN; };
  const moveTo = (q) => { at = Math.min(Math.max(q, low), high); draw(); };
  drag(grid.svg, handle, (px) => moveTo(grid.x(px)), (dx, dy) => moveTo(at + ((dx + dy) * (high - low)) / 100));

  const low10 = Math.log10((high - low) / 300), high10 = Math.log10((high - low) * 4);
  const wide = slider("bandwidth", [low10, high10, 0.01], Math.log10(width), (v) => { h = 10 ** v; redraw(); }, (v) => short(10 ** v));
  const which = choice("kernel", kernels, 0, (k) => { kind = k; redraw(); });
  const reset = button("Reset", () => {
    at = query; h = width; kind = 0;
    wide.set(Math.log10(width)); which.set(0);
    redraw();
  });
  view.box.append(grid.svg, view.said, row(wide, ...(kernels.length > 1 ? [which] : []), reset));

  function redraw() {
    const pieces = [];
    for (let k = 0; k <= 150; k++) {
      const q = low + ((high - low) * k) / 150, v = answer(q);
      if (isFinite(v)) pieces.push(`${grid.px(q).toFixed(1)},${grid.py(v).toFixed(1)}`);
    }
    set(curve, { points: pieces.join(" ") });
    draw();
  }
  function draw() {
    const w = weigh(at), all = sum(w), v = answer(at), most = Math.max(...w) || 1;
    dots.forEach((dot, k) => set(dot, { r: (1.6 + 5 * Math.sqrt(w[k] / most) * +(all > 0)).toFixed(1),
      "fill-opacity": (0.22 + 0.6 * (w[k] / most) * +(all > 0)).toFixed(2) }));
    const shape = Array.from({ length: 121 }, (_, k) => low + ((high - low) * k) / 120);
    set(bell, { points: shape.map((q) => `${grid.px(q).toFixed(1)},${(250 - 60 * KERNELS[kernels[kind]]((q - at) / h)).toFixed(1)}`).join(" ") });
    const py = isFinite(v) ? grid.py(v) : grid.py(bottom);
    set(line, { x1: grid.px(at), x2: grid.px(at) });
    set(handle, { cx: grid.px(at), cy: py, "aria-valuenow": short(at), "aria-valuetext": `${short(at)}, answer ${short(v, 0)}` });
    const many = w.filter((value) => value > most / 100).length;
    view.say(all > 0 ? `Query ${short(at, 1)}, bandwidth ${short(h)}: answer ${short(v, 1)}; ${many} of ${x.length} points weigh more than a hundredth of the nearest.`
      : `Query ${short(at, 1)}, bandwidth ${short(h)}: no point within reach, no answer.`);
  }
  redraw();
}

export default { render };
