/**
 * Finds what a form sends: the fields that differ from those it began with. It adds as `was` what the server had for
 * them, so that the server can refuse what would undo another person's change. `now` and `began` are as they are sent.
 * `saved` is what the form began with, as the API gave it. Null: nothing differs.
 */
export function pickChanges<Sent extends object>(
  now: Sent,
  began: Sent,
  saved: { readonly [Name in keyof Sent]?: unknown },
): (Partial<Sent> & { was: { [Name in keyof Sent]?: unknown } }) | null {
  const names = (Object.keys(now) as (keyof Sent)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(began[name]),
  );
  if (names.length === 0) return null;
  const pick = <T extends { readonly [Name in keyof Sent]?: unknown }>(from: T) =>
    Object.fromEntries(names.map((name) => [name, from[name]]));
  return { ...(pick(now) as Partial<Sent>), was: pick(saved) as { [Name in keyof Sent]?: unknown } };
}
