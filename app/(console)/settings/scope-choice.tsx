import { scopeLabels, scopeMay } from "#app/_data/scope-words.ts";
import type { Scope } from "#core/access/scopes.ts";

/** Choice of the scopes a role can use, each with its permissions in words. */
export function ScopeChoice({
  scopes,
  role,
  value,
  error,
  onChange,
}: {
  scopes: readonly Scope[];
  role: string;
  value: readonly Scope[];
  error?: string;
  onChange: (value: Scope[]) => void;
}) {
  const toggle = (scope: Scope) =>
    onChange(value.includes(scope) ? value.filter((other) => other !== scope) : [...value, scope]);
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Scopes</legend>
      <div className="divide-y divide-line overflow-hidden rounded-md border border-line">
        {scopes.map((scope) => (
          <label
            key={scope}
            className="flex min-h-9 cursor-pointer items-center gap-3 px-3 py-1 has-checked:bg-sunken hover:bg-sunken"
          >
            <input
              type="checkbox"
              checked={value.includes(scope)}
              onChange={() => toggle(scope)}
              className="size-4 shrink-0 accent-[var(--accent)]"
            />
            <span className="w-16 shrink-0 font-medium">{scopeLabels[scope]}</span>
            <span className="text-xs text-ink2">{scopeMay(scope, role)}</span>
          </label>
        ))}
      </div>
      <p role={error ? "alert" : undefined} className={`mt-1 text-xs ${error ? "text-danger" : "text-ink3"}`}>
        {error ?? `As far as your role (${role}) allows it at the time.`}
      </p>
    </fieldset>
  );
}
