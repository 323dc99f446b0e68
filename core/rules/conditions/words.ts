const CHIP_NAMES_MAX = 2;

/** Formats the values of which one is wanted: "a or b", of many the first two. */
export const formatChoices = (values: readonly string[]): string =>
  values.length <= 3 ? values.join(" or ") : `${values.slice(0, 2).join(", ")} or ${values.length - 2} others`;

/** Formats a list of values as one chip: "team web, api +2". No chip for no values. */
export function formatListChip(name: string, values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const more = values.length > CHIP_NAMES_MAX ? ` +${values.length - CHIP_NAMES_MAX}` : "";
  return [`${name} ${values.slice(0, CHIP_NAMES_MAX).join(", ")}${more}`];
}
