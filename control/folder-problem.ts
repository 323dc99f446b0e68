const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];
const REFUSED = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT", "EEXIST", "EIO", "ENAMETOOLONG"];

/** Why a folder took no file, in words for the operator. */
interface FolderProblem {
  /** Code of the system. */
  reason: string;
  /** For example "is full": follows the name of the folder. */
  because: string;
  /** For example "Make room in it". */
  fix: string;
}

/** Explains an error of the file system; null for every other error. */
export function folderProblem(error: unknown): FolderProblem | null {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return null;
  const reason = String(error.code);
  if (FULL.includes(reason)) return { reason, because: "is full", fix: "Make room in it" };
  if (!REFUSED.includes(reason)) return null;
  return { reason, because: `takes no file (${reason})`, fix: "Fix its path or permissions" };
}
