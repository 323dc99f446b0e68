export type { SessionView } from "#control/session/sessions.ts";
