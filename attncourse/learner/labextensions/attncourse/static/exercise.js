// One exercise of the map: how it stands, and its hints, one at a time, mildest first.
import { element, link, press } from './elements.js';

const MARKS = { correct: '✓', 'not yet': '✗', 'not attempted': '○' };
export const markOf = ({ state }) => MARKS[state] || '✎';
const revealed = new Map(); // exercise → how many of its hints have been asked for

export function exerciseRow(exercise, open, course) {
  const { name, state, points, earned } = exercise;
  const mark = element('span', { className: 'mark', ariaHidden: true }, markOf(exercise));
  const way = link('', () => open(name));
  way.append(element('code', {}, name));
  const hints = element('div', { className: 'hints', ariaLive: 'polite' });
  const says = element('span', { className: 'state' }, `${state}, ${earned} of ${points}`);
  const row = element('li', {}, mark, way, says, hintButton(exercise, hints, course), hints);
  row.dataset.state = state;
  return row;
}

function hintButton({ name, hints: total }, place, course) {
  const show = async asked => {
    revealed.set(name, asked);
    button.textContent = asked < total ? `Hint ${asked + 1} of ${total}` : 'No more hints';
    button.disabled = asked >= total;
    if (!asked) return;
    const { hints } = await course.ask('hint', { exercise: name });
    const shown = await Promise.all(hints.slice(0, asked).map(text => rendered(text, course)));
    place.replaceChildren(...shown);
  };
  const button = press('', () => show((revealed.get(name) || 0) + 1));
  show(revealed.get(name) || 0);
  return button;
}

async function rendered(text, { rendermime }) {
  const model = rendermime.createModel({ data: { 'text/markdown': text } });
  const renderer = rendermime.createRenderer('text/markdown');
  await renderer.renderModel(model);
  return renderer.node;
}
