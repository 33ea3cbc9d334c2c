// "Load more" says that it is busy, and that it did not work; what is on the page stays.
const FAILED = gettext("That did not work: poseweb could not be reached, or had a fault. Try again.");

function linkOf(event) {
  return event.detail.elt.closest(".more a");
}

function say(link, sentence) {
  const said = link.parentElement.querySelector("[role=alert]") ?? document.createElement("p");
  said.setAttribute("role", "alert");
  said.className = "fault-text";
  said.textContent = sentence;
  link.after(said);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const link = linkOf(event);
  if (!link) return;
  link.textContent = gettext("Loading");
  link.parentElement.querySelector("[role=alert]")?.remove();
});
for (const fault of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(fault, (event) => {
    const link = linkOf(event);
    if (!link) return;
    link.textContent = gettext("Load more");
    say(link, FAILED);
  });
}
