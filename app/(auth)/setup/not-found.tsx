import { DeadLink } from "../_parts/dead-link.tsx";

/** Once anybody has set CCO up, the set-up page is not there any more. */
export default function SetupClosed() {
  return (
    <DeadLink title="CCO is set up already">
      <p>This page worked once, for the first owner. Sign in, or ask an admin for an invitation.</p>
    </DeadLink>
  );
}
