// Small pieces of a page.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

export function press(text, act) {
  return element('button', { type: 'button', onclick: act }, text);
}

export function link(text, act) {
  const follow = event => {
    event.preventDefault();
    act();
  };
  return element('a', { href: '#', onclick: follow }, text);
}
