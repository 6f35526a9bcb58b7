// Distances, angles and torsions between atoms that are clicked one after the other.
class Measure {
  constructor(pane) {
    this.pane = pane;
    this.picked = [];
    this.drawn = [];
  }

  attach() { // after the pane's molecule has been set
    this.clear();
    const model = this.pane.model, viewer = this.pane.viewer;
    model.setClickable({}, true, (atom) => this.pick(atom));
    let hint = null;
    const leave = () => { if (hint) viewer.removeLabel(hint); hint = null; };
    const enter = (atom) => { leave(); hint = viewer.addLabel(`${atom.elem} ${atom.index}`, { ...LABEL, position: atom }); };
    model.setHoverable({}, true, enter, leave);
  }

  pick(atom) {
    this.picked = this.picked.length === 4 ? [atom] : this.picked.filter((other) => other !== atom).concat([atom]);
    this.draw();
    this.pane.viewer.render();
  }

  clear() {
    this.picked = [];
    this.draw();
  }

  text() {
    const points = this.picked.map((atom) => [atom.x, atom.y, atom.z]);
    if (points.length === 2) return `${distance(...points).toFixed(3)} Å`;
    if (points.length === 3) return `${angle(...points).toFixed(1)}°`;
    return points.length === 4 ? `torsion ${torsion(...points).toFixed(1)}°` : "";
  }

  draw() { // again for each frame, so that the figures follow the motion
    const viewer = this.pane.viewer, text = this.text();
    this.drawn.forEach((undo) => undo());
    this.drawn = [];
    const keep = (shape) => this.drawn.push(() => viewer.removeShape(shape));
    this.picked.forEach((atom, k) => {
      keep(viewer.addSphere({ center: atom, radius: 0.45, color: "#ffb000", opacity: 0.6 }));
      if (k) keep(viewer.addCylinder({ start: this.picked[k - 1], end: atom, radius: 0.04, color: "#ffb000", dashed: true }));
    });
    if (!text) return;
    const middle = (axis) => this.picked.reduce((sum, atom) => sum + atom[axis], 0) / this.picked.length;
    const label = viewer.addLabel(text, { ...LABEL, position: { x: middle("x"), y: middle("y"), z: middle("z") } });
    this.drawn.push(() => viewer.removeLabel(label));
  }
}

const LABEL = { fontSize: 14, fontColor: "white", backgroundColor: "#1c2530", backgroundOpacity: 0.85, inFront: true, alignment: "center" };

const minus = (a, b) => a.map((x, k) => x - b[k]);
const dot = (a, b) => a.reduce((sum, x, k) => sum + x * b[k], 0);
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const degrees = (x) => (x * 180) / Math.PI;
const distance = (a, b) => Math.hypot(...minus(a, b));
function angle(a, b, c) {
  const u = minus(a, b), v = minus(c, b);
  return degrees(Math.atan2(Math.hypot(...cross(u, v)), dot(u, v)));
}
function torsion(a, b, c, d) {
  const u = minus(b, a), v = minus(c, b), w = minus(d, c), n = cross(v, w);
  return degrees(Math.atan2(Math.hypot(...v) * dot(u, n), dot(cross(u, v), n)));
}
