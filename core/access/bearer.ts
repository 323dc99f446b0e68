/**
 * The secret of an `Authorization: Bearer` header; null without one. Short because the proxy and the console must read
 * it alike.
 */
export const parseBearer = (authorization: string | null | undefined): string | null =>
  /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1] ?? null;
