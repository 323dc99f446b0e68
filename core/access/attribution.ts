/**
 * Whether requests of a proxy key may say themselves for which project and team they count. `locked`: they count for what
 * the key names, whatever a header or path says; what the key leaves open is the default project and no team.
 */
export const attributions = ["locked", "free"] as const;
export type Attribution = (typeof attributions)[number];
/** A name of a project or team that requests may say and limits may be given to: fit for tables, rules and links. */
export const ATTRIBUTION_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+/-]{0,63}$/u;
/** The project of requests for which neither their key nor they themselves name one. */
export const DEFAULT_PROJECT = "default";
export const parseAttribution = (text: string): Attribution => (text === "free" ? "free" : "locked");
