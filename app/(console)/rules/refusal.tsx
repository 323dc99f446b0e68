import { reasonsIn } from "#app/_data/field-errors.ts";
import { Reasons } from "#app/_ui/form.tsx";

/** Reason for a refused change, beside its button. */
export function Refusal({ error }: { error: Error | null }) {
  if (!error) return null;
  return (
    <div role="alert" className="mt-3 rounded-md border border-danger px-3 py-2 text-danger">
      <p>{error.message}</p>
      <Reasons texts={reasonsIn(error)} />
    </div>
  );
}
