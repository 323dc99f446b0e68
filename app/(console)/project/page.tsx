import { redirect } from "next/navigation";
import { paths } from "#app/paths.ts";

/** The old Project tab: costs by project say what it said, and more. */
export default function ProjectPage() {
  redirect(paths.costs({ group: "project" }));
}
