import { ApiError } from "#app/_data/get-json.ts";

/** Reason for a refused change, beside its button. */
export function Refusal({ error }: { error: Error | null }) {
  if (!error) return null;
  const tests = error instanceof ApiError ? textsIn(error.details.failedTests) : [];
  return (
    <div role="alert" className="mt-3 rounded-md border border-danger px-3 py-2 text-danger">
      <p>{error.message}</p>
      {tests.length > 0 ? (
        <ul className="mt-1 list-disc pl-4 text-xs">
          {tests.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
