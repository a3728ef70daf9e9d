// One token's way through a Transformer block: each step shows the vector, what was added to it,
// and, where the step attends, to whom.

import { blue, button, frame, make, onBlue, row, set, short } from "./base.js";

const STYLE = `
.walk { display: grid; grid-template-columns: minmax(170px, 210px) 1fr; gap: 20px; align-items: start; }
ol { list-style: none; margin: 0; padding: 0 0 0 18px; border-left: 4px solid var(--accent); display: grid; gap: 6px; }
ol button { width: 100%; text-align: left; } .chips { display: flex; flex-wrap: wrap; gap: 4px; margin: 8px 0; }
.chips span { padding: 2px 7px; border-radius: 4px; } @container (max-width: 480px) { .walk { grid-template-columns: 1fr; } }
`;

function render({ model, el }) {
  const { steps, words, token, title } = model.get("data");
  const view = frame(el, { title, name: "one token through a block", style: STYLE });
  let at = 0;
  const list = make("ol", { "aria-label": "steps" });
  const buttons = steps.map((step, k) => {
    const node = button(step.name, () => go(k), { "aria-pressed": "false" });
    node.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      go(k + by);
      buttons[at].focus();
    });
    list.append(make("li", {}, node));
    return node;
  });
  const chips = make("div", { class: "chips" });
  const size = steps[0].vector.length, wide = Math.max(Math.min(Math.floor(440 / size), 26), 4);
  const most = Math.max(...steps.flatMap((s) => s.vector.map(Math.abs))) || 1;
  const svg = make("svg", { viewBox: `0 -4 ${wide * size + 40} 168`, width: wide * size + 40, height: 168, role: "img" });
  const bars = steps[0].vector.map((_, d) => make("rect", { class: "ease", x: 34 + d * wide, width: wide - 1 }));
  const old = steps[0].vector.map((_, d) => make("line", { x1: 34 + d * wide, x2: 34 + (d + 1) * wide - 1, stroke: "var(--muted)",
    "stroke-width": 1.5 }));
  svg.append(make("line", { x1: 34, x2: 34 + wide * size, y1: 80, y2: 80, stroke: "var(--line)" }), ...bars, ...old,
    ...[most, 0, -most].map((v) => make("text", { class: "muted", x: 28, y: 84 - (v / most) * 74, "text-anchor": "end" }, short(v, 1))));
  const back = button("← back", () => go(at - 1)), next = button("next →", () => go(at + 1));
  const words_ = make("p", {});
  view.box.append(make("div", { class: "walk" }, list, make("div", {}, words_, svg, chips)), view.said, row(back, next, button("Reset", () => go(0))));

  function go(k) { at = Math.min(Math.max(k, 0), steps.length - 1); draw(); }
  function draw() {
    const { name, says, vector, weights } = steps[at], before = at ? steps[at - 1].vector : vector;
    bars.forEach((bar, d) => { const high = (Math.abs(vector[d]) / most) * 74;
      set(bar, { y: vector[d] > 0 ? 80 - high : 80, height: high.toFixed(1), style: `fill:${vector[d] > 0 ? "var(--accent)" : "color-mix(in srgb, #D55E00 75%, currentColor)"}` }); });
    old.forEach((line, d) => { const y = 80 - (before[d] / most) * 74; set(line, { y1: y, y2: y, visibility: at ? "visible" : "hidden" }); });
    chips.replaceChildren(...(weights || []).map((w, j) => make("span", { style: `background:${blue(w)};color:${onBlue(w)}` }, `${words[j]} ${short(w)}`)));
    buttons.forEach((node, k) => set(node, { "aria-pressed": String(k === at), tabindex: k === at ? 0 : -1 }));
    back.disabled = !at; next.disabled = at === steps.length - 1;
    words_.textContent = says || "";
    const norm = (v) => Math.hypot(...v);
    set(svg, { "aria-label": `vector of ${token} after ${name}: ${vector.map((x) => short(x)).join(", ")}` });
    view.say(`${token}, step ${at + 1} of ${steps.length}: ${name}. Norm ${short(norm(vector))}, changed by ${short(norm(vector.map((x, d) => x - before[d])))}.`);
  }
  draw();
}

export default { render };
