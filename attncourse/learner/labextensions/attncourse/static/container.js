// What JupyterLab loads first. It asks for a module-federation container, which a bundler would
// write; this one is written by hand, so that nobody needs node to install or change the course.
(() => {
  const here = new URL('.', document.currentScript.src).href;
  const PARTS = [
    '@jupyterlab/apputils',
    '@jupyterlab/docmanager',
    '@jupyterlab/notebook',
    '@jupyterlab/rendermime',
    '@jupyterlab/services',
    '@jupyterlab/ui-components',
    '@lumino/widgets'
  ];
  let scope; // JupyterLab's own modules: name → version → how to get it

  async function part(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  async function extension() {
    const lab = Object.assign({}, ...(await Promise.all(PARTS.map(part))));
    const { plugins } = await import(here + 'plugin.js');
    return () => ({ __esModule: true, default: plugins(lab) });
  }

  async function style() {
    const sheet = document.createElement('link');
    Object.assign(sheet, { rel: 'stylesheet', href: here + 'course.css' });
    document.head.append(sheet);
    return () => ({});
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.attncourse = {
    init: given => {
      scope = given;
    },
    get: module => (module === './style' ? style() : extension())
  };
})();
