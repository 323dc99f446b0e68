import { readFileSync, writeFileSync } from "node:fs";
import { openSqlConnection } from "#store/sql-connection.ts";

/** Where the tables of a SQLite file begin. */
export interface TablePages {
  pageBytes: number;
  /** Table name -> root pages of the table and of its indexes, counted from 1. */
  roots: ReadonlyMap<string, readonly number[]>;
}

/** Reads where each table begins. What a journal holds is written into the file first. */
export async function readTablePages(file: string): Promise<TablePages> {
  const connection = await openSqlConnection(`file:${file}`);
  try {
    await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
    const [size] = await connection.all("PRAGMA page_size");
    const roots = new Map<string, number[]>();
    for (const row of await connection.all("SELECT tbl_name, rootpage FROM sqlite_master WHERE rootpage > 0")) {
      const table = String(row.tbl_name);
      roots.set(table, [...(roots.get(table) ?? []), Number(row.rootpage)]);
    }
    return { pageBytes: Number(size?.page_size), roots };
  } finally {
    await connection.close();
  }
}

/** Overwrites the first page of one table and of its indexes; everything else in the file can still be read. */
export function damageTable(file: string, table: string, { pageBytes, roots }: TablePages): void {
  const content = readFileSync(file);
  for (const root of roots.get(table) ?? []) content.fill(0xff, (root - 1) * pageBytes, root * pageBytes);
  writeFileSync(file, content);
}
