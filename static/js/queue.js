// Sends files, some side by side, each in a request of its own, so that one that fails stops no other.
const PARALLEL = 3;

export class Queue {
  #waiting = [];
  #sending = new Map(); // entry → its request
  #send;
  #changed;

  // send(entry, request) → a promise; changed() is called whenever one comes or goes.
  constructor(send, changed) {
    this.#send = send;
    this.#changed = changed;
  }

  get unfinished() {
    return this.#waiting.length + this.#sending.size;
  }

  add(entry) {
    this.#waiting.push(entry);
    this.#next();
  }

  // Whether it was there to be cancelled.
  cancel(entry) {
    const place = this.#waiting.indexOf(entry);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      this.#changed();
      return true;
    }
    const request = this.#sending.get(entry);
    request?.abort();
    return request !== undefined;
  }

  #next() {
    while (this.#sending.size < PARALLEL && this.#waiting.length) {
      const entry = this.#waiting.shift();
      const request = new XMLHttpRequest(); // fetch tells nothing of how far an upload is
      this.#sending.set(entry, request);
      this.#send(entry, request).finally(() => {
        this.#sending.delete(entry);
        this.#next();
      });
    }
    this.#changed();
  }
}
