/** A link to send to somebody: behind the configured address, else the one this page was reached by. */
export const linkAddress = (path: string, publicUrl: string | null): string =>
  new URL(path, publicUrl ?? location.origin).href;
