// Sends a form to the page it is on, and says in words what became of it.
const UNREACHABLE = gettext("poseweb could not be reached. Nothing is lost: save again in a while.");
const SIGNED_OUT = gettext("poseweb did not take this. You may have to sign in again, in another tab; then save again.");

// → { next, revision } where it was taken; else { error }, with `stale` where somebody else was first.
export async function send(body) {
  try {
    const response = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.headers.get("Content-Type")?.startsWith("application/json")) return { error: SIGNED_OUT };
    return { ...(await response.json()), stale: response.status === 409 };
  } catch {
    return { error: UNREACHABLE };
  }
}
