import { formatCounted } from "#core/report/plural.ts";

/** Result of a sign-in: success, or the sentence to show beside the form. */
export type SignInOutcome = { ok: true } | { ok: false; message: string };

/** Signs in with e-mail address and password. The response sets the session cookie, which is not readable here. */
export async function signInWithPassword(email: string, password: string): Promise<SignInOutcome> {
  try {
    const response = await post("/api/auth/callback/password", { email, password, json: "true" });
    if (response.ok) return { ok: true };
    const { url = "", error } = (await response.json()) as { url?: string; error?: string };
    return { ok: false, message: error ?? wordsFor(new URL(url).searchParams.get("error") ?? "") };
  } catch {
    return { ok: false, message: UNREACHABLE };
  }
}

/** Redirects to the identity provider, which returns to the sign-in page, which goes on to `next`. */
export async function signInWithProvider(next: string): Promise<SignInOutcome> {
  try {
    const callbackUrl = `/sign-in?${new URLSearchParams({ next, from: "provider" })}`;
    const response = await post("/api/auth/signin/oidc", { callbackUrl, json: "true" });
    const { url } = (await response.json()) as { url?: string };
    if (!response.ok || !url) return { ok: false, message: "The identity provider could not be reached. Try again." };
    location.assign(url);
    return { ok: true };
  } catch {
    return { ok: false, message: UNREACHABLE };
  }
}

/**
 * Whether this browser has a session. Asked by the sign-in page itself, because the session cookie does not travel with a
 * click that comes from another site (a link in a chat, the way back from the identity provider).
 */
export async function hasSession(signal: AbortSignal): Promise<boolean> {
  const response = await fetch("/api/auth/session", { signal, headers: { accept: "application/json" } });
  if (!response.ok) return false;
  const session = (await response.json()) as { user?: { name?: string } };
  return Boolean(session.user?.name);
}

const UNREACHABLE = "The console did not answer. Model traffic is not affected; try again.";

async function post(path: string, body: Record<string, string>): Promise<Response> {
  const csrf = await fetch("/api/auth/csrf", { headers: { accept: "application/json" } });
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const headers = { accept: "application/json", "content-type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify({ ...body, csrfToken }) });
}

/** Sentence for the server's code and, for a lock, its duration. */
function wordsFor(code: string): string {
  const [name, seconds] = code.split(" ");
  if (name === "auth.too-many-attempts") {
    const minutes = Math.ceil(Number(seconds ?? 60) / 60);
    return `Too many attempts. Sign-in is locked for ${formatCounted(Math.max(1, minutes), "minute")}; an admin can send you a reset link meanwhile.`;
  }
  if (name === "auth.required" || name === "request.invalid") return "The e-mail address or the password is wrong.";
  return "Signing in did not work on our side. Try again in a moment.";
}
