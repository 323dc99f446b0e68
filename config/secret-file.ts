import { existsSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { quoteForShell } from "#core/shell-word.ts";

type SecretFile =
  | { ok: true; value: string; warning: string | null }
  /** `isPermission`: the value is well formed, but others may change the file. */
  | { ok: false; message: string; isPermission: boolean };

const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_OTHERS = 0o044;
const WRITABLE_BY_ALL = 0o002;
/** On a folder: only the owner of a file may replace it. */
const STICKY = 0o1000;
/** Folders where Swarm, Docker, Kubernetes and systemd mount secrets; they control the access to them. */
const SECRET_MOUNTS = ["/run/secrets", "/var/run/secrets", "/run/credentials"];

/**
 * Reads the secret a `NAME_FILE` variable points to, which must be a regular file or a link to one. A file that others
 * may write is refused: they could replace the secret. One that others may read causes a warning, except in a secret
 * mount, whose files are 0440 or 0444 by design.
 */
export function readSecretFile(path: string, variable: string): SecretFile {
  try {
    // Follows links, as Kubernetes mounts secrets. Reading a FIFO or a terminal would wait forever.
    const stats = statSync(path);
    if (!stats.isFile()) {
      const message = `${variable}=${path} is ${describeKind(stats)}, not a file: write the secret to a regular file and name that`;
      return { ok: false, message, isPermission: false };
    }
    const { mode } = stats;
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    if ((mode & WRITABLE_BY_OTHERS) !== 0) {
      const message = `${variable}=${path} can be written by other users of this machine (mode ${octal}): chmod 600 ${quoteForShell(path)}`;
      return { ok: false, message, isPermission: true };
    }
    const value = readFileSync(path, "utf8").trim();
    if (value === "") return { ok: false, message: `${variable}=${path} is empty`, isPermission: false };
    return { ok: true, value, warning: isInSecretMount(path) ? null : findWarning(path, variable, mode, octal) };
  } catch {
    const message = `${variable}=${path} cannot be read: name an existing file that this user may read`;
    return { ok: false, message, isPermission: false };
  }
}

/** Of a file that others may read, or may replace because its folder is open to all. */
function findWarning(path: string, variable: string, mode: number, octal: string): string | null {
  const folder = dirname(path);
  if ((statSync(folder).mode & (WRITABLE_BY_ALL | STICKY)) === WRITABLE_BY_ALL)
    return `Warning: ${variable}=${path} can be replaced by other users of this machine, who may write its folder: chmod o-w ${quoteForShell(folder)}`;
  if ((mode & READABLE_BY_OTHERS) === 0) return null;
  return `Warning: ${variable}=${path} can be read by other users of this machine (mode ${octal}): chmod 600 ${quoteForShell(path)}`;
}

/** What stands where a regular file is wanted. */
export function describeKind(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/**
 * Whether a path is in a secret mount. Kubernetes mounts secrets anywhere, but always as links into a `..data` folder
 * beside them.
 */
function isInSecretMount(path: string): boolean {
  const real = realpathSync(path);
  const isBelow = (folder: string) => real.startsWith(`${folder}${sep}`);
  if (SECRET_MOUNTS.some(isBelow)) return true;
  const data = join(dirname(path), "..data");
  return existsSync(data) && isBelow(realpathSync(data));
}
