import { Icon } from "#app/_ui/icon.tsx";

/** Error of the whole form, announced when it appears. */
export function FormAlert({ message }: { message: string | null }) {
  if (!message) return null;
  return (
    <p role="alert" className="flex items-start gap-2 rounded-md bg-dangersoft px-3 py-2 text-danger">
      <Icon name="warning" className="mt-0.5 size-4" />
      <span>{message}</span>
    </p>
  );
}
