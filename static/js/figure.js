// A person who stands and faces the camera, to be dragged into place: where each keypoint is, in heights of the person,
// from the middle of the top of the head. Right is the person's right, so it lies on the left.
const PLACES = {
  head: [0, 0.01], nose: [0, 0.08], neck: [0, 0.18], chest: [0, 0.32], "mid hip": [0, 0.51],
  eye: [0.018, 0.065], ear: [0.042, 0.075], shoulder: [0.105, 0.19], elbow: [0.15, 0.345], wrist: [0.16, 0.485],
  hip: [0.06, 0.51], knee: [0.065, 0.735], ankle: [0.065, 0.95],
  "big toe": [0.085, 0.99], "small toe": [0.11, 0.985], heel: [0.055, 0.975],
};

// [[x, y]] of keypoints by their names, around a place in the picture.
export function standing(names, { x, y }, height) {
  return names.map((name) => {
    const [side] = name.match(/^(right|left) /) ?? [""];
    const [across, down] = PLACES[name.slice(side.length)] ?? [0, 0.5];
    const way = { "right ": -1, "left ": 1 }[side] ?? 0;
    return [x + way * across * height, y + (down - 0.5) * height];
  });
}
