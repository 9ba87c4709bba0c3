// Speaks GraphQL over Server-Sent Events (distinct connections) with a server, by the client of graphql-sse:
//   node sse.mjs http://127.0.0.1:8080/graphql [--token … --subscription … --variables …]
import { createClient } from 'graphql-sse';
import { equal, readArguments, runChecks } from './checks.mjs';

const { url, token, subscription, variables } = readArguments();
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const client = createClient({ url, headers, retryAttempts: 0 });

const checks = [
  ['a query', async () => {
    let answers = 0;
    for await (const result of client.iterate({ query: '{ __typename }' })) {
      equal(result.data?.__typename, 'Query', '__typename');
      answers++;
    }
    equal(answers, 1, 'answers');
  }],
];

if (subscription) {
  checks.push(['a subscription opens as a stream of events and ends with the client', async () => {
    const stop = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      signal: stop.signal,
      headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: subscription, variables }),
    });
    equal(response.status, 200, 'status');
    equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream', 'content type');
    stop.abort();
  }]);
}

await runChecks('graphql-sse', checks);
