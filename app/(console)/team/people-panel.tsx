import { roleWords } from "#app/_data/role-words.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { isUnlimited } from "#core/access/key-limits.ts";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { otherLimitWords } from "../_parts/limit-words.ts";
import type { Me } from "./page-facts.ts";
import { PersonActions } from "./person-actions.tsx";
import type { LimitsView, PersonLimitsView, TeamPerson } from "./queries.ts";

/** People who may sign in. A table on wide screens, a list on phones. */
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
      <div className="hidden sm:block">
        <Table
          label="People"
          head={
            <>
              <Th>Person</Th>
              <Th>Role</Th>
              <Th>Team</Th>
              <Th>Limits, this month</Th>
              <Th>Sign-in method</Th>
              <Th>Last sign-in</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </>
          }
        >
          {people.map((person) => (
            <tr key={person.id} className={person.disabledAt ? "text-ink3" : undefined}>
              <Td className="max-w-[220px]">
                <Who person={person} isMe={person.id === me.id} />
              </Td>
              <Td>{roleWords[person.role].label}</Td>
              <Td className="max-w-[150px] text-ink2">{person.team ? <Name text={person.team} /> : "–"}</Td>
              <Td className="max-w-[280px] text-ink2">
                <PersonLimits held={limitsById.get(person.id)} />
              </Td>
              <Td className="text-ink2">{methods(person)}</Td>
              <Td className="text-ink2">
                {person.lastSignInAt ? <Ago at={person.lastSignInAt} suffix=" ago" /> : "never"}
              </Td>
              <Td className="w-10 py-1 text-right">{actions(person)}</Td>
            </tr>
          ))}
        </Table>
      </div>
      <ul className="divide-y divide-line pt-1 sm:hidden">
        {people.map((person) => (
          <li key={person.id} className="flex items-start gap-2 py-2.5 pl-4 pr-2">
            <div className="min-w-0 flex-1">
              <Who person={person} isMe={person.id === me.id} />
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
                <PersonLimits held={limitsById.get(person.id)} />
              </div>
            </div>
            {actions(person)}
          </li>
        ))}
      </ul>
    </Panel>
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
