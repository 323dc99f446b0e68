import { DeadLink } from "../_parts/dead-link.tsx";

/** Page shown at /setup once CCO is set up. */
export default function SetupClosed() {
  return (
    <DeadLink title="CCO is set up already">
      <p>This page worked once, for the first owner. Sign in, or ask an admin for an invitation.</p>
    </DeadLink>
  );
}
