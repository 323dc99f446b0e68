import { type ComponentProps, useId } from "react";
import { TextField } from "#app/_ui/field.tsx";

/** Text field for a new or existing name, which offers known names while typing. */
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
