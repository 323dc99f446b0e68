import type { Commands } from "./command.ts";
import { backupCommand } from "./commands/backup.ts";
import { completionCommand } from "./commands/completion.ts";
import { connectCommand } from "./commands/connect.ts";
import { consoleCommand } from "./commands/console.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { envCommand } from "./commands/env.ts";
import { exportCommand } from "./commands/export.ts";
import { helpCommand } from "./commands/help.ts";
import { keysCommand } from "./commands/keys.ts";
import { restoreCommand } from "./commands/restore.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { statusCommand } from "./commands/status.ts";
import { testCommand } from "./commands/test.ts";
import { usersCommand } from "./commands/users.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { versionCommand } from "./commands/version.ts";

/** Every command. Short because it is only this list: the tests read it without starting one. */
export const commands: Commands = {
  run: runCommand,
  console: consoleCommand,
  status: statusCommand,
  doctor: doctorCommand,
  rules: rulesCommand,
  test: testCommand,
  validate: validateCommand,
  users: usersCommand,
  keys: keysCommand,
  export: exportCommand,
  verify: verifyCommand,
  backup: backupCommand,
  restore: restoreCommand,
  connect: connectCommand,
  env: envCommand,
  completion: completionCommand,
  version: versionCommand,
  help: helpCommand,
};
