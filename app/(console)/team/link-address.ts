/** Address for a link to send: the configured public one, else the one this page was opened at. */
export const linkAddress = (path: string, publicUrl: string | null): string =>
  new URL(path, publicUrl ?? location.origin).href;
