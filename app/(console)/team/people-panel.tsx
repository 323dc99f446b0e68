import type { ReactNode } from "react";
import { roleWords } from "#app/_data/role-words.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { isUnlimited } from "#core/access/key-limits.ts";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { otherLimitWords } from "../_parts/limit-words.ts";
import type { Me } from "./page-facts.ts";
import { PersonActions } from "./person-actions.tsx";
import type { LimitsView, PersonLimitsView, TeamPerson } from "./queries.ts";

/**
 * People who may sign in. A table on wide screens, a list on phones. Long because it is one table: a column per entry.
 */
export function PeoplePanel({
  people,
  limits,
  me,
  publicUrl,
}: {
  people: readonly TeamPerson[];
  limits: LimitsView;
  me: Me;
  publicUrl: string | null;
}) {
  const limitsById = new Map(limits.people.map((person) => [person.id, person]));
  const activeOwners = people.filter((person) => person.role === "owner" && !person.disabledAt).length;
  const actions = (person: TeamPerson) => (
    <PersonActions
      person={person}
      me={me}
      limits={limits}
      publicUrl={publicUrl}
      isLastOwner={person.role === "owner" && !person.disabledAt && activeOwners === 1}
    />
  );
  return (
    <Panel title="People" aside={<span className="tn text-ink3">{people.length}</span>} flush>
      <DataTable
        label="People"
        rows={people}
        rowKey={(person) => person.id}
        rowClassName={(person) => person.disabledAt !== null && "text-ink3"}
        columns={[
          {
            name: "Person",
            className: "max-w-[220px]",
            cell: (person) => <Who person={person} isMe={person.id === me.id} />,
          },
          { name: "Role", cell: (person) => roleWords[person.role].label },
          {
            name: "Team",
            className: "max-w-[150px] text-ink2",
            cell: (person) => (person.team ? <Name text={person.team} /> : "–"),
          },
          {
            name: "Limits, this month",
            className: "max-w-[280px] text-ink2",
            cell: (person) => <PersonLimits held={limitsById.get(person.id)} />,
          },
          { name: "Sign-in method", className: "text-ink2", cell: methods },
          {
            name: "Last sign-in",
            className: "text-ink2",
            cell: (person) => (person.lastSignInAt ? <Ago at={person.lastSignInAt} suffix=" ago" /> : "never"),
          },
          { name: "Actions", isHeadHidden: true, className: "w-10 text-right", cell: actions },
        ]}
        card={{
          below: "sm",
          listClassName: "pt-1",
          draw: (person) => (
            <PersonCard person={person} isMe={person.id === me.id} held={limitsById.get(person.id)}>
              {actions(person)}
            </PersonCard>
          ),
        }}
      />
    </Panel>
  );
}

/** A person on phones; `children`: the menu of actions. */
function PersonCard({
  person,
  isMe,
  held,
  children,
}: {
  person: TeamPerson;
  isMe: boolean;
  held: PersonLimitsView | undefined;
  children: ReactNode;
}) {
  return (
    <Card actions={children}>
      <Who person={person} isMe={isMe} />
      <p className="mt-0.5 text-xs text-ink2 wrap-anywhere">
        {roleWords[person.role].label}
        {person.team ? ` · ${person.team}` : ""} · {methods(person)} ·{" "}
        {person.lastSignInAt ? (
          <>
            signed in <Ago at={person.lastSignInAt} suffix=" ago" />
          </>
        ) : (
          "never signed in"
        )}
      </p>
      <div className="mt-1.5 text-xs text-ink2">
        <PersonLimits held={held} />
      </div>
    </Card>
  );
}

/** Limits of a person, and whether they are individual or the default. */
function PersonLimits({ held }: { held: PersonLimitsView | undefined }) {
  if (!held?.limits) return "none";
  if (isUnlimited(held.limits)) return "none, exempt from those for everybody";
  const words = otherLimitWords(held.limits);
  if (held.source === "default") words.push("by default");
  return (
    <>
      <BudgetBars limits={held.limits} spent={held.spent} />
      {words.length > 0 ? <p className="mt-0.5 text-xs">{words.join(" · ")}</p> : null}
    </>
  );
}

function Who({ person, isMe }: { person: TeamPerson; isMe: boolean }) {
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-2">
        <Name text={person.name} className="font-medium" />
        {isMe ? <Badge>You</Badge> : null}
        {person.disabledAt ? <Badge tone="danger">Disabled</Badge> : null}
      </p>
      <Name text={person.email} className="text-xs text-ink3" />
    </div>
  );
}

function methods(person: TeamPerson): string {
  const ways = [person.hasPassword ? "password" : null, person.providers.length > 0 ? "single sign-on" : null];
  return ways.filter(Boolean).join(", ") || "nothing yet";
}
