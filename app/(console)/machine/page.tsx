import { redirect } from "next/navigation";
import { paths } from "#app/paths.ts";

/** Redirect from the old Machine tab to Overview. */
export default function MachinePage() {
  redirect(paths.overview());
}
