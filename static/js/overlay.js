// Draws the poses over their photo as SVG. Knows what to draw and where, not who asks for it.
//
// `poses` is what poseweb/pages/viewer.py calls drawable: { width, height, threshold, keypoints: [{ name, title, colour }],
// limbs: [[start, end]], people: [{ score, keypoints: [[x, y, score]] }] }; a missing keypoint is 0, 0, 0.
const SVG = "http://www.w3.org/2000/svg";
const LIMB_REACH = 0.7; // of the reach of a keypoint: where both are near, the keypoint is meant

export class Overlay {
  constructor(canvas, poses) {
    this.poses = poses;
    this.settings = { threshold: poses.threshold, hidden: new Set() };
    // The centre of the first pixel is 0, 0, so the picture starts half a pixel before it.
    this.svg = make("svg", { class: "overlay", viewBox: `-0.5 -0.5 ${poses.width} ${poses.height}`, "aria-hidden": "true" });
    canvas.append(this.svg);
    this.draw();
  }

  // Everything anew: after people came or went. The surest lies on top.
  draw() {
    this.people = this.poses.people.map(() => this.#person());
    this.svg.replaceChildren(...this.people.map(({ group }) => group).reverse());
    this.people.forEach((_, person) => this.#place(person));
    this.update();
  }

  // One keypoint, as { person, keypoint } names it, to another place; a score of 0 takes it away.
  move({ person, keypoint }, x, y, score) {
    this.poses.people[person].keypoints[keypoint] = [x, y, score];
    this.#place(person);
    this.#reveal(person);
  }

  // { skeleton, points, names: shown or not; threshold, opacity: 0..1; hidden: a set of people }, or some of them.
  look(settings) {
    Object.assign(this.settings, settings);
    const { skeleton = true, points = true, names = false, opacity = 1 } = this.settings;
    this.svg.classList.toggle("without-skeleton", !skeleton);
    this.svg.classList.toggle("without-points", !points);
    this.svg.classList.toggle("with-names", names);
    this.svg.style.opacity = opacity;
    this.update();
  }

  update() {
    this.people.forEach((_, person) => this.#reveal(person));
  }

  shows(person, keypoint) {
    const score = this.poses.people[person].keypoints[keypoint][2];
    return score > 0 && score >= this.settings.threshold && !this.settings.hidden.has(person);
  }

  // How many pixels of the picture one pixel of the screen is: keeps marks and names readable at every zoom.
  scale(pixel) {
    this.svg.style.setProperty("--pixel", pixel);
  }

  // Highlight a person, or one keypoint of theirs; nobody where `spot` is null.
  light(spot) {
    this.svg.classList.toggle("lit", spot !== null);
    this.people.forEach(({ group, circles, texts }, person) => {
      const lit = spot?.person === person;
      group.classList.toggle("lit", lit);
      [...circles, ...texts].forEach((mark) => mark.classList.remove("lit"));
      if (lit && spot.keypoint !== null) {
        circles[spot.keypoint].classList.add("lit");
        texts[spot.keypoint].classList.add("lit");
      }
    });
  }

  // The keypoint (else the person, by a limb) within `reach` pixels of the picture of a place in it, or null.
  nearest({ x, y }, reach) {
    const best = { distance: reach, spot: null };
    this.poses.people.forEach(({ keypoints }, person) => {
      keypoints.forEach(([kx, ky], keypoint) => {
        if (this.shows(person, keypoint)) closer(best, Math.hypot(kx - x, ky - y), { person, keypoint });
      });
    });
    if (best.spot) return best.spot;
    best.distance = reach * LIMB_REACH;
    this.poses.people.forEach(({ keypoints }, person) => {
      for (const [start, end] of this.poses.limbs) {
        if (!this.shows(person, start) || !this.shows(person, end)) continue;
        closer(best, distanceToLimb(x, y, keypoints[start], keypoints[end]), { person, keypoint: null });
      }
    });
    return best.spot;
  }

  #person() {
    const { keypoints, limbs } = this.poses;
    const lines = limbs.map(([, end]) => make("line", { stroke: keypoints[end].colour }));
    const circles = keypoints.map(({ colour }) => make("circle", { fill: colour }));
    const texts = keypoints.map(({ title }) => Object.assign(make("text", {}), { textContent: title }));
    const group = make("g", { class: "pose" });
    for (const [name, marks] of [["limbs", lines], ["points", circles], ["names", texts]]) {
      const layer = make("g", { class: name });
      layer.append(...marks);
      group.append(layer);
    }
    return { group, lines, circles, texts };
  }

  #place(person) {
    const { group, lines, circles, texts } = this.people[person];
    const { keypoints } = this.poses.people[person];
    group.style.setProperty("--mark", extent(keypoints) * 0.012); // as in the annotated picture
    this.poses.limbs.forEach(([start, end], limb) => {
      const [[x1, y1], [x2, y2]] = [keypoints[start], keypoints[end]];
      set(lines[limb], { x1, y1, x2, y2 });
    });
    keypoints.forEach(([x, y], keypoint) => {
      set(circles[keypoint], { cx: x, cy: y });
      set(texts[keypoint], { x, y });
    });
  }

  #reveal(person) {
    const { group, lines, circles, texts } = this.people[person];
    display(group, !this.settings.hidden.has(person));
    circles.forEach((circle, keypoint) => {
      const shown = this.shows(person, keypoint);
      display(circle, shown);
      display(texts[keypoint], shown);
    });
    this.poses.limbs.forEach(([start, end], limb) => display(lines[limb], this.shows(person, start) && this.shows(person, end)));
  }
}

function make(name, attributes) {
  return set(document.createElementNS(SVG, name), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function display(element, shown) {
  if (shown) element.removeAttribute("display");
  else element.setAttribute("display", "none");
}

function closer(best, distance, spot) {
  if (distance < best.distance) Object.assign(best, { distance, spot });
}

// The longer side of the box around the keypoints found, in pixels of the picture.
function extent(keypoints) {
  const found = keypoints.filter(([, , score]) => score > 0);
  if (!found.length) return 0;
  const [xs, ys] = [found.map(([x]) => x), found.map(([, y]) => y)];
  return Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
}

function distanceToLimb(x, y, [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x1 + along * dx - x, y1 + along * dy - y);
}
