import { CopyButton } from "#app/_ui/copy-button.tsx";
import { Icon } from "#app/_ui/icon.tsx";

/** Panel that shows a secret once, with a copy button. */
export function SecretOnce({ secret, label, children }: { secret: string; label: string; children?: string }) {
  return (
    <section aria-label={label} className="rounded-lg border border-saved bg-savedsoft p-3">
      <p className="flex items-center gap-2 font-medium text-saved">
        <Icon name="key" />
        {label}
      </p>
      <div className="mt-2 flex items-center gap-2">
        <code className="min-w-0 flex-1 break-all rounded-md border border-line bg-surface px-2.5 py-1.5 font-mono text-xs">
          {secret}
        </code>
        <CopyButton text={secret} />
      </div>
      <p className="mt-2 text-xs text-ink2">
        {children ?? "Copy it now: only its fingerprint is kept, so it cannot be shown again."}
      </p>
    </section>
  );
}
