// What views of the plane share: vectors and weights, dragging, axes.

import { make, short, sum } from "./base.js";

export const pair = (v) => `(${v.map((x) => short(x)).join(", ")})`;

export function softmax(scores) {
  const top = Math.max(...scores);
  const powers = scores.map((s) => (s === -Infinity ? 0 : Math.exp(s - top)));
  const total = sum(powers);
  return total > 0 ? powers.map((p) => p / total) : powers;
}

// Drag a drawn handle with mouse, touch or arrow keys (shift: larger steps); `move` gets the
// place in the units of the drawing, `nudge` gets the steps.
export function drag(svg, handle, move, nudge) {
  const place = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    move(at.x, at.y);
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", place);
  });
  for (const end of ["pointerup", "pointercancel"])
    handle.addEventListener(end, () => handle.removeEventListener("pointermove", place));
  handle.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    nudge(...step.map((s) => s * (event.shiftKey ? 5 : 1)));
  });
}

// A plane for points: pixels from numbers and back, with a light grid and its axes.
export function plane(size, [low, high], names, [wide, tall] = [size, size]) {
  const [x0, y0] = low, [x1, y1] = high;
  const px = (x) => ((x - x0) / (x1 - x0)) * wide;
  const py = (y) => tall - ((y - y0) / (y1 - y0)) * tall;
  const svg = make("svg", { viewBox: `-30 -8 ${wide + 44} ${tall + 44}`, width: wide + 44, height: tall + 44 });
  const step = (span) => [1, 2, 5, 10, 20, 50, 100, 200].find((s) => span / s <= 8) || span / 5;
  const line = (a, b, c, d, colour) => svg.append(
    make("line", { x1: a, y1: b, x2: c, y2: d, stroke: colour, "stroke-width": 1 }));
  const ticks = (from, to) => {
    const by = step(to - from), found = [];
    for (let t = Math.ceil(from / by) * by; t <= to + 1e-9; t += by) found.push(t);
    return found;
  };
  for (const t of ticks(x0, x1)) {
    line(px(t), 0, px(t), tall, t ? "var(--faint)" : "var(--line)");
    svg.append(make("text", { class: "muted", x: px(t), y: tall + 15, "text-anchor": "middle" }, short(t)));
  }
  for (const t of ticks(y0, y1)) {
    line(0, py(t), wide, py(t), t ? "var(--faint)" : "var(--line)");
    svg.append(make("text", { class: "muted", x: -6, y: py(t) + 4, "text-anchor": "end" }, short(t)));
  }
  svg.append(make("text", { class: "muted", x: wide / 2, y: tall + 32, "text-anchor": "middle" }, names[0]));
  svg.append(make("text", { class: "muted", x: 4, y: 8 }, names[1]));
  return { svg, px, py, x: (p) => x0 + (p / wide) * (x1 - x0), y: (p) => y0 + ((tall - p) / tall) * (y1 - y0) };
}
