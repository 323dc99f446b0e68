/**
 * Whether a request may override the project and team of its proxy key. `locked`: headers and paths are ignored and
 * the key's own names count; what the key leaves open is the default project and no team.
 */
export const attributions = ["locked", "free"] as const;
export type Attribution = (typeof attributions)[number];
/** Valid name of a project or team, in requests and for limits: fit for tables, rules and links. */
export const ATTRIBUTION_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+/-]{0,63}$/u;
/** Project of a request when neither its key nor the request itself names one. */
export const DEFAULT_PROJECT = "default";
export const parseAttribution = (text: string): Attribution => (text === "free" ? "free" : "locked");
