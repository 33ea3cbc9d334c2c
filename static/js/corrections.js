// What somebody has corrected and not saved yet, with undo and redo. Knows no page.
//
// A person is { index, score, removed, added, keypoints: [[x, y, visibility]], said: [[x, y, score]] } as
// poseweb/review/editor.py gives them; visibility is 0 missing, 1 hidden, 2 visible.
export const [MISSING, HIDDEN, VISIBLE] = [0, 1, 2];
const TOGETHER_MS = 1000; // steps of one kind that follow each other so quickly are undone as one

export class Corrections {
  constructor({ people, width, height }) {
    Object.assign(this, { people, width, height });
    this.stored = structuredClone(people);
    this.past = [];
    this.future = [];
    this.last = { kind: null, time: 0 };
  }

  // Keep what is there before it changes; `kind` says which changes may be undone together.
  step(kind = null) {
    const now = performance.now();
    if (kind === null || kind !== this.last.kind || now - this.last.time > TOGETHER_MS) {
      this.past.push(structuredClone(this.people));
      this.future = [];
    }
    this.last = { kind, time: now };
  }

  undo() {
    return this.#travel(this.past, this.future);
  }

  redo() {
    return this.#travel(this.future, this.past);
  }

  // A keypoint to a place; the nearest one inside the picture. One that was missing is visible then.
  move({ person, keypoint }, x, y) {
    const known = this.people[person].keypoints[keypoint];
    known[0] = Math.min(this.width - 0.5, Math.max(-0.5, x));
    known[1] = Math.min(this.height - 0.5, Math.max(-0.5, y));
    if (known[2] === MISSING) known[2] = VISIBLE;
  }

  mark({ person, keypoint }, visibility) {
    const known = this.people[person].keypoints[keypoint];
    if (visibility === MISSING) this.people[person].keypoints[keypoint] = [0, 0, MISSING];
    else if (known[2] === MISSING) this.move({ person, keypoint }, ...this.#guess(person, keypoint));
    this.people[person].keypoints[keypoint][2] = visibility;
  }

  // What the network said, of the whole person.
  restore(person) {
    const found = this.people[person];
    found.keypoints = found.said.map(unchanged);
    found.removed = false;
  }

  // Whether a keypoint stands elsewhere than the network said.
  moved({ person, keypoint }) {
    const { keypoints, said } = this.people[person];
    return keypoints[keypoint].join() !== unchanged(said[keypoint]).join();
  }

  add(places) {
    const keypoints = places.map(() => [0, 0, MISSING]);
    const said = places.map(() => [0, 0, 0]);
    this.people.push({ index: null, score: 1, removed: false, added: true, keypoints, said });
    places.forEach(([x, y], keypoint) => this.move({ person: this.people.length - 1, keypoint }, x, y));
  }

  touched(person) {
    return JSON.stringify(this.people[person]) !== JSON.stringify(this.stored[person]);
  }

  // What has to be sent: everybody who changed. Who was added and removed again never was.
  get changes() {
    return this.people
      .filter((found, person) => this.touched(person) && !(found.index === null && found.removed))
      .map(({ index, keypoints, removed }) => ({ index, removed, keypoints: removed && empty(keypoints) ? null : keypoints }));
  }

  // Where a keypoint may be of which nobody knows: where the network said, else amidst the person, else amidst the photo.
  #guess(person, keypoint) {
    const { keypoints, said } = this.people[person];
    if (said[keypoint][2] > 0) return said[keypoint].slice(0, 2);
    const known = keypoints.filter(([, , visibility]) => visibility !== MISSING);
    if (!known.length) return [this.width / 2, this.height / 2];
    return [0, 1].map((axis) => known.reduce((sum, place) => sum + place[axis], 0) / known.length);
  }

  #travel(from, to) {
    if (!from.length) return false;
    to.push(this.people);
    this.people = from.pop();
    this.last = { kind: null, time: 0 };
    return true;
  }
}

function unchanged([x, y, score]) {
  return [x, y, score > 0 ? VISIBLE : MISSING];
}

export function empty(keypoints) {
  return keypoints.every(([, , visibility]) => visibility === MISSING);
}
