import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Where a spool keeps things: one folder and one lock per instance, records that could not be stored beside them. */
export const instanceFolder = (dir: string, instanceId: string): string => join(dir, instanceId);
export const instanceLock = (dir: string, instanceId: string): string => join(dir, `${instanceId}.lock`);
export const badFile = (dir: string, instanceId: string): string => join(dir, `${instanceId}.bad`);
export const segmentFile = (folder: string, number: number): string =>
  join(folder, `${`${number}`.padStart(8, "0")}.log`);

/** Numbers of the segments in an instance's folder, oldest first; none when the folder is gone. */
export function segmentNumbers(folder: string): number[] {
  return entries(folder)
    .map((name) => /^(\d{8})\.log$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((one, other) => one - other);
}

/** Instances that have a folder here, living or dead. */
export const instancesIn = (dir: string): string[] => entries(dir).filter((name) => /^ins_\w+$/.test(name));

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A place in the spool: everything before `offset` of `segment`, and all older segments. */
export interface SpoolPosition {
  segment: number;
  offset: number;
}

export const isBefore = (one: SpoolPosition, other: SpoolPosition): boolean =>
  one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset);
