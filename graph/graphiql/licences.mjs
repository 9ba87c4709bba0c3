// Prints the licence of every package below the given node_modules folder, in order of their names.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const modules = process.argv[2];
const lock = JSON.parse(readFileSync(new URL('./package-lock.json', import.meta.url)));

for (const place of Object.keys(lock.packages).filter(Boolean).sort()) {
  const folder = join(modules, place.replace(/^node_modules\//, ''));
  // Type declarations leave nothing in the bundle; optional packages of other systems are not installed.
  if (place.includes('node_modules/@types/') || !existsSync(folder)) continue;
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
  console.log(`${'='.repeat(80)}\n${name} ${version}: ${license}\n`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  console.log(file ? readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim() + '\n' : 'No licence text in the package.\n');
}
