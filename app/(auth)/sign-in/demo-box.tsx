import { demoPassword, demoPeople } from "#core/access/demo-people.ts";

/**
 * Accounts of the demo; one click fills the form. Shown only in demo mode. Short because it belongs to the demo alone.
 */
export function DemoBox({ onPick }: { onPick: (demo: { email: string; password: string }) => void }) {
  return (
    <section aria-label="Demo accounts" className="rounded-lg border border-line bg-surface">
      <p className="border-b border-line px-4 py-2.5 text-xs text-ink2">
        This is a demo with invented data. Pick a person to fill the form; the password is{" "}
        <code className="font-mono text-ink">{demoPassword}</code>.
      </p>
      <ul className="divide-y divide-line">
        {demoPeople.map((person) => (
          <li key={person.email}>
            <button
              type="button"
              onClick={() => onPick({ email: person.email, password: demoPassword })}
              className="flex min-h-9 w-full items-center gap-2 px-4 text-left hover:bg-sunken"
            >
              <span className="font-medium">{person.name}</span>
              <span className="truncate text-ink3">{person.email}</span>
              <span className="ml-auto text-xs capitalize text-ink2">{person.role}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
