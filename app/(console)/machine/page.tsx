import { redirect } from "next/navigation";
import { paths } from "#app/paths.ts";

/** The old Machine tab: everything on this installation is the Overview. */
export default function MachinePage() {
  redirect(paths.overview());
}
