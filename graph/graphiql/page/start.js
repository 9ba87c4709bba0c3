'use strict';

// Starts GraphiQL with what the server wrote into the page. A file of its own, because the page's policy forbids inline scripts.
(function () {
  const settings = JSON.parse(document.getElementById('settings').textContent);
  const socket = new URL(settings.subscriptionPath, window.location.href);
  socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';

  const fetcher = GraphiQL.createFetcher({
    url: settings.endpoint,
    // What stands in the headers editor goes into the socket's connection_init payload as well.
    subscriptionUrl: socket.href,
  });

  // Queries, variables and answers hold personal data: they end with the tab and are never left on a shared computer.
  const storage = window.sessionStorage;

  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(GraphiQL, {
      fetcher,
      storage,
      defaultTabs: settings.tabs,
      // GraphiQL shows a default tab's variables and headers only once the tab is clicked; the first one is open without a click.
      variables: storage.getItem('graphiql:variables') ?? settings.tabs[0].variables,
      defaultHeaders: settings.tabs[0].headers,
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: 'variables',
    }),
  );
})();
