import { SelectField } from "#app/_ui/field.tsx";
import type { Attribution } from "#core/access/attribution.ts";

/** Whether requests of a key may say themselves for which project and team they count. */
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
      label="Its requests count for"
      value={value}
      error={error}
      hint={
        value === "free"
          ? "A header or the path of a request names the project and team. With this key, any project can be named."
          : "Headers and paths that name another project or team are not followed."
      }
      onChange={(event) => onChange(event.target.value as Attribution)}
    >
      <option value="locked">The project and team of the key</option>
      <option value="free">Whatever project and team they name</option>
    </SelectField>
  );
}
