import type { Readable, Writable } from "node:stream";
import type { AppError } from "#core/errors.ts";
import type { BackupKind } from "./names.ts";

/** An archive to read. */
export interface ArchiveSource {
  /** Address of the archive, as messages name it. */
  name: string;
  /** Begins at its first byte. Errors of the stream are what `toRefusal` knows. */
  open: () => Promise<Readable>;
  /** The refusal for an error of the place; null for every other error. */
  toRefusal: (error: unknown) => AppError | null;
}

/** An archive in making. */
export interface ArchiveDraft {
  /** Takes the bytes, as fast as the place does. */
  sink: Writable;
  /** Once the sink has all: takes a name that no other archive has. Nothing is seen under it yet. */
  takeName: () => Promise<{ file: string; name: string; bytes: number }>;
  /** Puts the archive under its name, whole. */
  publish: () => Promise<void>;
  /** Removes what is left of it, and marks of its name. Never rejects. */
  discard: () => Promise<void>;
}

export interface StoredArchive {
  name: string;
  kind: BackupKind;
  bytes: number;
}

export interface Deletion {
  /** Names of the archives that were deleted. */
  deleted: string[];
  /** What should have been deleted too, and the reason of the system or the storage why it was not. */
  notDeleted: { name: string; reason: string }[];
}

/** Where archives are kept: a folder, or a bucket of S3-compatible storage. */
export interface BackupStorage {
  /** As the operator names it: in every message about it. */
  name: string;
  /** Whether what is written travels: then it is read back before it counts. */
  isRemote: boolean;
  begin: (kind: BackupKind, at: Date) => Promise<ArchiveDraft>;
  /** Archives by their names, in no order. Throws `backup.unwritable` or `backup.unreadable`. */
  list: () => Promise<StoredArchive[]>;
  source: (name: string) => ArchiveSource;
  /**
   * Deletes the oldest regular archives beyond `keep`, and what killed processes left. `made` is the archive that was just
   * made: it always stays. One with a later stamp was made while a clock was ahead, or a moment after it by another process:
   * it neither counts nor goes. Never rejects: a failure is part of what is returned.
   */
  deleteOldest: (keep: number, made: string) => Promise<Deletion>;
  /** `backup.unwritable` for an error of the place; null for every other error. */
  unwritable: (error: unknown) => AppError | null;
}
