import type { Metadata } from "next";
import { Badge } from "#app/_ui/badge.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { ERROR_CODES, errorEntry } from "#core/errors.ts";

export const metadata: Metadata = { title: "Errors" };

/** Every refusal of CCO with its sentence, in the order of the catalogue. */
export default function ErrorsPage() {
  return (
    <>
      <h1 className="mt-4 text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">Errors of CCO</h1>
      <p className="mb-5 mt-1 text-ink2">
        What CCO itself refuses, and what to do then. Errors of the model provider pass through unchanged and are
        explained by the provider.
      </p>
      <Panel flush>
        <ul className="divide-y divide-line">
          {ERROR_CODES.map((code) => (
            <li key={code}>
              <Link href={paths.error(code)} className="block px-4 py-2.5 hover:bg-sunken lg:px-5">
                <span className="flex items-center gap-2">
                  <span className="min-w-0 break-words font-mono text-xs font-medium">{code}</span>
                  <span className="ml-auto">
                    <Badge>{errorEntry(code).status}</Badge>
                  </span>
                </span>
                <span className="mt-0.5 block text-ink2">{errorEntry(code).text}</span>
              </Link>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}
