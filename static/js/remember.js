// The options last chosen stand there again next time: a cookie, so that the server draws them so at once.
const YEAR_S = 365 * 24 * 3600;

export function remember(form, names) {
  form.addEventListener("change", (event) => {
    if (!names.includes(event.target.name)) return;
    const chosen = new FormData(form);
    const wishes = new URLSearchParams(names.map((name) => [name, chosen.get(name) ?? ""]));
    document.cookie = `wishes=${encodeURIComponent(wishes)}; path=/; max-age=${YEAR_S}; samesite=lax`;
  });
}
