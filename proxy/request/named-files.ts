import { isRecord, list, record, text } from "#core/untyped-json.ts";

/**
 * Size limit for reading a body to find named files. A longer body that may name files is taken to name them: reading
 * it would hold up all other requests.
 */
const READ_BYTES_MAX = 4 * 1024 * 1024;
const FILE_ID = '"file_id"';
const URL_WORD = '"url"';
/** As names may be written as well; the next digit says which letter. */
const ESCAPE = "\\u00";
const ESCAPED_LETTER = /[567]/;
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * Whether documents or pictures of a body are files of the provider or addresses that it reads. Their size is not the
 * body's. Definitions of tools, what tools were called with, and texts may hold the same words and say nothing. Called
 * only where a budget applies.
 */
export function findNamedFiles(body: Buffer): boolean {
  if (!mayNameFiles(body)) return false;
  if (body.length > READ_BYTES_MAX) return true;
  try {
    return list(record(JSON.parse(body.toString("utf8"))).messages).some((message) =>
      namesFile(record(message).content),
    );
  } catch {
    return false; // The provider will refuse it.
  }
}

/** Whether a content of blocks names a file: as one, in the result of a tool, or inside a document. */
function namesFile(content: unknown): boolean {
  return list(content).some((block) => {
    if (!isRecord(block)) return false;
    const type = text(block.type);
    if (type === "container_upload") return true;
    if (type === "tool_result") return namesFile(block.content);
    const source = record(block.source);
    const kind = text(source.type);
    return kind === "file" || kind === "url" || (kind === "content" && namesFile(source.content));
  });
}

/** Whether the words stand anywhere, also written with escapes: few bodies have to be read for it. */
function mayNameFiles(body: Buffer): boolean {
  if (body.includes(FILE_ID)) return true;
  for (const at of listPlaces(body, URL_WORD)) if (isValueAt(body, at)) return true;
  for (const at of listPlaces(body, ESCAPE))
    if (ESCAPED_LETTER.test(String.fromCharCode(body[at + ESCAPE.length] ?? 0))) return true;
  return false;
}

function* listPlaces(body: Buffer, word: string): Generator<number> {
  for (let at = body.indexOf(word); at !== -1; at = body.indexOf(word, at + word.length)) yield at;
}

/** Tools have parameters of that name: keys stand behind a comma or a brace, values behind a colon. */
function isValueAt(body: Buffer, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (body[before] as number) <= SPACE) before--;
  return body[before] === COLON;
}
