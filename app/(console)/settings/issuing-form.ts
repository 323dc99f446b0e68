import type { IssuingPolicy, KeyLife } from "#core/access/issuing-policy.ts";
import type { Role } from "#core/access/roles.ts";
import { type LimitsForm, toForm, toLimits } from "../_parts/limits-form.ts";

/** Issuing policy as text fields of a form. */
export interface IssuingForm {
  ownRoles: readonly Role[];
  issuers: "owners" | "owners-and-admins";
  projects: "default" | "listed" | "any";
  /** Separated by commas or line ends, because a name may contain spaces. */
  listed: string;
  mayOwnBeFree: boolean;
  /** In days; empty: no bound. */
  ownLifeMax: string;
  issuedLifeMax: string;
  limits: LimitsForm;
}

/** Writes the policy on who issues keys as the texts of its form. */
export function toIssuingForm(policy: IssuingPolicy): IssuingForm {
  const { ownProjects } = policy;
  return {
    ownRoles: policy.ownRoles,
    issuers: policy.issuerRoles.includes("admin") ? "owners-and-admins" : "owners",
    projects: ownProjects === "any" ? "any" : ownProjects.length === 0 ? "default" : "listed",
    listed: ownProjects === "any" ? "" : ownProjects.join(", "),
    mayOwnBeFree: policy.mayOwnBeFree,
    ownLifeMax: policy.ownLifeMax?.toString() ?? "",
    issuedLifeMax: policy.issuedLifeMax?.toString() ?? "",
    limits: toForm(policy.ownLimits),
  };
}

/** Policy as sent to the server. Free keys require any project, so restricting projects revokes them. */
export function toIssuingPolicy(form: IssuingForm) {
  const listed = form.listed
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return {
    ownRoles: form.ownRoles,
    issuerRoles: form.issuers === "owners" ? ["owner"] : ["owner", "admin"],
    ownProjects: form.projects === "any" ? "any" : form.projects === "default" ? [] : listed,
    mayOwnBeFree: form.projects === "any" && form.mayOwnBeFree,
    ownLifeMax: parseLife(form.ownLifeMax),
    issuedLifeMax: parseLife(form.issuedLifeMax),
    ownLimits: toLimits(form.limits),
  };
}

const parseLife = (text: string): KeyLife | null => (text === "" ? null : (Number(text) as KeyLife));
