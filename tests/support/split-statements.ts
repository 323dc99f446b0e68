// Short because the process that is killed and its test split a migration alike.

/** A text between dollar signs, a trigger of SQLite, or anything else up to its semicolon. */
const STATEMENT =
  /(?:\$\$[\s\S]*?\$\$|\bCREATE TRIGGER\b(?:(?!\bEXECUTE FUNCTION\b)[^;])*\bBEGIN\b[\s\S]*?\bEND(?=;)|[^;$]|\$)+/g;

/** Statements of a migration, without its comments. A semicolon in a text is not known here, but in functions and triggers. */
export const splitStatements = (script: string): string[] =>
  (script.replace(/^\s*--.*$/gm, "").match(STATEMENT) ?? [])
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
