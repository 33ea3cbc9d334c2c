// Keeps the cards of unfinished jobs up to date: one request a second for all of them, none when all are done.
const PERIOD_MS = 1000;
const MOST = 50; // cards a request; the server answers no more

async function refresh() {
  const watched = [...document.querySelectorAll("[data-watch]")].slice(0, MOST);
  if (watched.length && !document.hidden) {
    const query = new URLSearchParams(watched.map((card) => ["watch", card.dataset.watch]));
    try {
      await htmx.ajax("GET", `/jobs/cards?${query}`, { source: document.body, target: document.body, swap: "none" });
    } catch {
      // The server is away for a moment; the next round asks again.
    }
  }
  setTimeout(refresh, PERIOD_MS);
}

setTimeout(refresh, PERIOD_MS);
