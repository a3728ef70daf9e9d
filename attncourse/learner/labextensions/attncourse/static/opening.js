// Open a notebook, at an exercise if one is named.
export async function openNotebook({ documents }, path, exercise) {
  const panel = documents.openOrReveal(path);
  if (!panel || !exercise) return;
  await panel.context.ready;
  const notebook = panel.content;
  const asks = cell => cell.model.getMetadata('nbgrader')?.grade_id;
  const find = name => notebook.widgets.findIndex(cell => asks(cell) === name);
  const place = find(`task-${exercise}`) >= 0 ? find(`task-${exercise}`) : find(exercise);
  if (place < 0) return;
  notebook.activeCellIndex = find(exercise);
  await notebook.scrollToItem(place, 'start');
}
