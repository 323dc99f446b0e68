export type { BaseVersion } from "#control/rules/editor-start.ts";
export type { ProviderCheckView } from "#control/setup/provider-check.ts";
