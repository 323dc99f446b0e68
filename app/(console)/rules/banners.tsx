import type { ReactNode } from "react";
import { Icon, type IconName } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { CurrentRules, RulesAccess } from "./queries.ts";

const looks = {
  warn: "border-warn bg-warnsoft [&>svg]:text-warn",
  danger: "border-danger bg-dangersoft [&>svg]:text-danger",
  accent: "border-line bg-accentsoft [&>svg]:text-accent",
} as const;

/** Line at the top of the page. */
export function Banner({
  tone,
  icon,
  children,
  action,
}: {
  tone: keyof typeof looks;
  icon: IconName;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div role="status" className={`flex items-start gap-2.5 rounded-lg border px-4 py-2.5 ${looks[tone]}`}>
      <Icon name={icon} className="mt-0.5 size-4" />
      <div className="min-w-0 flex-1 wrap-anywhere">{children}</div>
      {action}
    </div>
  );
}

/**
 * Banners about the rules: paused, broken or read-only file, pending draft, remarks. Long because it is one list: each
 * state of the rules with its words.
 */
export function Banners({ rules, access }: { rules: CurrentRules; access: RulesAccess }) {
  const { live, file, draft, isPaused, problems } = rules;
  const [problem] = file.problems;
  return (
    <>
      {isPaused && live ? (
        <Banner tone="warn" icon="pause">
          <b className="font-medium">Overrides are paused.</b> Every request gets the model it asks for. Set by{" "}
          {live.actorName} in v{live.number}; the rules below wait.
        </Banner>
      ) : null}
      {file.state === "broken" ? (
        <Banner tone="danger" icon="warning">
          <b className="font-medium">{file.name} on disk is broken and is being ignored.</b>{" "}
          {live ? `v${live.number} keeps serving. ` : ""}
          {problem ? (
            <>
              Line {problem.line}, column {problem.column}: {problem.message}
            </>
          ) : null}{" "}
          Fix the file, or publish from here to replace it; the broken one stays as a backup.
        </Banner>
      ) : null}
      {file.state === "unreadable" ? (
        <Banner tone="danger" icon="warning">
          <b className="font-medium">{file.name} cannot be read</b> ({file.reason}).{" "}
          {live ? `v${live.number} keeps serving.` : ""}
        </Banner>
      ) : null}
      {file.isReadOnly ? (
        <Banner tone="accent" icon="info">
          <b className="font-medium">{file.name} is read-only here.</b> Rules are changed where the file is deployed
          from; what changes there shows up here as a version. You can read, compare and try requests.
        </Banner>
      ) : null}
      {draft && !access.draft ? (
        <Banner
          tone="accent"
          icon="edit"
          action={
            <Link href={paths.rulesEdit()} className="whitespace-nowrap font-medium text-accent">
              Continue
            </Link>
          }
        >
          Your draft{draft.basedOn === null ? "" : ` on top of v${draft.basedOn}`} was saved{" "}
          <Ago at={draft.updatedAt} suffix=" ago" /> and is not published.
        </Banner>
      ) : null}
      {problems.length > 0 ? (
        <Banner
          tone="warn"
          icon="warning"
          action={
            <Link href={paths.rulesEdit(problems[0]?.line)} className="whitespace-nowrap font-medium text-accent">
              Show
            </Link>
          }
        >
          <b className="font-medium">{formatCounted(problems.length, "remark")} on the live rules.</b> Line{" "}
          {problems[0]?.line}: {problems[0]?.message}
        </Banner>
      ) : null}
    </>
  );
}
