/** Short because a client component may not import from control. */
export type { SessionView } from "#control/session/sessions.ts";
