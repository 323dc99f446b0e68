import { startPostgresql } from "/work/wt/retain/tests/support/postgresql.ts";
import { spawnSync } from "node:child_process";
const s = await startPostgresql();
const url = await s.newDatabase();
console.log(url);
const { spawn } = await import("node:child_process");
const c = spawn(process.execPath, ["--import","tsx","bench/retention.ts","100000"], {cwd:"/work/wt/retain", env:{...process.env, BENCH_DATABASE_URL:url}, stdio:"inherit"});
await new Promise(r=>c.on("exit",r)); await s.stop();
