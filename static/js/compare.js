// Two clips around a contact of the same foot: both players always show the same moment of their own stride.
import { ready } from "./clip.js";

const NOWHERE = { left: gettext("No contact of the left foot in both."), right: gettext("No contact of the right foot in both.") };

const page = document.getElementById("compare");
const foot = document.getElementById("foot");
const slider = document.getElementById("from-contact");
const told = document.getElementById("where");
const clips = await Promise.all(
  [...page.querySelectorAll("[data-report]")].map(async (section) => {
    const [report, player] = await Promise.all([
      fetch(section.dataset.report).then((answer) => answer.json()),
      ready(section.querySelector("clip-player")),
    ]);
    return { report, player, letter: section.dataset.clip };
  }),
);
let number = 0; // of the contact, from 0, the same in both

function contacts({ report }) {
  return report.contacts_s[foot.value];
}

// Slow motion counts: a moment of life is longer in a clip that is slowed down.
function align() {
  const fewest = Math.min(...clips.map((clip) => contacts(clip).length));
  number = Math.min(Math.max(number, 0), Math.max(fewest - 1, 0));
  if (!fewest) {
    told.textContent = NOWHERE[foot.value];
    return;
  }
  for (const clip of clips) {
    const { player, report } = clip;
    player.video.pause();
    player.seek(player.rowNear(contacts(clip)[number] + (Number(slider.value) / 1000) * report.options.slow_motion));
  }
  const place = { number: number + 1, all: fewest, ms: slider.value };
  told.textContent = interpolate(gettext("Contact %(number)s of %(all)s, %(ms)s ms"), place, true);
}

page.addEventListener("click", ({ target }) => {
  const by = Number(target.closest("[data-step]")?.dataset.step ?? 0);
  if (!by) return;
  number += by;
  align();
});
slider.addEventListener("input", align);
foot.addEventListener("change", align);
align();
page.dataset.ready = "";
