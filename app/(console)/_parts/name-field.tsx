import { type ComponentProps, useId } from "react";
import { TextField } from "#app/_ui/field.tsx";

/** A name that may be a new one: known names are offered while it is typed. */
export function NameField({ known, ...rest }: ComponentProps<typeof TextField> & { known: readonly string[] }) {
  const id = useId();
  return (
    <>
      <TextField {...rest} list={id} maxLength={64} spellCheck={false} autoComplete="off" />
      <datalist id={id}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
