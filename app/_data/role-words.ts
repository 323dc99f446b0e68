import type { Role } from "#core/access/roles.ts";

/** Labels and permissions of each role in words. */
export const roleWords: Record<Role, { label: string; may: string }> = {
  owner: { label: "Owner", may: "Everything, including who else is an owner" },
  admin: { label: "Admin", may: "Publish and roll back rules, people, keys, settings" },
  editor: { label: "Editor", may: "Draft and test rules, see all totals" },
  viewer: { label: "Viewer", may: "See rules and all totals" },
  developer: { label: "Developer", may: "Connect Claude Code, see their own requests" },
  finance: { label: "Finance", may: "See costs, export reports" },
};
