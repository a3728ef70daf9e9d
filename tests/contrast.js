// Smallest contrast of a text with what lies behind it, on a page of the given grey.
(ground) => {
  const root = document.querySelector("[data-lm-suppress-shortcuts]").shadowRoot;
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => rgb.reduce((sum, c, k) => sum + linear(c / 255) * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (node) => (node && node.nodeType === 1 ? [...behind(node.parentNode), node] : []);
  const texts = "text, h4, p, label, th, td, button:not(:disabled), output, span, b";
  let worst = { ratio: 99 };
  for (const node of root.querySelectorAll(texts)) {
    if (!node.textContent.trim() || getComputedStyle(node).visibility === "hidden") continue;
    paint(`rgb(${ground}, ${ground}, ${ground})`);
    let under = null;
    for (const part of behind(node)) under = paint(getComputedStyle(part).backgroundColor);
    const style = getComputedStyle(node), ink = paint(node.tagName === "text" ? style.fill : style.color);
    const [low, high] = [light(under), light(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: node.textContent.slice(0, 30), tag: node.tagName };
  }
  return worst;
}
