// Smallest contrast of a text with the page's grey; text on coloured cells is left to the eye.
(ground) => {
  const root = document.querySelector('[data-lm-suppress-shortcuts]').shadowRoot;
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((a, c, k) => a + c * [.2126, .7152, .0722][k], 0);
  let worst = { ratio: 99 };
  for (const node of root.querySelectorAll('text, h4, p, label, th, td, button:not(:disabled), output, span')) {
    if (!node.textContent.trim() || node.style.background) continue;
    const style = getComputedStyle(node);
    pen.fillStyle = `rgb(${ground},${ground},${ground})`; pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = node.tagName === 'text' ? style.fill : style.color; pen.fillRect(0, 0, 1, 1);
    const [a, b] = [light([...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)), light([ground, ground, ground])];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst.ratio) worst = { ratio, text: node.textContent.slice(0, 30), tag: node.tagName };
  }
  return worst;
}
