// Runs rules of the real textlint over texts: one JSON object a line in, one a line out.
// {"rules": [[id, package, key, options]], "text"} → {"messages": [{rule, line, column, message}], "fixed"}.
// Started by bench/checks/beside.py in a folder where textlint and the presets are installed; it loads
// them from there and writes nothing.
import { createRequire } from "node:module";
import readline from "node:readline";

const load = createRequire(`${process.cwd()}/`);
const { TextlintKernel } = load("@textlint/kernel");
const markdown = load("@textlint/textlint-plugin-markdown").default;
const kernel = new TextlintKernel();

function ruleOf(name, key) {
  const loaded = load(name);
  const whole = loaded.default ?? loaded;
  return key ? whole.rules[key] : whole;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { rules, text } = JSON.parse(line);
  const options = {
    ext: ".md",
    plugins: [{ pluginId: "markdown", plugin: markdown, options: true }],
    rules: rules.map(([id, name, key, given]) => ({ ruleId: id, rule: ruleOf(name, key), options: given })),
  };
  let answer;
  try {
    const linted = await kernel.lintText(text, options);
    const fixed = await kernel.fixText(text, options);
    answer = {
      messages: linted.messages.map((one) => ({
        rule: one.ruleId, line: one.line, column: one.column, message: one.message,
      })),
      fixed: fixed.output,
    };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
