// Times the real prh: reads a dictionary and looks for its terms in a text, as often as asked.
// Started by bench/checks/prh_speed.py in a folder where prh is installed; it writes nothing.
// DICTIONARY TEXT RUNS → {"load", "check": milliseconds of the processor, the least of the runs, "changes": how many}
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const prh = createRequire(`${process.cwd()}/`)("prh");
const [dictionary, textFile, runs] = process.argv.slice(2);
const spent = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const text = readFileSync(textFile, "utf8");
let load = Infinity, check = Infinity, changes = 0;
for (let run = 0; run < Number(runs); run++) {
  const begun = spent();
  const engine = prh.fromYAMLFilePath(dictionary);
  const loaded = spent();
  let count = 0;
  // A paragraph at a time, as textlint-rule-prh asks it.
  for (const paragraph of text.split("\n\n")) count += engine.makeChangeSet(textFile, paragraph).diffs.length;
  const done = spent();
  load = Math.min(load, loaded - begun);
  check = Math.min(check, done - loaded);
  changes = count;
}
console.log(JSON.stringify({ load, check, changes }));
