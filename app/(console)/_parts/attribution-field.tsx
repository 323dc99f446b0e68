import { SelectField } from "#app/_ui/field.tsx";
import type { Attribution } from "#core/access/attribution.ts";

/** Choice of attribution: the project and team of the key, or those a request names. */
export function AttributionField({
  value,
  error,
  onChange,
}: {
  value: Attribution;
  error?: string;
  onChange: (value: Attribution) => void;
}) {
  return (
    <SelectField
      label="Attribute requests to"
      value={value}
      error={error}
      hint={
        value === "free"
          ? "A header or the path of a request names the project and team. With this key, any project can be named."
          : "Headers and paths that name another project or team are ignored."
      }
      onChange={(event) => onChange(event.target.value as Attribution)}
    >
      <option value="locked">The project and team of the key</option>
      <option value="free">The project and team that each request names</option>
    </SelectField>
  );
}
