// Short because the process that is killed and its test split a migration alike.

/** Statements of a migration, without its comments. A semicolon in a text or a function's body is not known here. */
export const splitStatements = (script: string): string[] =>
  script
    .replace(/^\s*--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
