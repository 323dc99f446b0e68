import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

/** Empty state: one sentence, and one action. */
export function Empty({ icon = "info", title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-4 py-10 text-center">
      <span className="flex size-9 items-center justify-center rounded-lg bg-sunken text-ink3">
        <Icon name={icon} />
      </span>
      <p className="mt-3 font-medium">{title}</p>
      {children ? <div className="mt-1 max-w-[46ch] text-ink2">{children}</div> : null}
    </div>
  );
}

/** Error state of a panel, with a retry button. The rest of the page stays usable. */
export function ErrorCard({ title, message, onRetry }: { title: string; message: string; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-danger bg-surface p-4">
      <span className="mt-0.5 text-danger">
        <Icon name="warning" />
      </span>
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="text-ink2">{message}</p>
        {onRetry ? (
          <button type="button" onClick={onRetry} className="mt-1 min-h-6 font-medium text-accent">
            Try again
          </button>
        ) : null}
      </div>
    </div>
  );
}
