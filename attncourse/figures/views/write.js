// Generation, token by token: temperature, top-k and top-p at work on a trained model's logits.
// The page holds the logits of the likeliest continuations; with a kernel, all of them.

import { button, frame, make, row, set, short, slider, sum } from "./base.js";

const STYLE = `
.text { font: 15px/1.6 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; padding: 8px 10px; background: var(--faint);
  border-radius: 6px; min-height: 1.6em; overflow-wrap: anywhere; } .text b { color: var(--accent); }
.next { display: grid; grid-template-columns: minmax(90px, auto) 1fr 4em; gap: 3px 10px; align-items: center; margin: 10px 0; }
.next button { font-family: ui-monospace, Menlo, Consolas, monospace; white-space: pre; text-align: right; padding: 0 8px; min-height: 24px; }
.next i { display: block; height: 15px; border-radius: 2px; background: var(--accent); } .next .cut i { background: none; outline: 1px dashed var(--muted); }
.next .cut { color: var(--muted); }
`;

// A small generator, so that the same clicks write the same text everywhere.
const dice = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let z = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
  return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
};

function render({ model, el }) {
  const { nodes, tokens: names, prompt, title } = model.get("data");
  const view = frame(el, { title, name: "token by token", style: STYLE });
  let path = [], t = 1, k = 0, p = 1, roll = dice(1);
  const live = new Map();
  const here = () => live.get(path.join("\u0001")) || path.reduce((node, token) => node && nodes[node.kids[names.indexOf(token)]], nodes[0]);

  // Probabilities at this temperature; what top-k and top-p leave, and what they cut.
  function shares() {
    const node = here(), tokens = node.tokens.map((token) => names[token] ?? token);
    const power = (fall) => Math.exp(-fall / 100 / t), powers = node.falls.map(power);
    const others = sum(node.rest.map(([n, fall]) => n * power(fall))), all = sum(powers) + others;
    const before = powers.map((x) => x / all);
    let mass = 0;
    const open = before.map((x, n) => { const kept = (!k || n < k) && (!n || p === 1 || mass < p); mass += x; return kept; });
    const total = sum(before.filter((_, n) => open[n])) + (open.every(Boolean) && !k && p >= mass ? others / all : 0);
    return { tokens, before, open, after: before.map((x, n) => (open[n] ? x / total : 0)), others: others / all };
  }
  const add = (token) => { path = [...path, token]; if (!here()) ask(); draw(); };
  const ask = () => { if (model.set) { model.set("wanted", path); model.save_changes(); } };
  if (model.on) model.on("change:given", () => { const { path: at, node } = model.get("given"); live.set(at.join("\u0001"), node); draw(); });

  const text = make("div", { class: "text", "aria-label": "text so far" }), list = make("div", { class: "next" });
  const sample = button("Write one token", () => {
    const { tokens, after } = shares();
    let x = roll() * sum(after), n = 0;
    while (n < after.length - 1 && (x -= after[n]) > 0) n++;
    add(tokens[n]);
  });
  const back = button("Take one back", () => { path = path.slice(0, -1); draw(); });
  const heat = slider("temperature", [-1, 1, 0.02], 0, (x) => { t = 10 ** x; draw(); }, (x) => short(10 ** x));
  const topK = slider("top-k", [0, nodes[0].tokens.length, 1], 0, (x) => { k = x; draw(); }, (x) => (x ? String(x) : "all"));
  const topP = slider("top-p", [0.05, 1, 0.01], 1, (x) => { p = x; draw(); });
  const reset = button("Reset", () => { path = []; t = 1; k = 0; p = 1; roll = dice(1); heat.set(0); topK.set(0); topP.set(1); draw(); });
  view.box.append(text, row(sample, back, reset), row(heat, topK, topP), list, view.said);

  function draw() {
    text.replaceChildren(prompt, make("b", {}, path.join("")));
    back.disabled = !path.length;
    sample.disabled = !here();
    if (!here()) {
      list.replaceChildren();
      view.say(model.set ? "The model is asked …" : "The page holds no logits beyond this token; take one back, or run the cell with a live model.");
      return;
    }
    const { tokens, before, open, after, others } = shares();
    list.replaceChildren(...tokens.flatMap((token, n) => {
      const kind = open[n] ? null : "cut";
      const pick = button(JSON.stringify(token).slice(1, -1).replaceAll(" ", "␣"), () => add(token),
        { "aria-label": `choose ${JSON.stringify(token)}`, class: kind, disabled: !open[n] });
      const bar = make("div", { class: kind }, make("i", { style: `width:${(100 * (open[n] ? after[n] : before[n])).toFixed(1)}%` }));
      return [pick, bar, make("span", { class: kind }, open[n] ? short(after[n], 3) : `(${short(before[n], 3)})`)];
    }));
    const left = open.filter(Boolean).length;
    view.say(`${left} of ${tokens.length} shown tokens may be written; likeliest ${JSON.stringify(tokens[0])} ${short(after[0], 3)}; all others together ${short(others, 3)} before the cut.`);
  }
  draw();
}

export default { render };
