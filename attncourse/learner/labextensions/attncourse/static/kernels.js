// Each kernel holds about 230 MB. The notebooks used last keep theirs; of one that was left, the
// idle kernel is closed, and a new one starts when its reader comes back.
const KEPT = 3; // a lesson, its exercises, its solution

export function closeKernelsLeftBehind({ tracker, lab }) {
  const recent = [];
  const left = new Set();
  tracker.currentChanged.connect((_, panel) => {
    if (!panel) return;
    recent.splice(0, recent.length, panel, ...recent.filter(p => p !== panel && !p.isDisposed));
    if (left.delete(panel)) comeBack(panel, lab);
    for (const old of recent.slice(KEPT)) leave(old, left);
  });
}

function leave(panel, left) {
  if (panel.sessionContext.session?.kernel?.status === 'idle') {
    left.add(panel);
    panel.sessionContext.shutdown();
  }
}

async function comeBack(panel, lab) {
  await panel.sessionContext.changeKernel({ name: 'python3' });
  const text = 'This notebook was left, and its kernel was closed to save memory: run it again.';
  lab.Notification.info(text, { autoClose: 8000 });
}
