// The keypoint tables below a photo: the same people in words, and the way to them by keyboard. A person's heading and
// each row say what they stand for when they are pointed at or focused, and are highlighted when the picture says so.
export class KeypointTables {
  // section: the id of what holds them; point: called with { person, keypoint }, or null when it is over.
  constructor(section, point) {
    this.people = [...(document.getElementById(section)?.querySelectorAll(".person") ?? [])].map((details) => ({
      details,
      rows: [...details.querySelectorAll("tbody tr")],
    }));
    this.people.forEach(({ details, rows }, person) => {
      speak(details.querySelector("summary"), () => point({ person, keypoint: null }), () => point(null));
      rows.forEach((row, keypoint) => {
        if (!row.classList.contains("missing")) speak(row, () => point({ person, keypoint }), () => point(null));
      });
      rove(rows.filter((row) => !row.classList.contains("missing")));
    });
  }

  light(spot) {
    this.people.forEach(({ details, rows }, person) => {
      const lit = spot?.person === person;
      details.classList.toggle("lit", lit);
      rows.forEach((row, keypoint) => row.classList.toggle("lit", lit && spot.keypoint === keypoint));
    });
  }

  open(person) {
    if (this.people[person]) this.people[person].details.open = true;
  }
}

function speak(element, come, go) {
  for (const near of ["pointerenter", "focus"]) element.addEventListener(near, come);
  for (const away of ["pointerleave", "blur"]) element.addEventListener(away, go);
}

// One stop for the Tab key in a table; the arrow keys walk its rows.
function rove(rows) {
  rows.forEach((row, index) => {
    row.tabIndex = index ? -1 : 0;
    row.addEventListener("keydown", (event) => {
      const next = rows[index + ({ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? NaN)];
      if (!next) return;
      event.preventDefault();
      row.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  });
}
