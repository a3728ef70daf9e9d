// Attention maps that answer: hover or focus a query to see its row; click to keep it, click
// again to let it go; several at once. Heads and layers can be switched.

import { blue, button, clamp, frame, lineColour, make, row, set, short, wordColour } from "./base.js";

const STYLE = `
.both { display: flex; flex-wrap: wrap; gap: 12px 22px; align-items: flex-start; }
.cells { cursor: crosshair; } .heads { display: flex; flex-wrap: wrap; gap: 8px; margin: 4px 0 10px; }
.heads button { padding: 4px; display: grid; gap: 2px; font-size: 12px; justify-items: center; }
canvas { image-rendering: pixelated; width: 56px; height: 56px; background: var(--faint); }
.wide { flex: 1 1 420px; max-width: 480px; } .wide canvas { width: 100%; height: auto; }
[role=option] { cursor: pointer; } [role=option][aria-selected=true] { font-weight: 700; }
`;

// Weights from letters: 8 bits each when there are many, else 12.
function unpack(text, count) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (bytes.length === count) return Float32Array.from(bytes, (b) => b / 255);
  return Float32Array.from({ length: count }, (_, k) => {
    const at = (k >> 1) * 3, pair = k & 1 ? ((bytes[at + 1] & 15) << 8) | bytes[at + 2] : (bytes[at] << 4) | (bytes[at + 1] >> 4);
    return pair / 4095;
  });
}

function render({ model, el }) {
  const { queries, keys, maps, names, mask, title, packed } = model.get("data");
  const M = queries.length, N = keys.length;
  const weights = unpack(packed, maps * M * N);
  const at = (i, j) => weights[(shown * M + i) * N + j];
  const open = (i, j) => !mask || mask[i][j] === "1";
  const view = frame(el, { title, name: "attention map", style: STYLE });
  let shown = 0, here = -1;
  const kept = new Set();

  // ---- heads: small multiples, each a button
  const heads = make("div", { class: "heads", role: "group", "aria-label": "heads" });
  const buttons = maps < 2 ? [] : names.map((name, h) => {
    const canvas = make("canvas", { width: N, height: M, "aria-hidden": "true" });
    const node = button("", () => choose(h), { "aria-pressed": String(h === 0), "aria-label": name });
    node.append(canvas, name);
    heads.append(node);
    return node;
  });

  function paint(canvas, h) {
    const ink = canvas.getContext("2d"), image = ink.createImageData(N, M);
    for (let k = 0; k < M * N; k++) {
      const w = weights[h * M * N + k];
      image.data.set(open(Math.floor(k / N), k % N) ? [31, 111, 181, 255 * w] : [128, 128, 128, 90], 4 * k);
    }
    ink.putImageData(image, 0, 0);
  }
  buttons.forEach((node, h) => paint(node.querySelector("canvas"), h));

  // ---- the map
  const large = Math.max(M, N) > 64;
  const cell = clamp(Math.floor(330 / Math.max(M, N)), 5, 26);
  const left = large ? 0 : 12 + 7 * Math.max(...queries.map((q) => q.length));
  const top = large ? 0 : 12 + 7 * Math.max(...keys.map((k) => k.length)) * 0.75;
  const svg = make("svg", { viewBox: `0 0 ${left + N * cell + 26} ${top + M * cell + 4}`,
    width: left + N * cell + 26, height: top + M * cell + 4, class: "cells" });
  const rects = [];
  const wide = make("div", { class: "wide" });
  if (large) wide.append(make("canvas", { width: N, height: M, role: "img", tabindex: 0, "aria-label":
    `map of ${M} queries by ${N} keys; up and down move from row to row` }));
  else drawCells();

  function drawCells() {
    const hatch = make("pattern", { id: "hidden", width: 5, height: 5, patternUnits: "userSpaceOnUse" });
    hatch.append(make("path", { d: "M0,5L5,0", stroke: "var(--muted)", "stroke-width": 0.6 }));
    svg.append(hatch);
    for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) {
      const given = { x: left + j * cell, y: top + i * cell, width: cell - 1, height: cell - 1 };
      rects.push(make("rect", given));
    }
    svg.append(...rects, make("rect", { x: left, y: top, width: N * cell, height: M * cell, fill: "none", stroke: "var(--line)" }));
    const names = (list, place) => list.forEach((name, k) => {
      if (cell < 9 && k % 4) return;
      const style = `fill:${wordColour(name)};font-size:${clamp(cell + 1, 9, 13)}px`;
      svg.append(make("text", { style, ...place(k) }, name));
    });
    names(queries, (i) => ({ x: left - 6, y: top + (i + 0.5) * cell + 4, "text-anchor": "end" }));
    names(keys, (j) => ({ transform: `translate(${left + (j + 0.5) * cell + 2} ${top - 6}) rotate(-50)` }));
  }
  const mark = make("rect", { fill: "none", stroke: "var(--accent)", "stroke-width": 2, rx: 2, x: left - 1,
    width: N * cell + 1, height: cell + 1, visibility: "hidden" });
  svg.append(mark);

  // ---- lines from queries to keys, bars of the row beside the keys
  const lineHigh = clamp(Math.floor(330 / Math.max(M, N)), 13, 26), lines = !large && Math.max(M, N) <= 64;
  const a = 8 + 7 * Math.max(...queries.map((q) => q.length)), b = a + 96;
  const c = b + 10 + 7 * Math.max(...keys.map((k) => k.length));
  const high = 22 + lineHigh * Math.max(M, N);
  const links = make("svg", { viewBox: `0 0 ${c + 92} ${high}`, width: c + 92, height: high,
    role: "listbox", "aria-multiselectable": "true", "aria-label": "queries; Enter keeps a row" });
  const wires = make("g"), bars = make("g");
  links.append(make("text", { class: "muted", x: a, y: 11, "text-anchor": "end" }, "queries"),
    make("text", { class: "muted", x: b, y: 11 }, "keys"), wires, bars);
  const textStyle = (name) => `fill:${wordColour(name)};font-size:${Math.min(lineHigh - 2, 13)}px`;
  const y = (k) => 22 + (k + 0.5) * lineHigh;
  const options = !lines ? [] : queries.map((name, i) => {
    const text = make("text", { x: a, y: y(i) + 4, "text-anchor": "end", style: textStyle(name),
      role: "option", tabindex: i ? -1 : 0, "aria-selected": "false" }, name);
    set(text, { onclick: () => keep(i), onpointerenter: () => look(i), onfocus: () => look(i),
      onkeydown: (event) => pressed(event, i) });
    links.append(text);
    return text;
  });
  if (lines) keys.forEach((name, j) =>
    links.append(make("text", { x: b, y: y(j) + 4, style: textStyle(name) }, name)));

  function pressed(event, i) {
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: M - 1 }[event.key];
    if (to !== undefined) options[clamp(to, 0, M - 1)].focus();
    else if (event.key === "Enter" || event.key === " ") keep(i);
    else if (event.key === "Escape") reset();
    else return;
    event.preventDefault();
  }

  // ---- what the reader does
  function choose(h) {
    shown = h;
    buttons.forEach((node, k) => set(node, { "aria-pressed": String(k === h) }));
    fill();
    draw();
  }
  function look(i) { here = i; draw(); }
  function keep(i) { kept.has(i) ? kept.delete(i) : kept.add(i); here = i; draw(); }
  function reset() { kept.clear(); here = -1; choose(0); }

  const rowAt = (event) => {
    const node = large ? wide.firstChild : svg, box = node.getBoundingClientRect();
    const part = (event.clientY - box.top) / box.height;
    const i = large ? Math.floor(part * M) : Math.floor((part * (top + M * cell + 4) - top) / cell);
    return i >= 0 && i < M ? i : -1;
  };
  for (const node of [svg, wide]) {
    node.addEventListener("pointermove", (event) => { const i = rowAt(event); if (i !== here) look(i); });
    node.addEventListener("pointerleave", () => look(-1));
    node.addEventListener("click", (event) => { const i = rowAt(event); if (i >= 0) keep(i); });
  }
  wide.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); look(clamp(here + step, 0, M - 1)); }
  });
  links.addEventListener("pointerleave", () => look(-1));

  // ---- drawing: all cells when the head changes, only the rows on hover
  function fill() {
    if (large) paint(wide.firstChild, shown);
    rects.forEach((node, k) => {
      const i = Math.floor(k / N), j = k % N;
      node.style.fill = open(i, j) ? blue(at(i, j)) : "url(#hidden)";
    });
  }
  function draw() {
    const rows = [...new Set([...kept, ...(here >= 0 ? [here] : [])])].sort((p, q) => p - q);
    set(mark, { visibility: here < 0 ? "hidden" : "visible", y: top + here * cell - 1 });
    if (lines) drawLinks(rows);
    view.say(rows.length ? rows.map(said).join("; ") : `${names[shown] ? names[shown] + ": h" : "H"}over or focus a query; click or Enter keeps it.`);
  }
  function said(i) {
    const order = [...Array(N).keys()].filter((j) => open(i, j)).sort((p, q) => at(i, q) - at(i, p));
    const best = order.slice(0, 3).filter((j, k) => !k || at(i, j) >= 0.005);
    return `${queries[i]}${kept.has(i) ? " (kept)" : ""} → ${best.map((j) => `${keys[j]} ${short(at(i, j))}`).join(", ")}`;
  }
  function drawLinks(rows) {
    const drawn = rows.length ? rows : [...Array(M).keys()];
    wires.replaceChildren(...drawn.flatMap((i) => [...Array(N).keys()].filter((j) => open(i, j) && at(i, j) > 0.02)
      .map((j) => make("path", { d: `M${a + 6},${y(i)}C${a + 44},${y(i)} ${b - 44},${y(j)} ${b - 6},${y(j)}`,
        fill: "none", stroke: lineColour(queries[i], i), "stroke-width": (0.5 + 7 * at(i, j)).toFixed(2),
        opacity: rows.length ? 0.85 : 0.35 }))));
    const thin = Math.min(10, (lineHigh - 3) / Math.max(rows.length, 1));
    bars.replaceChildren(...rows.flatMap((i, k) => [...Array(N).keys()].filter((j) => open(i, j)).flatMap((j) => {
      const yy = y(j) - (thin * rows.length) / 2 + k * thin, w = 60 * at(i, j);
      const bar = make("rect", { class: "ease", x: c, y: yy, width: w.toFixed(1), height: thin - 1, fill: lineColour(queries[i], i), rx: 1 });
      const text = rows.length > 1 || at(i, j) < 0.005 ? [] :
        [make("text", { class: "muted", x: c + w + 5, y: y(j) + 4 }, short(at(i, j)))];
      return [bar, ...text];
    })));
    options.forEach((node, i) => set(node, { "aria-selected": String(kept.has(i)) }));
  }

  if (buttons.length) view.box.append(heads);
  view.box.append(make("div", { class: "both" }, large ? wide : svg, ...(lines ? [links] : [])), view.said,
    row(button("Reset", reset)));
  choose(0);
}

export default { render };
