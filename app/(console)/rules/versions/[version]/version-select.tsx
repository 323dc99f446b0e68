import type { VersionView } from "../../queries.ts";

interface Props {
  choices: readonly VersionView[];
  value: number;
  number: number;
  onChange: (number: number) => void;
}

/** Choice of the version to compare with. */
export function VersionSelect({ choices, value, number, onChange }: Props) {
  const isListed = choices.some((choice) => choice.number === value);
  return (
    <label className="flex min-w-0 items-center gap-2 text-ink2">
      from
      <select
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-8 min-w-0 max-w-[46vw] truncate rounded-md border border-field bg-surface px-2 text-xs text-ink sm:max-w-[280px]"
      >
        {isListed ? null : <option value={value}>v{value}</option>}
        {choices.map((choice) => (
          <option key={choice.number} value={choice.number}>
            v{choice.number} · {choice.comment.slice(0, 60)}
          </option>
        ))}
      </select>
      <span className="whitespace-nowrap">
        to <span className="font-mono text-ink">v{number}</span>
      </span>
    </label>
  );
}
