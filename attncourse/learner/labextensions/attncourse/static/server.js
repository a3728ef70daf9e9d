// Ask the course's half of the server, see attncourse/learner/server.py.
export function asks(app, lab) {
  const settings = app.serviceManager.serverSettings;
  return async (what, body) => {
    const url = `${settings.baseUrl}attncourse/${what}`;
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await lab.ServerConnection.makeRequest(url, init, settings);
    const told = await reply.json();
    if (!reply.ok) throw new Error(told.message || reply.statusText);
    return told;
  };
}
