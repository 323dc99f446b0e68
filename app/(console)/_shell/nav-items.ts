import type { IconName } from "#app/_ui/icon.tsx";
import { paths } from "#app/paths.ts";
import type { Permission } from "#core/access/permissions.ts";

export interface NavItem {
  label: string;
  href: string;
  icon: IconName;
  needs: Permission;
  group: "main" | "setup" | "admin";
  /** Stands on the phone's bar when there are more pages than room. */
  isOnBar?: boolean;
}

/** The pages of the console in their order; each is shown to the roles that may read it. */
export const navItems: readonly NavItem[] = [
  { label: "Overview", href: paths.overview(), icon: "overview", needs: "totals.read", group: "main", isOnBar: true },
  {
    label: "Activity",
    href: paths.activity(),
    icon: "activity",
    needs: "own-requests.read",
    group: "main",
    isOnBar: true,
  },
  { label: "Rules", href: paths.rules(), icon: "rules", needs: "rules.read", group: "main", isOnBar: true },
  { label: "Cache", href: paths.cache(), icon: "cache", needs: "cache.read", group: "main" },
  { label: "Costs", href: paths.costs(), icon: "costs", needs: "costs.read", group: "main", isOnBar: true },
  // Its commands read totals, and are refused to those who may not read them.
  { label: "Terminal", href: paths.terminal(), icon: "terminal", needs: "totals.read", group: "main" },
  { label: "Connect", href: paths.connect(), icon: "connect", needs: "connect.use", group: "setup" },
  { label: "Team", href: paths.team(), icon: "team", needs: "team.read", group: "admin" },
  { label: "Audit log", href: paths.audit(), icon: "audit", needs: "audit.read", group: "admin" },
  { label: "Settings", href: paths.settings(), icon: "settings", needs: "connect.use", group: "admin" },
];
