import { roleWords } from "#app/_data/role-words.ts";
import { FieldError } from "#app/_ui/field.tsx";
import { type Role, roles } from "#core/access/roles.ts";

/** Choice of a role, each with its permissions in words. Only owners can give the role owner. */
export function RoleChoice({
  value,
  error,
  onChange,
  canMakeOwner,
}: {
  value: Role;
  error?: string;
  onChange: (role: Role) => void;
  canMakeOwner: boolean;
}) {
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Role</legend>
      <div className="divide-y divide-line overflow-hidden rounded-md border border-line">
        {roles.map((role) => {
          const isBarred = role === "owner" && !canMakeOwner;
          return (
            <label
              key={role}
              className="flex min-h-10 cursor-pointer items-center gap-3 px-3 py-1.5 has-checked:bg-sunken has-disabled:cursor-not-allowed"
            >
              <input
                type="radio"
                name="role"
                value={role}
                checked={value === role}
                disabled={isBarred}
                onChange={() => onChange(role)}
                className="size-4 accent-[var(--accent)]"
              />
              <span className="w-20 shrink-0 font-medium">{roleWords[role].label}</span>
              <span className="text-xs text-ink2">{isBarred ? "Only owners make owners" : roleWords[role].may}</span>
            </label>
          );
        })}
      </div>
      <FieldError text={error} />
    </fieldset>
  );
}
