// Rotary positions: each pair of numbers is a hand that turns with its position. The angle
// between the query's and the key's hand depends on their distance only.

import { button, frame, make, row, seriesColour, set, short, slider, sum } from "./base.js";

const STYLE = `.clocks { display: flex; flex-wrap: wrap; gap: 10px; }
figure { margin: 0; text-align: center; }`;

function render({ model, el }) {
  const { speeds, query, key, places, longest, title } = model.get("data");
  const view = frame(el, { title, name: "rotary positions", style: STYLE });
  let [i, j] = places;
  const angle = (v) => Math.atan2(v[1], v[0]);
  const turn = (hand, speed, place) => angle(hand) + speed * place;
  const tip = (a, r = 46) => [r * Math.cos(a), -r * Math.sin(a)];

  const clocks = speeds.map((speed, p) => {
    const svg = make("svg", { viewBox: "-62 -62 124 124", width: 124, height: 124, role: "img" });
    const wedge = make("path", { fill: "var(--faint)", stroke: "none" });
    const hands = [1, 0].map((k) => make("line", { stroke: seriesColour(k), "stroke-width": 3.5, "stroke-linecap": "round",
      "stroke-dasharray": k ? "5 5" : null, x1: 0, y1: 0 }));
    svg.append(make("circle", { r: 54, fill: "none", stroke: "var(--line)" }), wedge, ...hands);
    const said = make("figcaption", { class: "muted" });
    return { svg, wedge, hands, said, box: make("figure", {}, svg, said) };
  });

  const go = () => { first.set(i); second.set(j); both.set(Math.min(i, j)); draw(); };
  const first = slider("query at i", [0, longest, 1], i, (x) => { i = x; go(); });
  const second = slider("key at j", [0, longest, 1], j, (x) => { j = x; go(); });
  const both = slider("move both", [0, longest, 1], Math.min(i, j), (x) => {
    const step = Math.min(x - Math.min(i, j), longest - Math.max(i, j));
    [i, j] = [i + step, j + step];
    go();
  });
  const reset = button("Reset", () => { [i, j] = places; go(); });
  const key1 = make("span", { style: `color:${seriesColour(0)};font-weight:700` }, "— query");
  const key2 = make("span", { style: `color:${seriesColour(1)};font-weight:700` }, "- - key");
  view.box.append(row(key1, key2), make("div", { class: "clocks" }, ...clocks.map((c) => c.box)), view.said, row(first, second, both, reset));

  function draw() {
    const parts = speeds.map((speed, p) => {
      const a = turn(query[p], speed, i), b = turn(key[p], speed, j), c = clocks[p];
      [[b, c.hands[0]], [a, c.hands[1]]].forEach(([at, hand]) => { const [x, y] = tip(at); set(hand, { x2: x.toFixed(1), y2: y.toFixed(1) }); });
      const gap = Math.atan2(Math.sin(b - a), Math.cos(b - a)), [x0, y0] = tip(a, 30), [x1, y1] = tip(b, 30);
      set(c.wedge, { d: `M0,0L${x0.toFixed(1)},${y0.toFixed(1)}A30,30 0 0 ${gap > 0 ? 0 : 1} ${x1.toFixed(1)},${y1.toFixed(1)}Z`, style: "fill:var(--line)" });
      const score = Math.hypot(...query[p]) * Math.hypot(...key[p]) * Math.cos(b - a);
      c.said.textContent = `${short(speed, 3)} rad per step: ${short(score)}`;
      set(c.svg, { "aria-label": `pair ${p}, angle between the hands ${short((gap * 180) / Math.PI, 0)} degrees, product ${short(score)}` });
      return score;
    });
    view.say(`Distance j − i = ${short(j - i)}: score q · k = ${short(sum(parts))}, at every pair of positions that far apart.`);
  }
  draw();
}

export default { render };
