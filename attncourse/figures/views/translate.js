// A translation and its alignment: hover or focus a word of the translation to see which words
// of the source it attends to; click or Enter keeps it.

import { button, frame, make, row, seriesColour, set, short } from "./base.js";

const STYLE = `
.word { cursor: pointer; font-size: 15px; } .word[aria-pressed=true] { font-weight: 700; text-decoration: underline; }
svg text.source { font-size: 15px; }`;

function render({ model, el }) {
  const { source, target, weights, title } = model.get("data");
  const view = frame(el, { title, name: "translation and alignment", style: STYLE });
  const kept = new Set();
  let here = -1;

  const wide = (words) => words.map((w) => 9 * w.length + 22);
  const places = (sizes, room) => {
    const gap = (room - sizes.reduce((a, b) => a + b, 0)) / sizes.length;
    let x = 0;
    return sizes.map((s) => { const at = x + (s + gap) / 2; x += s + gap; return at; });
  };
  const room = Math.min(Math.max(...[source, target].map((w) => wide(w).reduce((a, b) => a + b, 0)), 320), 692);
  const xs = places(wide(source), room), ys = places(wide(target), room);
  const svg = make("svg", { viewBox: `0 0 ${room} 214`, width: room, height: 214 });
  const wires = make("g"), bars = make("g");
  svg.append(bars, wires);
  source.forEach((word, j) => svg.append(make("text", { class: "source", x: xs[j], y: 58, "text-anchor": "middle" }, word)));
  const words = target.map((word, i) => {
    const node = make("text", { class: "word", x: ys[i], y: 204, "text-anchor": "middle", tabindex: 0, role: "button",
      "aria-pressed": "false", "aria-label": `${word}: ${said(i)}` }, word);
    set(node, { onpointerenter: () => look(i), onfocus: () => look(i), onblur: () => look(-1), onclick: () => keep(i),
      onkeydown: (event) => pressed(event, i) });
    svg.append(node);
    return node;
  });
  svg.addEventListener("pointerleave", () => look(-1));
  view.box.append(svg, view.said, row(button("Reset", () => { kept.clear(); look(-1); })));

  function pressed(event, i) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) words[(i + step + words.length) % words.length].focus();
    else if (event.key === "Enter" || event.key === " ") keep(i);
    else if (event.key === "Escape") { kept.clear(); look(-1); }
    else return;
    event.preventDefault();
  }
  function look(i) { here = i; draw(); }
  function keep(i) { kept.has(i) ? kept.delete(i) : kept.add(i); draw(); }
  function said(i) {
    const order = source.map((_, j) => j).sort((p, q) => weights[i][q] - weights[i][p]).slice(0, 3);
    return order.filter((j, k) => !k || weights[i][j] >= 0.01).map((j) => `${source[j]} ${short(weights[i][j])}`).join(", ");
  }
  function draw() {
    const rows = target.map((_, i) => i).filter((i) => kept.has(i) || i === here), drawn = rows.length ? rows : target.map((_, i) => i);
    wires.replaceChildren(...drawn.flatMap((i) => source.map((_, j) => [i, j]).filter(([, j]) => weights[i][j] > 0.03).map(([, j]) =>
      make("path", { d: `M${ys[i].toFixed(1)},186C${ys[i].toFixed(1)},130 ${xs[j].toFixed(1)},124 ${xs[j].toFixed(1)},68`, fill: "none",
        stroke: seriesColour(i), "stroke-width": (0.5 + 8 * weights[i][j]).toFixed(1), opacity: rows.length ? 0.85 : 0.4 }))));
    const thin = Math.min(14, 40 / Math.max(rows.length, 1));
    bars.replaceChildren(...rows.flatMap((i, k) => source.map((_, j) => make("rect", { class: "ease", x: xs[j] + (k - rows.length / 2) * thin,
      y: 40 - 38 * weights[i][j], width: thin - 1, height: 38 * weights[i][j], fill: seriesColour(i) }))));
    words.forEach((node, i) => set(node, { "aria-pressed": String(kept.has(i)) }));
    view.say(rows.length ? rows.map((i) => `${target[i]}${kept.has(i) ? " (kept)" : ""} → ${said(i)}`).join("; ")
      : "Hover or focus a word of the translation; click or Enter keeps it.");
  }
  draw();
}

export default { render };
