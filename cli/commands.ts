import type { Commands } from "./command.ts";
import { alertsCommand } from "./commands/alerts.ts";
import { backupCommand } from "./commands/backup.ts";
import { budgetsCommand } from "./commands/budgets.ts";
import { completionCommand } from "./commands/completion.ts";
import { connectCommand } from "./commands/connect.ts";
import { consoleCommand } from "./commands/console.ts";
import { costCommand } from "./commands/cost.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { envCommand } from "./commands/env.ts";
import { exportCommand } from "./commands/export.ts";
import { helpCommand } from "./commands/help.ts";
import { keysCommand } from "./commands/keys.ts";
import { logsCommand } from "./commands/logs.ts";
import { pricesCommand } from "./commands/prices.ts";
import { restoreCommand } from "./commands/restore.ts";
import { retentionCommand } from "./commands/retention.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { statusCommand } from "./commands/status.ts";
import { statuslineCommand } from "./commands/statusline.ts";
import { testCommand } from "./commands/test.ts";
import { tokenCommand } from "./commands/token.ts";
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
  logs: logsCommand,
  rules: rulesCommand,
  prices: pricesCommand,
  test: testCommand,
  validate: validateCommand,
  users: usersCommand,
  keys: keysCommand,
  token: tokenCommand,
  cost: costCommand,
  budgets: budgetsCommand,
  export: exportCommand,
  verify: verifyCommand,
  alerts: alertsCommand,
  backup: backupCommand,
  restore: restoreCommand,
  retention: retentionCommand,
  connect: connectCommand,
  statusline: statuslineCommand,
  env: envCommand,
  completion: completionCommand,
  version: versionCommand,
  help: helpCommand,
};
