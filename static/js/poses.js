// The keypoints of a clip: who is where in which frame. Times are those of the clip's own frames.
export class Poses {
  static async load(address) {
    return new Poses(await (await fetch(address)).json());
  }

  constructor({ width, height, keypoints, limbs, times, tracks }) {
    Object.assign(this, { width, height, limbs, times, tracks, names: keypoints });
  }

  // The last frame that is shown by then.
  rowAt(seconds) {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.times[middle] <= seconds + 1e-4) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // A time well inside a frame: a player set to its very beginning may show the frame before.
  inside(row) {
    const next = this.times[row + 1] ?? 2 * this.times[row] - (this.times[row - 1] ?? 0);
    return this.times[row] + (next - this.times[row]) / 2;
  }

  // [{x, y} or null, …] in pixels of the frame, smoothed; null where that track is not in it.
  person(track, row) {
    const found = this.tracks.find(({ id }) => id === track);
    const points = found?.smooth[row - found.first];
    return points?.map((point) => point && { x: point[0] / 10, y: point[1] / 10 }) ?? null;
  }

  // The track of whoever is nearest to a point.
  nearest(row, { x, y }) {
    const apart = ({ id }) => {
      const points = this.person(id, row)?.filter(Boolean) ?? [];
      return Math.min(...points.map((point) => Math.hypot(point.x - x, point.y - y)));
    };
    return this.tracks.reduce((best, track) => (apart(track) < apart(best) ? track : best)).id;
  }

  // left, right or middle, of a limb.
  side(start, end) {
    const of = (index) => ({ l_: "left", r_: "right" })[this.names[index].slice(0, 2)];
    return of(end) ?? of(start) ?? "middle";
  }
}
