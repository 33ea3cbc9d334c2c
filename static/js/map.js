// A drawn map, to be laid over the photo: under the overlay, in the same place at the same zoom. It stays there when another
// map is chosen, and until its button is pressed again.
class MapOver extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => {
      if (this.#laid) this.#lift();
      else this.#lay();
    });
    if (this.#laid) this.#lay(); // another map takes its place
  }

  get #canvas() {
    return document.querySelector("pose-view .canvas");
  }

  get #laid() {
    return this.#canvas.querySelector(".laid-over");
  }

  #lay() {
    const { src, alt } = this.querySelector("img");
    const layer = this.#laid ?? Object.assign(new Image(), { className: "laid-over" });
    Object.assign(layer, { src, alt });
    this.#canvas.querySelector(".overlay").before(layer);
    this.button.setAttribute("aria-pressed", "true");
    this.#canvas.parentElement.scrollIntoView({ block: "nearest" });
  }

  #lift() {
    this.#laid.remove();
    this.button.setAttribute("aria-pressed", "false");
  }
}

customElements.define("map-over", MapOver);
