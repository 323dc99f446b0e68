import { migrateDatabase } from "#store/migrate.ts";

const { url, ...options } = JSON.parse(process.argv[2] ?? "{}") as { url: string; folder?: string; timeoutMs?: number };
process.stdout.write(JSON.stringify(await migrateDatabase(url, options)));
