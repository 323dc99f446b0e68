import { redirect } from "next/navigation";
import { paths } from "#app/paths.ts";

/** Redirect from the old Project tab to costs by project. */
export default function ProjectPage() {
  redirect(paths.costs({ group: "project" }));
}
