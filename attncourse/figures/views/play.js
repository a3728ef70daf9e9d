// One query among keys in the plane: drag it and see every step from score to output.

import { blue, button, choice, frame, make, onBlue, row, set, short, slider, sum, toggle, wordColour } from "./base.js";
import { drag, pair, plane, softmax } from "./plane.js";

const STYLE = `
.both { display: flex; flex-wrap: wrap; gap: 8px 22px; align-items: flex-start; }
th { color: var(--muted); font-size: 12px; } th:first-child, td:first-child { text-align: left; }
td, th { padding: 2px 7px; } .plane { width: 314px; }
@container (max-width: 660px) { .plane { width: 246px; } td, th { padding: 2px 4px; font-size: 12px; } .both { gap: 8px; } } .later { visibility: hidden; } .now { background: var(--faint); }
.weight { font-weight: 700; } .off td { color: var(--muted); } input[type=checkbox] { margin: 0 6px 0 0; }
`;
const STEPS = ["score", "scale", "mask", "exponentiate", "normalise", "sum"];
const SCORES = {
  "dot product": (q, k) => q[0] * k[0] + q[1] * k[1],
  cosine: (q, k) => (q[0] * k[0] + q[1] * k[1]) / (Math.hypot(...q) * Math.hypot(...k) || 1),
  "− distance": (q, k) => -Math.hypot(q[0] - k[0], q[1] - k[1]),
};

function render({ model, el }) {
  const { words, keys, values, query, asks, names, title, scores, scaled, hidden } = model.get("data");
  const N = words.length, view = frame(el, { title, name: "query among keys", style: STYLE });
  const start = () => ({ q: [...query], t: 1, scaled, score: 0, step: 5, open: words.map((_, j) => !hidden.includes(j)) });
  let state = start();

  // ---- the plane
  const all = [...keys, query, [0, 0]], ends = (k) => all.map((v) => v[k]);
  const span = Math.max(...[0, 1].map((k) => Math.max(...ends(k)) - Math.min(...ends(k)))) * 1.4 || 2;
  const low = [0, 1].map((k) => (Math.max(...ends(k)) + Math.min(...ends(k)) - span) / 2);
  const grid = plane(270, [low, low.map((x) => x + span)], names);
  grid.svg.classList.add("plane");
  // Names stand beyond the tips, away from the origin.
  const beyond = (v, by = 13) => {
    const size = Math.hypot(...v) || 1, [x, y] = [v[0] / size, v[1] / size];
    return { x: grid.px(v[0]) + x * by, y: grid.py(v[1]) - y * by + 4, "text-anchor": Math.abs(x) < 0.4 ? "middle" : x > 0 ? "start" : "end" };
  };
  const dots = keys.map((k) => make("circle", { cx: grid.px(k[0]), cy: grid.py(k[1]) }));
  keys.forEach((k, j) => {
    grid.svg.append(make("line", { x1: grid.px(0), y1: grid.py(0), x2: grid.px(k[0]), y2: grid.py(k[1]),
      stroke: wordColour(words[j]), "stroke-width": 1.5, opacity: 0.7 }));
    grid.svg.append(dots[j]);
    if (words.indexOf(words[j]) === j) grid.svg.append(make("text", { ...beyond(k), style: `fill:${wordColour(words[j])};font-weight:700` }, words[j]));
  });
  const arrow = make("line", { x1: grid.px(0), y1: grid.py(0), stroke: "currentColor", "stroke-width": 2.5 });
  const handle = make("circle", { r: 10, fill: "currentColor", class: "handle", tabindex: 0, role: "slider",
    "aria-label": "query" });
  const label = make("text", { style: "font-weight:700" }, "query");
  grid.svg.append(arrow, label, handle);
  const inside = (x, k) => Math.min(Math.max(x, low[k]), low[k] + span);
  const moveTo = (x, y) => { state.q = [inside(x, 0), inside(y, 1)].map((v) => Math.round(v * 20) / 20); draw(); };
  drag(grid.svg, handle, (x, y) => moveTo(grid.x(x), grid.y(y)),
    (dx, dy) => moveTo(state.q[0] + dx / 10, state.q[1] + dy / 10));

  // ---- the table
  const head = ["key", "score", "÷ √d·t", "mask", "exp", "weight", ...(values ? ["value"] : [])];
  const table = make("table", { "aria-label": "the query's row, step by step" });
  const headed = head.map((name) => make("th", { scope: "col" }, name));
  table.append(make("tr", {}, ...headed));
  const rows = words.map((word, j) => {
    const open = make("input", { type: "checkbox", "aria-label": `may attend to ${word}`,
      onchange: () => { state.open[j] = open.checked; draw(); } });
    const cells = head.map((_, c) => make("td", c ? {} : { style: `color:${wordColour(word)};font-weight:700` },
      ...(c ? [] : [open, word])));
    const line = make("tr", {}, ...cells);
    table.append(line);
    return { open, cells, line };
  });
  const output = make("p", { class: "output" });

  // ---- the controls
  const again = (name) => (x) => { state[name] = x; draw(); };
  const which = choice("show up to", STEPS, 5, again("step"));
  const kind = choice("score", scores, 0, again("score"));
  const heat = slider("temperature t", [-2, 2, 0.05], 0, (x) => again("t")(10 ** x), (x) => short(10 ** x));
  const scale = toggle("÷ √d", scaled, again("scaled"));
  const reset = button("Reset", () => {
    state = start();
    which.set(5); kind.set(0); heat.set(0); scale.set(scaled);
    draw();
  });
  view.box.append(which, make("div", { class: "both" }, grid.svg, make("div", {}, table, output)), view.said,
    row(heat, scale, ...(scores.length > 1 ? [kind] : []), reset));

  // ---- compute and draw
  const tiny = (x) => (Math.abs(x) >= 1e4 || (x && Math.abs(x) < 0.005) ? x.toExponential(0).replace("-", "−") : short(x));
  function steps() {
    const raw = keys.map((k) => SCORES[scores[state.score]](state.q, k));
    const soft = raw.map((s) => s / ((state.scaled ? Math.SQRT2 : 1) * state.t));
    const masked = soft.map((s, j) => (state.open[j] ? s : -Infinity));
    const weights = softmax(masked);
    return { raw, soft, masked, powers: masked.map((s) => Math.exp(s)), weights };
  }
  function draw() {
    const { raw, soft, masked, powers, weights } = steps();
    const [x, y] = [grid.px(state.q[0]), grid.py(state.q[1])];
    set(arrow, { x2: x, y2: y }); set(handle, { cx: x, cy: y, "aria-valuetext": pair(state.q) });
    set(label, beyond(state.q, 16));
    rows.forEach(({ open, cells, line }, j) => {
      open.checked = state.open[j];
      set(line, { class: state.open[j] ? null : "off" });
      set(dots[j], { r: (3 + 11 * Math.sqrt(weights[j])).toFixed(1), style: `fill:${wordColour(words[j])};fill-opacity:.8` });
      const said = [short(raw[j]), short(soft[j]), state.open[j] ? short(masked[j]) : "−∞", tiny(powers[j]), short(weights[j])];
      if (values) said.push(pair(values[j]));
      said.forEach((text, c) => { cells[c + 1].textContent = text; });
      cells[5].style.background = state.step >= 4 ? blue(weights[j]) : "";
      cells[5].style.color = state.step >= 4 ? onBlue(weights[j]) : "";
      cells.forEach((cell, c) => set(cell, { class: c > Math.min(state.step, values ? 5 : 4) + 1 ? "later" : c === state.step + 1 ? "now" : null }));
      if (state.step >= 4) cells[5].classList.add("weight");
    });
    headed.forEach((cell, c) => set(cell, { class: c > state.step + 1 ? "later" : null }));
    const sums = values && values[0].map((_, d) => sum(weights.map((w, j) => w * values[j][d])));
    output.textContent = sums && state.step === 5 ? `output = Σ weight × value = ${pair(sums)}` : "";
    const best = weights.indexOf(Math.max(...weights));
    view.say(`Query ${asks ? `of ${asks} ` : ""}${pair(state.q)}: ${STEPS[state.step]}. ` + (sum(weights) ? `Most weight: ${words[best]} ${short(weights[best])}.` : "Nothing may be attended to: all weights are 0."));
  }
  draw();
}

export default { render };
