/** Characters that no shell reads as anything but themselves, at any place of a word. */
const PLAIN = /^[\w./:@,+-]+$/;

/**
 * Quotes a path or another value for a command that a message prints. A person copies the command into a shell, which
 * would split a path at its spaces and carry out what stands in it. One that needs no quotes is left as it is.
 */
export const quoteForShell = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
