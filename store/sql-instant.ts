/** Formats an instant as Prisma writes it on SQLite, where it is text; PostgreSQL reads the same text. */
export const sqlInstant = (at: Date): string => at.toISOString().replace("Z", "+00:00");
