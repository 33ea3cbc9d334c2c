// Ticking photos: counts them, ticks ranges with Shift, and keeps ticks when a card is drawn anew.
const grid = document.getElementById("grid");
const form = document.getElementById("selection");
const count = document.getElementById("ticked");

const ticked = new Set();
let last = null; // the box a range starts from

const boxes = () => [...document.querySelectorAll("#grid .choose input")];

function say() {
  count.textContent = ticked.size;
  grid.classList.toggle("choosing", ticked.size > 0);
}

function tick(box, checked) {
  box.checked = checked;
  if (checked) ticked.add(box.value);
  else ticked.delete(box.value);
}

function tickRange(from, to, checked) {
  const all = boxes();
  const [first, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  if (first >= 0) for (const box of all.slice(first, end + 1)) tick(box, checked);
}

function tickAll(checked) {
  for (const box of boxes()) tick(box, checked);
  last = null;
  say();
}

grid?.addEventListener("click", (event) => {
  const box = event.target.closest(".choose input");
  if (box) {
    if (event.shiftKey && last) tickRange(last, box, box.checked);
    tick(box, box.checked);
    last = box;
    say();
  } else if (ticked.size && event.target.closest(".tile a") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault(); // while photos are chosen, a tap chooses another one
    event.target.closest(".tile").querySelector(".choose input").click();
  }
});
document.getElementById("tick-all")?.addEventListener("click", () => tickAll(true));
document.getElementById("tick-none")?.addEventListener("click", () => tickAll(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !ticked.size) return;
  const open = form.querySelector("details[open]");
  if (open) open.open = false;
  else tickAll(false);
});
// A card that was drawn anew is another box with the same photo.
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const box of boxes()) box.checked = ticked.has(box.value);
  last = null;
});
// The browser keeps ticks when it comes back to a page.
window.addEventListener("pageshow", () => {
  for (const box of boxes()) if (box.checked) ticked.add(box.value);
  if (grid) say();
});
// A download leaves the page as it is; what it had opened closes.
form?.addEventListener("submit", () => {
  for (const details of form.querySelectorAll("details[open]")) details.open = false;
});
