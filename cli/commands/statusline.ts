import { exitCodes } from "#core/exit-codes.ts";
import type { Command } from "../command.ts";
import { printStatusLine } from "../statusline/print-line.ts";

const help = `Examples:
  cco connect claude --statusline                  write it into Claude Code's settings
  echo '{"model":{"id":"claude-opus-5-5"},"session_id":"…"}' | cco statusline

Prints one line for the status line of Claude Code: the model asked for and the one that served, what today cost and saved,
and what is left of the tightest budget. The amounts are those of the page Costs.

It reads the JSON that Claude Code sends on standard input, and asks the server of ANTHROPIC_BASE_URL with the proxy key
of this session, else that of CCO_URL with CCO_TOKEN. An answer is kept for 5 seconds. When anything fails, it prints nothing
and ends with 0: within 0.4 seconds, the network included.`;

export const statuslineCommand: Command = {
  summary: "Print today's cost and budget for Claude Code's status line",
  help,
  options: {},
  run: async () => {
    await printStatusLine();
    return exitCodes.ok;
  },
};
