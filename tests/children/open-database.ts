import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { openDatabase } from "#store/client.ts";

// Opens a database as the console does, says so, and keeps it until it is killed. `uid`: as another user.
const { url, uid = null } = JSON.parse(process.argv[2] ?? "{}") as { url: string; uid?: number };
if (uid !== null) process.setuid?.(uid);
const db = await openDatabase(url);
process.stdout.write("open\n");
await wait(600_000);
await db.$disconnect();
