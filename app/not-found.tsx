import { LinkButton } from "#app/_ui/button.tsx";
import { Mark } from "#app/_ui/icon.tsx";
import { paths } from "#app/paths.ts";

/** An address that leads nowhere, also for what one may not know to exist. */
export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[380px] flex-col justify-center px-5">
      <Mark />
      <h1 className="mt-6 text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">Nothing is here</h1>
      <p className="mt-1 text-ink2">The address is wrong, or what it showed is gone.</p>
      <div className="mt-6">
        <LinkButton href={paths.overview()}>Go to Overview</LinkButton>
      </div>
    </main>
  );
}
