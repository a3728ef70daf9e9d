// A cell that is run before its kernel is there waits for it. JupyterLab drops it without a word.
export function patientCells(lab) {
  const runCell = async options => {
    const session = options.sessionContext;
    if (session && !session.isReady) {
      if (options.cell.model.type === 'code') options.cell.setPrompt('*');
      await session.ready;
    }
    return lab.runCell(options);
  };
  return {
    id: 'attncourse:cell-executor', // in the place of JupyterLab's own: see package.json
    autoStart: true,
    provides: lab.INotebookCellExecutor,
    activate: () => Object.freeze({ runCell })
  };
}
