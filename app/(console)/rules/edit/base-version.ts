export type { BaseVersion, EditorStart } from "#control/rules/editor-start.ts";
