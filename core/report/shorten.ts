/** Cuts a text off after 80 characters, for a name from outside inside a sentence. */
export const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
