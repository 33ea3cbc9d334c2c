// The tables of the editor: forms that work alone, and here show what the picture shows.
import { HIDDEN, MISSING, VISIBLE } from "./corrections.js";

export const WORDS = { [MISSING]: gettext("missing"), [HIDDEN]: gettext("hidden"), [VISIBLE]: gettext("visible") };

export class EditTables {
  // list: holds a <details> for each person; blank: the template of one.
  // heard: { choose(spot), move(x, y) and mark(visibility) of what was chosen, wish(person, what its button says) }.
  constructor(list, blank, state, heard) {
    Object.assign(this, { list, blank, state, heard });
    list.addEventListener("focusin", ({ target }) => this.#choose(target));
    list.addEventListener("change", ({ target }) => this.#change(target));
    list.addEventListener("submit", (event) => this.#submit(event));
  }

  // As many tables as there are people.
  fit() {
    const tables = [...this.list.children];
    tables.slice(this.state.people.length).forEach((table) => table.remove());
    this.state.people.slice(tables.length).forEach((_, more) => {
      const table = this.blank.content.firstElementChild.cloneNode(true);
      table.querySelector("[data-number]").textContent = interpolate(gettext("Person %s"), [tables.length + more + 1]);
      this.list.append(table);
    });
  }

  show(person) {
    const { keypoints, added, removed } = this.state.people[person];
    const table = this.list.children[person];
    table.classList.toggle("removed", removed);
    table.querySelectorAll("tbody tr").forEach((row, keypoint) => this.#showRow(row, { person, keypoint }));
    const found = keypoints.filter(([, , visibility]) => visibility !== MISSING).length;
    const count = removed ? gettext("removed") : interpolate(gettext("%(found)s of %(all)s"), { found, all: keypoints.length }, true);
    const told = this.state.touched(person) ? interpolate(gettext("%s, not saved yet"), [count]) : count;
    table.querySelector("[data-count]").textContent = told;
    table.querySelector("[value=remove]").hidden = removed;
    table.querySelector("[value=restore]").hidden = !removed;
    table.querySelector("[value=network]").hidden = added;
  }

  // Open the chosen person's table, and no other.
  light(spot) {
    [...this.list.children].forEach((table, person) => {
      const chosen = spot?.person === person;
      table.classList.toggle("lit", chosen);
      if (spot) table.open = chosen;
      table.querySelectorAll("tbody tr").forEach((row, keypoint) => row.classList.toggle("lit", chosen && spot.keypoint === keypoint));
    });
  }

  #showRow(row, { person, keypoint }) {
    const [x, y, visibility] = this.state.people[person].keypoints[keypoint];
    const [across, down, shown] = row.querySelectorAll("input, select");
    across.value = x.toFixed(1);
    down.value = y.toFixed(1);
    shown.value = visibility;
    row.classList.toggle("missing", visibility === MISSING);
    row.classList.toggle("moved", this.state.moved({ person, keypoint }));
  }

  #choose(field) {
    const row = field.closest("tbody tr");
    if (row) this.heard.choose(this.#spotOf(row));
  }

  #change(field) {
    const spot = this.#spotOf(field.closest("tr"));
    const value = Number(field.value);
    const [x, y] = this.state.people[spot.person].keypoints[spot.keypoint]; // finer than the fields show
    this.heard.choose(spot);
    if (field.name === "v") this.heard.mark(value);
    else this.heard.move(...(field.name === "x" ? [value, y] : [x, value]));
  }

  #spotOf(row) {
    return { person: this.#personOf(row), keypoint: row.sectionRowIndex };
  }

  #personOf(element) {
    return [...this.list.children].indexOf(element.closest(".person"));
  }

  // The buttons of a person's form, which without scripts would send it. Enter in a field means none of them.
  #submit(event) {
    event.preventDefault();
    const wish = event.submitter?.value;
    if (wish !== "save") this.heard.wish(this.#personOf(event.target), wish);
  }
}
