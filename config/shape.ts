import { ownValue } from "#core/own-value.ts";
import { isTable } from "./table-reader.ts";

/** One problem in a document, with its path. */
export interface ShapeProblem {
  path: (string | number)[];
  message: string;
  kind: "wrong" | "missing" | "unknown-key";
}

/**
 * Schema of a value in a document. Reads it into its type and collects problems; the value may be used only without
 * any. Small on purpose: the proxy reads its catalogue with this, and a validation library would cost each of its
 * processes some ten megabytes.
 */
export interface Shape<T> {
  read(value: unknown, path: (string | number)[], problems: ShapeProblem[]): T;
}

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** Schema of a value that passes a test. */
export function value<T>(is: (value: unknown) => value is T, message: string): Shape<T> {
  return {
    read(found, path, problems) {
      if (is(found)) return found;
      problems.push({ path: [...path], message, kind: found === undefined ? "missing" : "wrong" });
      return found as T;
    },
  };
}

export const text = (message: string, pattern = /(?:)/): Shape<string> =>
  value((found): found is string => typeof found === "string" && pattern.test(found), message);

export const expectWord = <const Word extends string>(words: readonly Word[], message: string): Shape<Word> =>
  value((found): found is Word => words.some((word) => word === found), message);

/** Makes a value optional, with a default. */
export function absentAs<T, U>(shape: Shape<T>, otherwise: () => U): Shape<T | U> {
  return { read: (found, path, problems) => (found === undefined ? otherwise() : shape.read(found, path, problems)) };
}

export const optional = <T>(shape: Shape<T>): Shape<T | undefined> => absentAs(shape, () => undefined);

/** Shape of a list; each item is read by `item`, and a problem names its position. */
export function list<T>(item: Shape<T>, message: string): Shape<T[]> {
  const isList = value((found) => Array.isArray(found), message);
  return {
    read(found, path, problems) {
      const items: unknown = isList.read(found, path, problems);
      return Array.isArray(items) ? items.map((entry, at) => item.read(entry, [...path, at], problems)) : [];
    },
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type TableOf<F extends Fields> = { [key in keyof F]: TypeOf<F[key]> };

const anyTable = value(isTable, "must be a table.");

/** Schema of a table with these keys and no others, so that no misspelling is silently ignored. */
export function table<F extends Fields>(fields: F): Shape<TableOf<F>> {
  return {
    read(found, path, problems) {
      const entries = anyTable.read(found, path, problems);
      if (!isTable(entries)) return {} as TableOf<F>;
      for (const key of Object.keys(entries)) {
        if (!Object.hasOwn(fields, key))
          problems.push({ path: [...path, key], message: "is not known.", kind: "unknown-key" });
      }
      const read = Object.entries(fields).map(([key, shape]) => [
        key,
        shape.read(entries[key], [...path, key], problems),
      ]);
      return Object.fromEntries(read) as TableOf<F>;
    },
  };
}

/** Schema of a table with any keys. */
export function record<T>(item: Shape<T>): Shape<Record<string, T>> {
  return {
    read(found, path, problems) {
      const entries = Object.entries(anyTable.read(found, path, problems) ?? {});
      return Object.fromEntries(entries.map(([key, entry]) => [key, item.read(entry, [...path, key], problems)]));
    },
  };
}

/** Schema of tables that differ by the word under one key. */
export function choice<Options extends Record<string, Shape<unknown>>>(
  key: string,
  options: Options,
  message: string,
): Shape<TypeOf<Options[keyof Options]>> {
  return {
    read(found, path, problems) {
      const word = isTable(found) ? found[key] : undefined;
      const shape = typeof word === "string" ? ownValue(options, word) : undefined;
      if (shape === undefined) {
        problems.push({ path: [...path], message, kind: found === undefined ? "missing" : "wrong" });
      }
      return shape?.read(found, path, problems) as TypeOf<Options[keyof Options]>;
    },
  };
}
