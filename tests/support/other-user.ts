import { spawnSync } from "node:child_process";
import process from "node:process";
import { root } from "./run-cco.ts";

/** A user that owns nothing and has no entry in the list of accounts, as many containers have theirs. */
export const OTHER_ID = 61_234;

/** Whether the account that runs the tests may become another one. */
export const canSwitchUser = process.getuid?.() === 0;

/** Runs a program as another user of this machine, with these variables alone. */
export function runAsOtherUser([program = "", ...args]: readonly string[], env: Record<string, string>) {
  const { PATH = "" } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: { PATH, NO_COLOR: "1", NODE_ENV: "test", ...env },
    encoding: "utf8",
    uid: OTHER_ID,
    gid: OTHER_ID,
  });
  return { code: status, stdout, stderr };
}
