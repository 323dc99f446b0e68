import { tomlLiteral } from "#config/edit-rules-toml.ts";
import type { TryInput } from "../try-input.ts";

/** Formats the tried request as a `[[test]]` that expects its result. Writes only fields that tests support. */
export function testEntry(input: TryInput, expected: string): string {
  const lines = [
    `model = ${tomlLiteral(input.model)}`,
    ...(input.project ? [`project = ${tomlLiteral(input.project)}`] : []),
    ...(input.person ? [`person = ${tomlLiteral(input.person)}`] : []),
    ...(input.team ? [`team = ${tomlLiteral(input.team)}`] : []),
    ...(input.key ? [`key = ${tomlLiteral(input.key)}`] : []),
    ...(Object.keys(input.headers).length > 0 ? [`header = ${tomlLiteral(input.headers)}`] : []),
    ...(input.path ? [`path = ${tomlLiteral(input.path)}`] : []),
    `subagent = ${input.subagent}`,
    ...(input.titleLike ? ["title_like = true"] : []),
    `has_tools = ${input.hasTools}`,
    `has_thinking = ${input.hasThinking}`,
    ...(input.promptTokens === null ? [] : [`prompt_tokens = ${input.promptTokens}`]),
    `expect = ${tomlLiteral(expected)}`,
  ];
  return `\n[[test]]\n${lines.join("\n")}\n`;
}
