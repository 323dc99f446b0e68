import process from "node:process";
import { takeFileLock } from "#store/file-lock.ts";

// Says whether another process could take the lock.
const lock = takeFileLock(JSON.parse(process.argv[2] ?? '""') as string);
process.stdout.write(`${await lock.taken}`);
lock.release();
