import { redirect } from "next/navigation";
import { paths } from "#app/paths.ts";

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Redirect from the old Project tab, and from a project in it, to costs by project. */
export default async function ProjectPage({ searchParams }: { searchParams: Search }) {
  const { project } = await searchParams;
  redirect(paths.costs({ group: "project", ...(typeof project === "string" && project !== "" ? { project } : {}) }));
}
