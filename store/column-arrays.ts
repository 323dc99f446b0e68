import type { SqlParameter, SqlValue } from "./sql.ts";

/** Types whose arrays are sent as PostgreSQL keeps them: no text is written here, and none is read there. */
const OIDS: Readonly<Record<string, number>> = { bigint: 20, integer: 23, text: 25 };
const WIDTHS: Readonly<Record<string, 4 | 8>> = { integer: 4, bigint: 8 };
/** Dimensions, whether one is null, the type, the length, the first index. */
const HEAD_BYTES = 20;
const INT4_MAX = 2 ** 31 - 1;
const HIGH = 2 ** 32;

type Rows = readonly (readonly SqlValue[])[];

/**
 * The cells of one column as one parameter of an array type. A value that is none of its type goes as text with its whole
 * column: what is wrong with it is PostgreSQL's to say, as a "data exception".
 */
export function columnArray(type: string, rows: Rows, at: number): SqlParameter {
  const oid = OIDS[type];
  if (oid === undefined) return arrayText(rows, at);
  const width = WIDTHS[type];
  if (width === undefined) return textArray(oid, rows, at);
  return integerArray({ oid, width }, rows, at) ?? arrayText(rows, at);
}

function textArray(oid: number, rows: Rows, at: number): Buffer {
  let most = HEAD_BYTES;
  // No character takes more than three bytes for each of its units.
  for (const row of rows) most += 4 + 3 * toText(row[at]).length;
  const bytes = Buffer.allocUnsafe(most);
  let end = HEAD_BYTES;
  let hasNull = false;
  for (const row of rows) {
    const value = row[at] ?? null;
    const size = value === null ? -1 : bytes.write(toText(value), end + 4);
    bytes.writeInt32BE(size, end);
    end += 4 + Math.max(0, size);
    hasNull ||= value === null;
  }
  writeHead(bytes, oid, rows.length, hasNull);
  return bytes.subarray(0, end);
}

const toText = (value: SqlValue | undefined): string => (typeof value === "string" ? value : String(value ?? ""));

/** Null when a value does not fit. */
function integerArray({ oid, width }: { oid: number; width: 4 | 8 }, rows: Rows, at: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + rows.length * (4 + width));
  let end = HEAD_BYTES;
  let hasNull = false;
  for (const row of rows) {
    const value = row[at] ?? null;
    bytes.writeInt32BE(value === null ? -1 : width, end);
    end += 4;
    hasNull ||= value === null;
    if (value === null) continue;
    const whole = wholeNumber(value);
    if (whole === null || !writeWhole(bytes, whole, width, end)) return null;
    end += width;
  }
  writeHead(bytes, oid, rows.length, hasNull);
  return bytes.subarray(0, end);
}

/** A number where it is exact, else a bigint; null for what is no whole number. Money is decimal text. */
function wholeNumber(value: string | number | bigint): number | bigint | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : null;
  if (typeof value === "bigint") return value;
  if (!/^-?\d+$/.test(value)) return null;
  return value.length <= 15 ? Number(value) : BigInt(value);
}

/** False when it is out of range. */
function writeWhole(bytes: Buffer, whole: number | bigint, width: 4 | 8, at: number): boolean {
  if (width === 4) {
    const small = Number(whole);
    const fits = small >= -INT4_MAX - 1 && small <= INT4_MAX;
    if (fits) bytes.writeInt32BE(small, at);
    return fits;
  }
  if (typeof whole === "bigint") {
    const fits = BigInt.asIntN(64, whole) === whole;
    if (fits) bytes.writeBigInt64BE(whole, at);
    return fits;
  }
  // Half the time of a bigint.
  bytes.writeInt32BE(Math.floor(whole / HIGH), at);
  bytes.writeUInt32BE(whole >>> 0, at + 4);
  return true;
}

function writeHead(bytes: Buffer, oid: number, length: number, hasNull: boolean): void {
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(hasNull ? 1 : 0, 4);
  bytes.writeInt32BE(oid, 8);
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
}

/** The array as PostgreSQL writes one. */
function arrayText(rows: Rows, at: number): string {
  const items = rows.map((row) => {
    const value = row[at] ?? null;
    return value === null ? "NULL" : `"${String(value).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
