// Smallest contrast of a text in a notebook's outputs with what lies behind it.
() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => rgb.reduce((sum, c, k) => sum + linear(c / 255) * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (node) => (node && node.nodeType === 1 ? [...behind(node.parentNode), node] : []);
  const own = (node) => [...node.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
  let worst = { ratio: 99, texts: 0 };
  for (const node of document.querySelectorAll(".jp-OutputArea-output *")) {
    if (!own(node) || !node.checkVisibility()) continue;
    paint("white");
    let under = null;
    for (const part of behind(node)) under = paint(getComputedStyle(part).backgroundColor);
    const ink = paint(getComputedStyle(node).color);
    const [low, high] = [light(under), light(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    worst = { ...(ratio < worst.ratio ? { ratio, text: node.textContent.slice(0, 40) } : worst), texts: worst.texts + 1 };
  }
  return worst;
}
