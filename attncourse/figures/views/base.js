// What all views share: elements, controls, dragging, numbers, one look.
// A view imports what it needs from here; Python writes both into one script.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set("svg g path line rect circle text tspan polygon polyline pattern".split(" "));

// make("button", {class: "x", onclick: f}, "text", child): one element with its children.
export function make(tag, given = {}, ...inside) {
  const node = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  set(node, given);
  node.append(...inside);
  return node;
}

export function set(node, given) {
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style" || value === false || value == null) {
      if (name === "style") node.style.cssText = value;
      else node.removeAttribute(name);
    } else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

// A short number with a true minus sign.
export function short(x, digits = 2) {
  const text = Number(x.toFixed(digits)).toString();
  return text === "-0" ? "0" : text.replace("-", "−");
}

export const sum = (xs) => xs.reduce((a, b) => a + b, 0);
export const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

// The colours of the pictures; each is mixed with the page's ink, so that it suits dark pages.
const HUES = {
  the: "#6b7280", dog: "#0072B2", saw: "#CC79A7", cat: "#D55E00", and: "#56B4E9",
  barked: "#009E73", ran: "#E69F00",
};
export const SERIES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
export const inked = (hue, part = 62) => `color-mix(in srgb, ${hue} ${part}%, currentColor)`;
export const wordColour = (word) => (HUES[word] ? inked(HUES[word]) : "currentColor");
export const seriesColour = (i) => inked(SERIES[i % 6], 75);
export const lineColour = (word, i) => (HUES[word] ? inked(HUES[word], 80) : seriesColour(i));
export const blue = (w) => `color-mix(in srgb, var(--blue) ${(100 * w).toFixed(1)}%, transparent)`;
// What can be read on it, in both themes.
export const onBlue = (w) => (w > 0.87 ? "#fff" : "var(--ink)");

const LOOK = `
:host { display: block; color: inherit; }
.view { --blue: #1a66ac; --ink: rgb(from currentColor r g b / 1);
  --accent: color-mix(in srgb, #0072B2 75%, currentColor);
  --line: color-mix(in srgb, currentColor 22%, transparent);
  --faint: color-mix(in srgb, currentColor 7%, transparent);
  --muted: color-mix(in srgb, currentColor 74%, transparent);
  max-width: 720px; font: 13px/1.45 Helvetica, Arial, "Liberation Sans", sans-serif;
  padding: 6px 2px 10px; container-type: inline-size; }
h4 { font-size: 15px; margin: 0 0 8px; }
p { margin: 6px 0; min-height: 1.45em; }
.muted { color: var(--muted); } .row { display: flex; flex-wrap: wrap; gap: 8px 18px;
  align-items: center; margin: 8px 0; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; touch-action: pan-y; }
svg text { fill: currentColor; font-size: 13px; }
svg .muted { color: inherit; fill: var(--muted); font-size: 12px; }
button { font: inherit; color: inherit; background: var(--faint); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 10px; cursor: pointer; min-height: 28px; }
button:hover { border-color: var(--accent); }
button[aria-pressed=true], button[aria-checked=true] { border-color: var(--accent);
  box-shadow: inset 0 0 0 1px var(--accent); font-weight: 700; }
button:disabled { color: var(--muted); cursor: default; border-style: dashed; }
label { display: inline-flex; gap: 8px; align-items: center; }
input { accent-color: #0072B2; } input[type=range] { width: 150px; margin: 0; }
output { display: inline-block; min-width: 3.2em; font-variant-numeric: tabular-nums; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 8px; text-align: right; font-weight: 400; border: 0; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.handle { cursor: grab; touch-action: none; } .handle:active { cursor: grabbing; }
@media (prefers-reduced-motion: no-preference) {
  .ease { transition: fill .15s, stroke-width .15s, width .15s, opacity .15s; } }
`;

// The frame of a view in a shadow root, where the page's styles do not reach; `say` tells in
// words what the view shows, to everybody, and politely to a screen reader.
export function frame(el, { title, name, style = "" }) {
  const host = make("div", { "data-lm-suppress-shortcuts": "true" });
  const box = make("div", { class: "view", role: "group", "aria-label": title || name });
  const said = make("p", { "aria-live": "polite", class: "said" });
  host.attachShadow({ mode: "open" }).append(make("style", {}, LOOK + style), box);
  if (title) box.append(make("h4", {}, title));
  el.replaceChildren(host);
  return { box, said, say: (text) => (said.textContent = text) };
}

export const row = (...inside) => make("div", { class: "row" }, ...inside);
export const button = (text, onclick, given = {}) =>
  make("button", { type: "button", onclick, ...given }, text);

// A labelled slider that shows its value; returns it with `.set(value)`.
export function slider(label, [low, high, step], value, oninput, write = short) {
  const shown = make("output", {}, write(value));
  const input = make("input", { type: "range", min: low, max: high, step, "aria-label": label });
  const update = (x) => {
    shown.textContent = write(x);
    input.setAttribute("aria-valuetext", `${label} ${write(x)}`);
  };
  input.value = value;
  input.addEventListener("input", () => { update(+input.value); oninput(+input.value); });
  update(value);
  const box = make("label", {}, label, input, shown);
  box.set = (x) => { input.value = x; update(x); };
  return box;
}

export function toggle(label, on, onchange) {
  const input = make("input", { type: "checkbox", onchange: () => onchange(input.checked) });
  input.checked = on;
  const box = make("label", {}, input, label);
  box.set = (x) => (input.checked = x);
  return box;
}

// A few choices of which one holds; arrow keys move between them.
export function choice(label, names, at, onchoose) {
  const buttons = names.map((name, i) =>
    button(name, () => box.set(i, true), { role: "radio", "aria-checked": i === at }));
  const box = make("div", { class: "row", role: "radiogroup", "aria-label": label, style: "margin:0" },
    make("span", { class: "muted" }, label), ...buttons);
  box.set = (i, told) => {
    buttons.forEach((b, k) => set(b, { "aria-checked": String(k === i), tabindex: k === i ? 0 : -1 }));
    at = i;
    if (told) onchoose(i);
  };
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    box.set((at + step + names.length) % names.length, true);
    buttons[at].focus();
  });
  box.set(at);
  return box;
}
