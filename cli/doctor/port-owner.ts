import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Finds the process that listens on a TCP port, as "name (pid 123)". Null where that cannot be found: on systems
 * without `/proc`, or for a process of another user.
 */
export function findPortOwner(port: number): string | null {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  for (const pid of entries("/proc").filter((name) => /^\d+$/.test(name)))
    for (const descriptor of entries(`/proc/${pid}/fd`))
      if (inodes.has(socketInode(`/proc/${pid}/fd/${descriptor}`))) return `${readName(pid)} (pid ${pid})`;
  return null;
}

/** As proc(5) describes the table: local address, remote address, state (0A listens), …, inode in the tenth column. */
function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readText(table)
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(wanted) === true && columns[3] === "0A")
    .map((columns) => columns[9] ?? "");
}

function socketInode(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? "none";
  } catch {
    return "none";
  }
}

const readName = (pid: string): string => readText(`/proc/${pid}/comm`).trim() || "a process";

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
