import type { TryInput } from "../try-input.ts";

/** The request of the try panel as a `[[test]]` that expects what it gave. Only what tests can ask about is written. */
export function testEntry(input: TryInput, expected: string): string {
  const lines = [
    `model = ${quoted(input.model)}`,
    ...(input.project ? [`project = ${quoted(input.project)}`] : []),
    ...(input.person ? [`person = ${quoted(input.person)}`] : []),
    ...(input.team ? [`team = ${quoted(input.team)}`] : []),
    `subagent = ${input.subagent}`,
    ...(input.promptTokens === null ? [] : [`prompt_tokens = ${input.promptTokens}`]),
    `expect = ${quoted(expected)}`,
  ];
  return `\n[[test]]\n${lines.join("\n")}\n`;
}

/** JSON's escapes are TOML's for everything one can type into a field. */
const quoted = (text: string): string => JSON.stringify(text);
