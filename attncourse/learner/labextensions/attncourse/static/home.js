// The map of the course: every lesson and exercise, how it stands, and what to do next.
import { element, link, press } from './elements.js';
import { exerciseRow, markOf } from './exercise.js';
import { openNotebook } from './opening.js';

export class Home {
  constructor(course) {
    this.course = course;
    this.opened = new Set(); // lessons whose exercises are shown
    this.node = element('div', { className: 'attncourse', tabIndex: -1 });
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Map of the course');
    course.tracker.forEach(panel => this.follow(panel));
    course.tracker.widgetAdded.connect((_, panel) => this.follow(panel));
    this.refresh();
  }

  follow(panel) {
    panel.context.saveState.connect((_, state) => state === 'completed' && this.refresh());
    panel.context.model.stateChanged.connect((_, { name }) => name === 'dirty' && this.refresh());
  }

  async refresh() {
    const turn = (this.turn = (this.turn || 0) + 1); // only the answer to the last question counts
    try {
      const told = await this.course.ask('course');
      if (turn === this.turn) this.show(told);
    } catch (error) {
      this.node.replaceChildren(element('p', {}, `The map cannot be drawn: ${error.message}`));
    }
  }

  show(told) {
    if (told.next && !this.opened.size) this.opened.add(told.next.lesson);
    const page = element(
      'div',
      { className: 'page' },
      element('h1', {}, 'How does attention turn a lookup into a Transformer?'),
      this.summary(told),
      this.next(told),
      ...this.unsaved(),
      element('ol', { className: 'lessons' }, ...told.lessons.map(one => this.lesson(one, told)))
    );
    this.node.replaceChildren(page);
  }

  summary({ exercises, correct, earned, points }) {
    const words = `${correct} of ${exercises} exercises correct, ${earned} of ${points} points`;
    const bar = element('progress', { max: points, value: earned });
    bar.setAttribute('aria-label', words);
    return element('p', { className: 'summary' }, bar, ` ${words}`);
  }

  next({ next, lessons }) {
    if (!next) return element('p', { className: 'next' }, 'Every exercise is correct. Well done.');
    const { name, question, exercises } = lessons.find(lesson => lesson.name === next.lesson);
    const exercise = element('code', {}, next.exercise);
    const begin = press('Open the exercise', () => this.open('exercises', name, next.exercise));
    const read = press('Read the lesson', () => this.open('notebooks', name));
    const untouched = exercises.every(one => one.state === 'not attempted');
    (untouched ? read : begin).classList.add('primary');
    const what = element('span', {}, 'Next: ', exercise, ` in lesson ${name.slice(0, 2)}, ${question}`);
    return element('p', { className: 'next' }, what, element('span', {}, read, ' ', begin));
  }

  unsaved() {
    const paths = this.course.tracker
      .filter(panel => panel.context.model.dirty && panel.context.path.includes('exercises/'))
      .map(panel => panel.context.path);
    const text = `Not saved yet: ${paths.join(', ')}. What you see here may be older.`;
    return paths.length ? [element('p', { className: 'unsaved', role: 'status' }, text)] : [];
  }

  lesson(lesson, told) {
    const { name, question, minutes, exercises, fault } = lesson;
    const done = exercises.filter(one => one.state === 'correct').length;
    const text = minutes ? `${minutes} min ` : '';
    const time = element('span', { className: 'minutes' }, text);
    const marks = element('span', {}, exercises.map(markOf).join(''));
    marks.role = 'img';
    marks.ariaLabel = `${done} of ${exercises.length} exercises correct`;
    const head = element(
      'summary',
      {},
      element('span', { className: 'number' }, name.slice(0, 2)),
      element('span', { className: 'question' }, question),
      element('span', { className: 'count' }, time, fault || marks)
    );
    const body = element('div', { className: 'body' }, this.ways(name), this.list(exercises, name));
    const fold = element('details', { open: this.opened.has(name) }, head, body);
    fold.ontoggle = () => this.opened[fold.open ? 'add' : 'delete'](name);
    const className = done && done === exercises.length ? 'done' : '';
    return element('li', { className, ariaCurrent: told.next?.lesson === name ? 'step' : null }, fold);
  }

  ways(name) {
    const to = (text, kind) => link(text, () => this.open(kind, name));
    const reset = press('Start afresh…', () => this.reset(name));
    return element(
      'p',
      { className: 'ways' },
      to('lesson', 'notebooks'),
      to('exercises', 'exercises'),
      to('solutions', 'solutions'),
      reset
    );
  }

  list(exercises, name) {
    const open = exercise => this.open('exercises', name, exercise);
    const rows = exercises.map(one => exerciseRow(one, open, this.course));
    return element('ul', { className: 'exercises' }, ...rows);
  }

  open(kind, name, exercise) {
    return openNotebook(this.course, `${kind}/${name}.ipynb`, exercise);
  }

  async reset(name) {
    const { lab, ask, documents } = this.course;
    const title = `Start the exercises of ${name} afresh?`;
    const body = 'Your answers are kept in a file beside the fresh one.';
    const buttons = [lab.Dialog.cancelButton(), lab.Dialog.warnButton({ label: 'Start afresh' })];
    const { button } = await lab.showDialog({ title, body, buttons });
    if (!button.accept) return;
    const path = `exercises/${name}.ipynb`;
    const panel = documents.findWidget(path);
    if (panel) await leave(panel);
    const { lines } = await ask('reset', { lesson: name });
    if (panel) documents.openOrReveal(path, 'default', undefined, { activate: false });
    lab.Notification.info(lines.join(' '), { autoClose: 8000 });
    this.refresh();
  }
}

// Save a notebook, and close it with its kernel: nothing may write to its file from here on.
async function leave(panel) {
  await panel.context.save();
  panel.context.save = async () => {};
  await panel.sessionContext.shutdown();
  panel.dispose();
}
