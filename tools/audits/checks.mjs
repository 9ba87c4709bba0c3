// What the protocol checks share: named checks, each with a limit of time, counted and reported.

/** Runs the checks one after the other; ends the process with 1 if one failed. */
export async function runChecks(title, checks) {
  let passed = 0;
  for (const [name, check] of checks) {
    try {
      await within(15_000, check());
      passed++;
    } catch (cause) {
      console.log(`  not ok  ${name}: ${cause.message ?? JSON.stringify(cause)}`);
    }
  }
  console.log(`${title}: ${passed} of ${checks.length} checks ok`);
  process.exit(passed === checks.length && checks.length > 0 ? 0 : 1);
}

/** Fails unless the promise is settled in time. */
export function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Fails unless both are the same value. */
export function equal(got, want, what) {
  if (got !== want) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** The command line: URL, then --name value pairs. */
export function readArguments() {
  const [url, ...rest] = process.argv.slice(2);
  if (!url) {
    console.error(`usage: node ${process.argv[1].split('/').pop()} URL [--token ACCESS_TOKEN --subscription 'subscription { … }' --variables JSON]`);
    process.exit(2);
  }
  const options = {};
  for (let i = 0; i + 1 < rest.length; i += 2) options[rest[i].replace(/^--/, '')] = rest[i + 1];
  return { url, ...options, variables: JSON.parse(options.variables ?? '{}') };
}
