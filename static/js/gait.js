// The report: contacts on the timeline lead into the clip, and a card lights up its keypoints in the frames it is read
// from. A click on somebody chooses them as the runner, while the form for that is open.
import { ready } from "./clip.js";

const SIDES = ["left", "right"];
const LANDS = { left: gettext("The left foot lands at %s s."), right: gettext("The right foot lands at %s s.") };
const NEAR_S = 0.002; // events are read between frames
const TOUCH_S = 0.05; // how long a contact's keypoints stay lit
const REACH_PX = 40;
const TIMELINE = 1000; // units that its picture is wide

const page = document.getElementById("gait");
const playhead = document.getElementById("playhead");
const told = document.getElementById("event");
const [report, player] = await Promise.all([
  fetch(page.dataset.report).then((answer) => answer.json()),
  ready(page.querySelector("clip-player")),
]);
const contacts = SIDES.flatMap((side) =>
  report.contacts_s[side].map((at, index) => ({ side, at, off: report.toe_offs_s[side][index] })),
).sort((one, other) => one.at - other.at);
let chosen = null; // the card that is lit

function jump(seconds) {
  player.video.pause();
  player.seek(player.rowNear(seconds));
}

function now() {
  return player.clip.times[player.row];
}

// To the next contact, or the one before: counted by frames, which is what a person sees.
function step(by) {
  const further = contacts.filter(({ at }) => Math.sign(player.rowNear(at) - player.row) === by);
  const contact = by > 0 ? further[0] : further.at(-1);
  if (!contact) return;
  jump(contact.at);
  told.textContent = interpolate(LANDS[contact.side], [contact.at.toFixed(2)]);
}

// Whether that foot is at a card's moment: contact, stance, flight, swing or the whole stride.
function lasts(moment, side) {
  if (moment === "stride") return true;
  const last = contacts.findLast((contact) => contact.side === side && player.rowNear(contact.at) <= player.row);
  if (!last) return false;
  if (moment === "contact") return now() - last.at < TOUCH_S;
  const stands = last.off === null ? now() - last.at < 0.2 : now() <= last.off + NEAR_S;
  return stands === (moment === "stance");
}

// The chosen card's keypoints of the runner, in the frame that is shown.
function light() {
  const { overlay } = player;
  if (player.row < 0) return; // nothing is shown yet
  if (playhead) {
    const x = (TIMELINE * now()) / Number(page.dataset.seconds);
    playhead.setAttribute("x1", x);
    playhead.setAttribute("x2", x);
  }
  overlay.svg.classList.toggle("lit", chosen !== null);
  const runner = overlay.poses.people.findIndex(({ id }) => id === report.track);
  if (!chosen || runner < 0) return;
  const parts = chosen.dataset.parts.split(",");
  const { group, circles } = overlay.people[runner];
  group.classList.add("lit");
  overlay.poses.keypoints.forEach(({ name }, keypoint) => {
    const side = SIDES.find((word) => name.startsWith(`${word} `));
    const part = side ? name.slice(side.length + 1) : name;
    circles[keypoint].classList.toggle("lit", parts.includes(part) && (!side || lasts(chosen.dataset.moment, side)));
  });
}

// A card, or none where it was chosen already; the clip goes to the next moment that the card is about.
function choose(card) {
  chosen = chosen === card ? null : card;
  for (const other of page.querySelectorAll(".gait-card")) {
    other.classList.toggle("chosen", other === chosen);
    other.querySelector("button").setAttribute("aria-pressed", String(other === chosen));
  }
  const next = contacts.find(({ at }) => player.rowNear(at) >= player.row) ?? contacts[0];
  if (chosen && next) jump(moment(chosen.dataset.moment, next));
  if (chosen) player.scrollIntoView({ block: "nearest" });
  light();
}

function moment(name, { at, off }) {
  if (off === null || name === "contact" || name === "stride") return at;
  return name === "stance" ? (at + off) / 2 : off + TOUCH_S;
}

function chooseRunner(event) {
  const form = page.querySelector(".know-better[open]");
  if (!form || event.target.closest("button")) return;
  const spot = player.overlay.nearest(player.view.toPicture(event), REACH_PX * player.view.pixel);
  const id = spot && String(player.overlay.poses.people[spot.person].id);
  const select = form.querySelector("[name=track]");
  if (![...select.options].some(({ value }) => value === id)) return;
  event.stopPropagation(); // the click was not meant to play
  select.value = id;
}

page.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-seconds]:not(article)");
  const stepper = event.target.closest("[data-step]");
  const card = event.target.closest(".gait-card button")?.closest(".gait-card");
  if (mark) {
    event.preventDefault();
    jump(Number(mark.dataset.seconds));
    player.scrollIntoView({ block: "nearest" });
  } else if (stepper) step(Number(stepper.dataset.step));
  else if (card) choose(card);
});
player.stage.addEventListener("click", chooseRunner, { capture: true });
player.addEventListener("frame", light);
document.getElementById("print").addEventListener("click", () => print());
light();
page.dataset.ready = ""; // for who waits for the page to answer
