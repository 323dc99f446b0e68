import { exitCodes } from "#core/exit-codes.ts";
import { makeOutput } from "../output.ts";

const text = `Examples:
  cco run                                     start on http://localhost:3000
  cco run --port 3100 --config config/dev.toml
  cco validate                                check the rules file and its [[test]] entries
  cco rules rollback                          back to the rules before the last change
  cat rules.toml | cco validate - --strict
  ANTHROPIC_BASE_URL=http://localhost:3000 claude

Commands:
  run         Start the proxy and the console (--no-console: the proxy only)
  console     Start the console alone
  rules       List, show, compare, publish and roll back rules; switch them off and on
  validate    Check a rules file; names every mistake with line and column
  verify      Recompute rollups and amounts from the events; check the audit log
  version     Print the version

Help for each command: cco run --help
Exit codes: 0 ok, 1 failure, 2 usage, 3 invalid settings or rules, 4 not
allowed, 5 conflict, 69 database unusable, 70 crash, 73 cannot create
the data folder, 77 permissions, 98 port in use.`;

export async function helpCommand(_args: string[]): Promise<number> {
  makeOutput({ quiet: false, color: true }).data(text);
  return exitCodes.ok;
}
