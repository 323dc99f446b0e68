import type { IconName } from "#app/_ui/icon.tsx";
import { paths } from "#app/paths.ts";
import type { Permission } from "#core/access/permissions.ts";

export interface NavItem {
  label: string;
  href: string;
  icon: IconName;
  needs: Permission;
  group: "main" | "setup" | "admin";
  /** Shown in the phone's tab bar. */
  isOnBar?: boolean;
  /** What is counted beside its name. */
  counts?: "alerts";
}

/** Pages of the console in order, each with the permission to read it. */
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
  { label: "Budgets", href: paths.budgets(), icon: "gauge", needs: "budgets.read", group: "main" },
  { label: "Prices", href: paths.prices(), icon: "table", needs: "prices.read", group: "main" },
  // Commands of the terminal read totals, which need this permission.
  { label: "Terminal", href: paths.terminal(), icon: "terminal", needs: "totals.read", group: "main" },
  { label: "Connect", href: paths.connect(), icon: "connect", needs: "connect.use", group: "setup" },
  { label: "Team", href: paths.team(), icon: "team", needs: "team.read", group: "admin" },
  { label: "Alerts", href: paths.alerts(), icon: "bell", needs: "alerts.read", group: "admin", counts: "alerts" },
  { label: "Audit log", href: paths.audit(), icon: "audit", needs: "audit.read", group: "admin" },
  { label: "Settings", href: paths.settings(), icon: "settings", needs: "connect.use", group: "admin" },
];
