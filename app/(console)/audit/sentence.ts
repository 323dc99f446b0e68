import type { AuditEntryView } from "./queries.ts";

/** Kinds of events in the filter. */
export const auditNouns: readonly { value: string; label: string }[] = [
  { value: "rules", label: "Rules" },
  { value: "prices", label: "Prices" },
  { value: "bills", label: "Provider reports" },
  { value: "team", label: "Team" },
  { value: "keys", label: "Proxy keys" },
  { value: "limits", label: "Limits" },
  { value: "budgets", label: "Budgets" },
  { value: "alerts", label: "Alerts" },
  { value: "tokens", label: "Access tokens" },
  { value: "settings", label: "Settings" },
  { value: "session", label: "Sign-in" },
  { value: "setup", label: "Set-up" },
  { value: "provider", label: "Provider" },
  { value: "cache", label: "Response cache" },
  { value: "costs", label: "Cost exports" },
  { value: "audit", label: "Audit exports" },
];

type Fields = Record<string, unknown>;

const sentences: Record<string, (after: Fields, before: Fields) => string> = {
  "rules.publish": (after) => `published rules ${version(after)}`,
  "rules.roll-back": (after) => `rolled back the rules (${version(after)})`,
  "rules.pause": (after) => `paused all overrides (${version(after)})`,
  "rules.resume": (after) => `switched overrides on again (${version(after)})`,
  "prices.change": (after) => `changed the prices (${version(after)})`,
  "costs.close": (after) => `closed the month ${text(after.month)}`,
  "costs.reopen": (after) => `reopened the month ${text(after.month)}`,
  "costs.correct": (after) => `priced ${text(after.days)} again`,
  "costs.undo-correction": (after) => `took back correction ${text(after.undoes)}`,
  "prices.roll-back": (after) => `rolled back the prices (${version(after)})`,
  "bills.import": (after) =>
    `imported a ${text(after.kind)} report of the provider (${text(after.firstDay)} to ${text(after.lastDay)})`,
  "team.first-owner": (after) => `created the first owner, ${text(after.name)}`,
  "team.invite": (after) => `invited ${text(after.email)} as ${text(after.role)}`,
  "team.revoke-invite": (_after, before) => `withdrew the invitation of ${text(before.email)}`,
  "team.accept-invite": (after) => `accepted an invitation as ${text(after.role)}`,
  "team.arrive": (after) => `let ${text(after.email)} in by single sign-on, as ${text(after.role)}`,
  "team.change-role": (after, before) =>
    `changed the role of ${text(after.email)} to ${text(after.role)} (was ${text(before.role)})`,
  "team.change-team": (after) =>
    after.team
      ? `put ${text(after.email)} in the team ${text(after.team)}`
      : `took ${text(after.email)} out of their team`,
  "team.disable": (after) => `disabled ${text(after.email)}`,
  "team.enable": (after) => `enabled ${text(after.email)}`,
  "team.reset-link": (after) => `created a password reset link for ${text(after.email)}`,
  "team.revoke-reset-link": (_after, before) => `revoked the password reset link for ${text(before.email)}`,
  "team.reset-password": () => "set a new password by reset link",
  "team.change-password": () => "changed their password",
  "keys.issue": (after) => `issued proxy key “${text(after.name)}”${after.person ? ` for ${text(after.person)}` : ""}`,
  "keys.change-limits": (after) => `changed the limits of proxy key “${text(after.name)}”`,
  "keys.change-attribution": (after) =>
    after.attribution === "free"
      ? `let requests of proxy key “${text(after.name)}” name any project`
      : `locked proxy key “${text(after.name)}” to its project`,
  "keys.change-policy": () => "changed who may issue which proxy keys",
  "limits.change": (after) => `changed the limits of ${text(after.name)}`,
  "limits.remove": (_after, before) => `removed the limits of ${text(before.name)}`,
  "budgets.raise": (after) =>
    `raised the budget of ${text(after.name)} by $${text(after.usd)} until ${text(after.until)}`,
  "budgets.export": () => "exported budgets",
  "budgets.end-raise": (_after, before) =>
    `ended a raise of the budget of ${text(before.name)} by $${text(before.usd)}`,
  "keys.revoke": (_after, before) => `revoked proxy key “${text(before.name)}”`,
  "tokens.issue": (after) =>
    `issued access token “${text(after.name)}”${after.person ? ` for ${text(after.person)}` : ""}`,
  "tokens.revoke": (_after, before) =>
    `revoked access token “${text(before.name)}”${before.person ? ` of ${text(before.person)}` : ""}`,
  "settings.change": (after) => `changed ${Object.keys(after).map(settingName).join(" and ")}`,
  "session.sign-in": (after) => `signed in${after.provider ? " by single sign-on" : ""}`,
  "session.sign-out": () => "signed out",
  "session.sign-out-everywhere": (after) => `ended every session of ${text(after.email)}`,
  "session.end": (_after, before) => `ended a session of ${text(before.email)}`,
  "session.sign-in-failed": () => "refused a wrong password",
  "session.locked": (after) =>
    `locked sign-in after too many failures${after.address ? ` from ${text(after.address)}` : ""}`,
  "setup.link": () => "created a set-up link",
  "provider.check": () => "had the provider checked with a one-token request",
  "alerts.add": (after) => `added the alert “${text(after.name)}”`,
  "alerts.change": (after) => `changed the alert “${text(after.name)}”`,
  "alerts.remove": (_after, before) => `removed the alert “${text(before.name)}”`,
  "alerts.snooze": (after) =>
    after.snoozedUntil
      ? `snoozed the alert “${text(after.name)}”`
      : `ended the snooze of the alert “${text(after.name)}”`,
  "alerts.acknowledge": (after) => `acknowledged the alert “${text(after.name)}”`,
  "alerts.add-channel": (after) => `added the alert channel “${text(after.name)}”`,
  "alerts.remove-channel": (_after, before) => `removed the alert channel “${text(before.name)}”`,
  "alerts.renew-secret": (after) => `renewed the signing secret of the alert channel “${text(after.name)}”`,
  "cache.purge": (after) => `purged the response cache: ${purged(after)}`,
  "costs.export": () => "exported costs",
  "backup.make": (after) => `made the backup ${text(after.file)}`,
  "backup.restore": (after) => `restored the backup ${text(after.file)}`,
  "backup.download": (after) => `downloaded the backup ${text(after.file)}`,
  "audit.export": () => "exported the audit log",
};

/** A sentence about an action, read after the name of its actor. An unknown action shows its name. */
export function auditSentence(entry: AuditEntryView): string {
  const say = sentences[entry.action];
  return say ? say(entry.after ?? {}, entry.before ?? {}) : entry.action;
}

const text = (value: unknown): string => (typeof value === "string" ? value : String(value ?? "unknown"));

const purged = ({ kind, personId, person, model }: Fields): string =>
  kind === "all"
    ? "everything"
    : kind === "person"
      ? `answers to ${text(person ?? personId)}`
      : `answers of ${text(model)}`;

const version = (after: Fields): string => {
  const number = after.version ?? after.number;
  return typeof number === "number" ? `v${number}` : "a version";
};

const settingName = (name: string): string =>
  name === "reportingZone" ? "the reporting zone" : name === "organisation" ? "the organisation’s name" : name;
