// A check that has spoken is kept: its notebook is saved at once. What is not saved yet is told to
// the server, so that `attncourse status` can say so.
import { kindOf } from './tabs.js';

const VERDICT = 'application/vnd.attncourse.verdict+json';
const PAUSE = 400; // milliseconds in which several changes count as one
const timers = new WeakMap();

// Two saves at a time look to JupyterLab like somebody else's: whoever asks, each waits for the last.
export function saveOneByOne(tracker) {
  const follow = ({ context }) => {
    const save = context.save.bind(context);
    let last = Promise.resolve();
    context.save = () => (last = last.catch(() => {}).then(() => context.isDisposed || save()));
  };
  tracker.forEach(follow);
  tracker.widgetAdded.connect((_, panel) => follow(panel));
}

// Save once for many reasons.
function saveSoon(panel) {
  clearTimeout(timers.get(panel));
  const save = () => !panel.isDisposed && panel.context.model.dirty && panel.context.save();
  timers.set(panel, setTimeout(save, PAUSE));
}

export function saveAfterChecks(lab, tracker) {
  lab.NotebookActions.executed.connect((_, { notebook, cell }) => {
    const outputs = cell.model.outputs;
    const spoke = [...Array(outputs?.length ?? 0).keys()].some(n => VERDICT in outputs.get(n).data);
    const panel = tracker.find(candidate => candidate.content === notebook);
    if (spoke && panel) saveSoon(panel);
  });
}

// A kernel that starts writes its Python's version into the notebook. Nobody changed anything, so
// nobody is asked to save it.
export function forgiveKernels(tracker) {
  const follow = ({ context }) => {
    context.model.metadataChanged.connect((model, { key }) => {
      const clean = key === 'language_info' && !model.dirty;
      if (clean) setTimeout(() => !model.isDisposed && (model.dirty = false));
    });
  };
  tracker.forEach(follow);
  tracker.widgetAdded.connect((_, panel) => follow(panel));
}

export function reportUnsaved({ tracker, ask }) {
  let waiting = 0;
  const report = () => {
    const unsaved = tracker.filter(p => p.context.model.dirty && kindOf(p.context.path));
    ask('unsaved', { paths: unsaved.map(panel => panel.context.path) }).catch(() => {});
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(report, PAUSE);
  };
  const follow = panel => {
    panel.context.model.stateChanged.connect((_, change) => change.name === 'dirty' && soon());
    panel.disposed.connect(soon);
  };
  tracker.forEach(follow);
  tracker.widgetAdded.connect((_, panel) => follow(panel));
}
