// Signs a sample resident in, as a person would in demo mode, and prints the access token:
//   node signin.mjs http://127.0.0.1:8080/graphql DATA_FOLDER
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, folder] = process.argv.slice(2);
const phone = '+8613800000002';

async function send(query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'en' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

function must(problems) {
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}

/** The newest code that was sent to the phone; messages are sent by workers, a little later than the request. */
async function codeFromOutbox() {
  for (let tries = 0; tries < 100; tries++) {
    const lines = await readFile(join(folder, 'outbox', 'sms.jsonl'), 'utf8').catch(() => '');
    const messages = lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const code = messages.findLast((message) => message.to === phone && message.data?.code)?.data.code;
    if (code) return code;
    await sleep(100);
  }
  throw new Error('no code in the outbox after ten seconds');
}

const requested = await send('mutation ($phone: String!) { requestLoginCode(input: { phone: $phone }) { problems { code message } } }', { phone });
must(requested.requestLoginCode.problems);
const signedIn = await send(
  'mutation ($phone: String!, $code: String!) { login(input: { phone: $phone, code: $code }) { session { accessToken } problems { code message } } }',
  { phone, code: await codeFromOutbox() },
);
must(signedIn.login.problems);
console.log(signedIn.login.session.accessToken);
