/** Roles of a signed-in person, from most to least powerful; permissions.ts says what each may do. */
export const roles = ["owner", "admin", "editor", "viewer", "developer", "finance"] as const;
export type Role = (typeof roles)[number];
export const isRole = (value: unknown): value is Role => roles.includes(value as Role);
