// A lesson, its exercises and its solution are files of one name in three folders; their tabs say
// which is which. The words are in course.css: a tab's label itself is the file's name, and
// changing it would rename the file.
const KINDS = ['notebooks', 'exercises', 'solutions'];

export function kindOf(path) {
  return KINDS.find(kind => path.split('/').slice(0, -1).includes(kind)) || '';
}

export function nameTabs(tracker) {
  const name = panel => {
    const course = kindOf(panel.context.path);
    panel.title.dataset = { ...panel.title.dataset, course };
  };
  tracker.forEach(name);
  tracker.widgetAdded.connect((_, panel) => {
    name(panel);
    panel.context.pathChanged.connect(() => name(panel));
  });
}
