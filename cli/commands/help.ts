import { exitCodes, listExitCodes } from "#core/exit-codes.ts";
import { ownValue } from "#core/own-value.ts";
import type { Parsed } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command, Commands } from "../command.ts";

const examples = `Examples:
  cco run                                     start on http://localhost:3000
  cco doctor                                  find what is wrong, and how to fix it
  cco connect claude --dry-run                show what would let Claude Code use it
  cco rules rollback                          back to the rules before the last change
  cat rules.toml | cco validate - --strict`;

const rest = `Help for each command: cco run --help
Exit codes:
${listExitCodes()
  .map(({ code, text }) => `  ${String(code).padStart(3)}  ${text}`)
  .join("\n")}`;

export const helpCommand: Command = {
  summary: "List the commands, or explain one",
  help: "Examples:\n  cco help\n  cco help rules",
  options: {},
  words: 1,
  isHidden: true,
  run,
};

async function run({ output, positionals: [name] }: Parsed, commands: Commands): Promise<number> {
  const one = name === undefined ? undefined : ownValue(commands, name);
  if (name !== undefined && one === undefined)
    throw new CliError(exitCodes.usage, `there is no command "${name}"`, "cco help lists them");
  output.data(one === undefined ? overview(commands) : one.help);
  return exitCodes.ok;
}

function overview(commands: Commands): string {
  const shown = Object.entries(commands).filter(([, { isHidden }]) => !isHidden);
  const widest = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, { summary }]) => `  ${name.padEnd(widest)}  ${summary}`);
  return [examples, ["Commands:", ...lines].join("\n"), rest].join("\n\n");
}
