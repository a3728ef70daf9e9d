// The course in JupyterLab: its map as landing page and side panel, tabs that can be told apart,
// answers saved with their checks, kernels only where somebody works.
import { Home } from './home.js';
import { closeKernelsLeftBehind } from './kernels.js';
import { patientCells } from './running.js';
import { forgiveKernels, reportUnsaved, saveAfterChecks, saveOneByOne } from './saving.js';
import { asks } from './server.js';
import { nameTabs } from './tabs.js';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22" width="16">
  <g class="jp-icon3" fill="#616161">
    <circle cx="5" cy="17" r="3" /><circle cx="17" cy="17" r="3" /><circle cx="11" cy="5" r="3" />
    <rect x="9.9" y="5" width="2" height="13" transform="rotate(27 11 5)" />
    <rect x="10.1" y="5" width="2" height="13" transform="rotate(-27 11 5)" />
  </g></svg>`;
const MAP_LINK = /README\.md(#|$)/; // where the navigation lines' "map" leads outside JupyterLab

export const plugins = lab => [patientCells(lab), coursePlugin(lab)];

function coursePlugin(lab) {
  return {
    id: 'attncourse:course',
    autoStart: true,
    requires: [lab.INotebookTracker, lab.IDocumentManager, lab.IRenderMimeRegistry],
    optional: [lab.ICommandPalette],
    activate: (app, tracker, documents, rendermime, palette) => {
      const course = { app, lab, tracker, documents, rendermime, ask: asks(app, lab) };
      nameTabs(tracker);
      saveOneByOne(tracker);
      saveAfterChecks(lab, tracker);
      forgiveKernels(tracker);
      reportUnsaved(course);
      closeKernelsLeftBehind(course);
      const open = showHome(course);
      app.commands.addCommand('attncourse:map', { label: 'Map of the Course', execute: open });
      palette?.addItem({ command: 'attncourse:map', category: 'Help' });
    }
  };
}

function showHome(course) {
  const { app, lab } = course;
  const icon = new lab.LabIcon({ name: 'attncourse:map', svgstr: ICON });
  const side = widget(course, 'attncourse-side', icon);
  side.title.caption = 'Map of the course';
  app.shell.add(side, 'left', { rank: 10 });
  let page = null;
  const open = () => {
    if (!page || page.isDisposed) {
      page = widget(course, 'attncourse-map', icon);
      Object.assign(page.title, { label: 'Map of the course', closable: true });
      app.shell.add(page, 'main', { mode: 'tab-before' });
    }
    app.shell.activateById(page.id);
  };
  document.addEventListener('click', event => followMapLinks(event, open), true);
  const toMap = /\/lab\/?$/.test(location.pathname);
  app.restored.then(() => toMap && open());
  return open;
}

function widget(course, id, icon) {
  const home = new Home(course);
  const made = new course.lab.Widget({ node: home.node });
  made.id = id;
  made.title.icon = icon;
  made.onAfterShow = () => home.refresh();
  return made;
}

function followMapLinks(event, open) {
  const link = event.target.closest?.('.jp-Notebook a[href]');
  if (link && MAP_LINK.test(link.getAttribute('href'))) {
    event.preventDefault();
    event.stopPropagation();
    open();
  }
}
