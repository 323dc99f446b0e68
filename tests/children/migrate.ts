import { migrateDatabase } from "#store/migrate.ts";

const { url, folder } = JSON.parse(process.argv[2] ?? "{}") as { url: string; folder: string };
process.stdout.write(JSON.stringify(await migrateDatabase(url, { folder })));
