import { basename, join } from "node:path";

/** Folder of the backups, unless another one is named. */
export const usualFolder = (dataDir: string): string => join(dataDir, "backups");

/** `safety`: made by a restore of what it replaced. `--keep` neither counts nor deletes those. */
export type BackupKind = "regular" | "safety";

const PREFIX: Readonly<Record<BackupKind, string>> = { regular: "cco-backup", safety: "cco-before-restore" };

/** Name of the archive of an instant. `number` separates those of one second. */
export function backupName(kind: BackupKind, at: Date, number = 1): string {
  const stamp = `${at.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  return `${PREFIX[kind]}-${stamp}${number === 1 ? "" : `-${number}`}.tar.gz`;
}

/** Which kind of archive a file is by its name; null for every other file. */
export function backupKind(file: string): BackupKind | null {
  const prefix = /^(cco-[a-z-]+)-\d{8}T\d{6}Z(-\d+)?\.tar\.gz$/.exec(basename(file))?.[1];
  return (["regular", "safety"] as const).find((kind) => PREFIX[kind] === prefix) ?? null;
}

/** Instant in the name of an archive, epoch milliseconds; null for every other name. */
export function readStampMs(file: string): number | null {
  const [, day, time] = /-(\d{8})T(\d{6})Z(?:-\d+)?\.tar\.gz$/.exec(file) ?? [];
  if (day === undefined || time === undefined) return null;
  const date = day.replace(/^(....)(..)(..)$/, "$1-$2-$3");
  return Date.parse(`${date}T${time.replace(/^(..)(..)(..)$/, "$1:$2:$3")}Z`);
}

/**
 * Compares the names of archives by their age, to sort them oldest first. The stamp sorts as text, the number of those
 * of one second does not.
 */
export function compareAge(one: string, other: string): number {
  const [a, b] = [one, other].map((name) => /-(\d{8}T\d{6}Z)(?:-(\d+))?\.tar\.gz$/.exec(name));
  const [first = "", second = ""] = [a?.[1], b?.[1]];
  if (first !== second) return first < second ? -1 : 1;
  return Number(a?.[2] ?? 1) - Number(b?.[2] ?? 1);
}

/** Names of the regular archives that go so that `keep` are left, oldest first. `made` and later ones neither count nor go. */
export function oldestBeyond(names: readonly string[], keep: number, made: string): string[] {
  const others = names.filter((name) => backupKind(name) === "regular" && compareAge(name, made) < 0).sort(compareAge);
  return others.slice(0, Math.max(0, others.length - (keep - 1)));
}
