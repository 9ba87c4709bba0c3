// Runs the server audits of graphql-http (GraphQL over HTTP) against a URL: node audit.mjs http://127.0.0.1:8080/graphql
// Every audit counts, MUST, SHOULD and MAY alike: anything but ok ends with exit code 1.
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

/** There are more audits than an anonymous caller may send at once: where the server says to wait, it is waited for. */
async function patientFetch(...request) {
  for (let tries = 0; ; tries++) {
    const response = await fetch(...request);
    if (response.status !== 429 || tries === 20) return response;
    await sleep(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
}

const levels = { MUST: { ok: 0, all: 0 }, SHOULD: { ok: 0, all: 0 }, MAY: { ok: 0, all: 0 } };
const failures = [];
for (const audit of serverAudits({ url, fetchFn: patientFetch })) {
  const level = levels[audit.name.split(' ')[0]];
  level.all++;
  const result = await audit.fn().catch((cause) => ({ status: 'error', reason: String(cause) }));
  if (result.status === 'ok') {
    level.ok++;
    continue;
  }
  // The body may have been read by the audit already; then the reason alone has to do.
  const body = await result.response?.text?.().catch(() => '');
  failures.push(`${audit.id} ${audit.name}: ${result.reason} [${result.response?.status ?? 'no answer'}] ${(body ?? '').slice(0, 200)}`);
}

for (const failure of failures) console.log(`  not ok  ${failure}`);
const total = Object.values(levels).reduce((sum, level) => sum + level.all, 0);
console.log(
  `graphql-http: ${total - failures.length} of ${total} audits ok (` +
    Object.entries(levels).map(([name, level]) => `${name} ${level.ok}/${level.all}`).join(', ') + ')',
);
process.exit(failures.length > 0 || total === 0 ? 1 : 0);
