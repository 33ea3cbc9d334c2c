// The report: events on the timeline lead into the clip, and a card lights up its keypoints in the frames it is read from.
import { Poses } from "./poses.js";

const page = document.getElementById("gait");
const video = page.querySelector("video");
const overlay = page.querySelector(".overlay");
const playhead = document.getElementById("playhead");
const told = document.getElementById("event");
const SVG = "http://www.w3.org/2000/svg";
const NEAR_S = 0.02;
const REST_S = { contact: 0.03, stride: Infinity }; // how long after a contact a card's keypoints stay lit

const [report, poses] = await Promise.all([load(page.dataset.report), Poses.load(page.dataset.keypoints)]);
const events = ["left", "right"].flatMap((side) =>
  report.contacts_s[side].map((contact, index) => ({ side, contact, off: report.toe_offs_s[side][index] })),
).sort((one, other) => one.contact - other.contact);
let chosen = null; // the card

async function load(address) {
  return (await fetch(address)).json();
}

function jump(seconds) {
  video.pause();
  video.currentTime = poses.inside(poses.rowAt(seconds));
}

function step(by) {
  const now = video.currentTime;
  const event = by > 0 ? events.find(({ contact }) => contact > now + NEAR_S) : events.findLast(({ contact }) => contact < now - NEAR_S);
  if (!event) return;
  jump(event.contact);
  told.textContent = `${event.side} foot lands at ${event.contact.toFixed(2)} s`;
}

// Whether a card's moment is now, for that foot: contact, stance, flight, swing or the whole stride.
function lit(moment, side, now) {
  const last = events.findLast((event) => event.side === side && event.contact <= now + NEAR_S);
  if (!last) return false;
  const standing = last.off === null ? now - last.contact < 0.2 : now <= last.off;
  if (moment === "contact") return now - last.contact < REST_S.contact;
  if (moment === "stance") return standing;
  if (moment === "stride") return true;
  return !standing;
}

function draw() {
  const now = video.currentTime;
  if (playhead) {
    const x = (1000 * now) / (video.duration || 1);
    playhead.setAttribute("x1", x);
    playhead.setAttribute("x2", x);
  }
  overlay.replaceChildren();
  const row = poses.rowAt(now);
  const person = poses.person(report.track, row);
  if (!person) return;
  const parts = chosen?.dataset.parts.split(" ") ?? [];
  const light = (name) => {
    const side = { l: "left", r: "right" }[name[0]];
    const part = name.replace(/^[lr]_/, "");
    if (!parts.includes(part)) return false;
    return side && name[1] === "_" ? lit(chosen.dataset.moment, side, now) : true;
  };
  poses.limbs.forEach(([start, end]) => {
    const [one, other] = [person[start], person[end]];
    if (!one || !other) return;
    const bright = light(poses.names[start]) && light(poses.names[end]);
    overlay.append(shape("line", { x1: one.x, y1: one.y, x2: other.x, y2: other.y, class: `limb ${poses.side(start, end)}${bright ? " lit" : ""}`, "vector-effect": "non-scaling-stroke" }));
  });
  person.forEach((point, index) => {
    if (point && light(poses.names[index])) overlay.append(shape("circle", { cx: point.x, cy: point.y, r: poses.height / 90, class: "lit-joint", "data-keypoint": poses.names[index] }));
  });
}

function shape(kind, attributes) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// A click on somebody in the clip chooses them as the runner in the form below.
function choose(event) {
  const select = page.querySelector("select[name=track]");
  if (!select) return;
  const box = overlay.getBoundingClientRect();
  const point = { x: ((event.clientX - box.left) / box.width) * poses.width, y: ((event.clientY - box.top) / box.height) * poses.height };
  const track = poses.nearest(poses.rowAt(video.currentTime), point);
  if (![...select.options].some((option) => option.value === String(track))) return;
  select.value = track;
  select.closest("details").open = true;
  select.focus();
}

function choosing(card, button) {
  const same = chosen === card;
  for (const other of page.querySelectorAll(".gait-card")) {
    other.classList.toggle("chosen", !same && other === card);
    other.querySelector("button").setAttribute("aria-pressed", String(!same && other === card));
  }
  chosen = same ? null : card;
  if (chosen && events.length) {
    const first = events.find(({ contact }) => contact >= video.currentTime - NEAR_S) ?? events[0];
    jump(chosen.dataset.moment === "stance" && first.off ? (first.contact + first.off) / 2 : first.contact);
    video.scrollIntoView({ block: "nearest" });
  }
  draw();
  return button;
}

page.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-seconds]");
  const stepper = event.target.closest("[data-step]");
  const button = event.target.closest(".gait-card button");
  if (mark) {
    event.preventDefault();
    jump(Number(mark.dataset.seconds));
    video.scrollIntoView({ block: "nearest" });
  } else if (stepper) step(Number(stepper.dataset.step));
  else if (button) choosing(button.closest(".gait-card"), button);
});
video.addEventListener("click", choose);
document.getElementById("print").addEventListener("click", () => print());
for (const name of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(name, draw);
video.addEventListener("play", function follow() {
  draw();
  if (!video.paused) requestAnimationFrame(follow);
});
draw();
page.dataset.ready = "true";
