import type pg from "pg";

/** How values of PostgreSQL are read: integers of any width as bigint, instants as ISO text of UTC. */
export const postgresqlTypes = (types: typeof pg.types): pg.CustomTypesConfig => ({
  getTypeParser: (oid: number) => {
    const { INT2, INT4, INT8, NUMERIC, TIMESTAMP } = types.builtins;
    if (oid === INT2 || oid === INT4 || oid === INT8) return (text: string) => BigInt(text);
    // Sums of bigints are numeric there.
    if (oid === NUMERIC) return (text: string) => (text.includes(".") ? Number(text) : BigInt(text));
    // Instants are UTC without a mark; the driver would take them for local time.
    if (oid === TIMESTAMP) return (text: string) => `${text.replace(" ", "T")}Z`;
    return types.getTypeParser(oid, "text");
  },
});
