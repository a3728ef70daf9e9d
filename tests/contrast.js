// Smallest contrast of a text with what lies behind it: of all elements `texts` below `root`, or in
// its shadow, on a page of the grey `ground`.
({ root, texts, ground }) => {
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
  const place = document.querySelector(root);
  let worst = { ratio: 99 }, count = 0;
  for (const node of (place.shadowRoot ?? place).querySelectorAll(texts)) {
    if (!own(node) || !node.checkVisibility({ visibilityProperty: true })) continue;
    let under = paint(`rgb(${ground}, ${ground}, ${ground})`);
    for (const part of behind(node)) under = paint(getComputedStyle(part).backgroundColor);
    const style = getComputedStyle(node), ink = paint(node.tagName === "text" ? style.fill : style.color);
    const [low, high] = [light(under), light(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: node.textContent.slice(0, 30), tag: node.tagName };
    count += 1;
  }
  return { ...worst, count };
}
