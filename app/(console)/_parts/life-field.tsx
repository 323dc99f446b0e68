import { SelectField } from "#app/_ui/field.tsx";
import { type KeyLife, keyLives } from "#core/access/issuing-policy.ts";

/** Field for the expiry of a key. "Never" is missing if the policy bounds the life. */
export function LifeField({
  lifeMax,
  value,
  error,
  onChange,
}: {
  lifeMax: KeyLife | null;
  /** In days; empty: never. */
  value: string;
  error?: string;
  onChange: (value: string) => void;
}) {
  return (
    <SelectField
      label="Expires"
      value={value}
      error={error}
      hint={lifeMax === null ? undefined : `Keys live at most ${lifeWords[lifeMax]} here.`}
      onChange={(event) => onChange(event.target.value)}
    >
      {lifeMax === null ? <option value="">Never</option> : null}
      {keyLives
        .filter((days) => lifeMax === null || days <= lifeMax)
        .map((days) => (
          <option key={days} value={days}>
            In {lifeWords[days]}
          </option>
        ))}
    </SelectField>
  );
}

/** Initial value of a new form: never, or the longest life allowed. */
export const firstLife = (lifeMax: KeyLife | null): string => lifeMax?.toString() ?? "";

export const lifeWords: Record<KeyLife, string> = {
  1: "a day",
  7: "7 days",
  30: "30 days",
  90: "90 days",
  365: "a year",
};
