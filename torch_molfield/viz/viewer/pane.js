// One picture in space: a molecule and at most one surface of it, drawn by 3Dmol.js about the molecule's centre.
const STYLES = {
  "ball and stick": { stick: { radius: 0.12 }, sphere: { scale: 0.23 } },
  sticks: { stick: { radius: 0.16 } },
  spheres: { sphere: {} },
  none: {},
};
const FIELD = Math.tan((10 * Math.PI) / 180); // half the angle of 3Dmol's camera

class Pane {
  constructor(box, data) {
    this.data = data;
    this.viewer = $3Dmol.createViewer(box, { antialias: true, disableFog: true, backgroundColor: "white" });
    this.shapes = [];
    this.number = null;
  }
  get molecule() { return this.data.molecules[this.number]; }

  setMolecule(number) {
    this.number = number;
    const m = this.molecule;
    this.viewer.removeAllModels();
    this.model = this.viewer.addModel();
    const bonds = m.elements.map(() => [[], []]);
    for (const [a, b, order] of m.bonds) for (const [from, to] of [[a, b], [b, a]]) { bonds[from][0].push(to); bonds[from][1].push(order); }
    this.model.addAtoms(m.elements.map((elem, index) => ({
      elem, index, serial: index, x: 0, y: 0, z: 0, bonds: bonds[index][0], bondOrder: bonds[index][1], color: m.colors[index],
    })));
  }

  draw(show, measure) { // {frame, surface, step, paint, opacity, style, color}
    const m = this.molecule, centre = m.centre, viewer = this.viewer;
    const atoms = new Float32Array(bytes(m.frames[show.frame]));
    this.model.selectedAtoms({}).forEach((atom, k) => {
      ["x", "y", "z"].forEach((axis, j) => { atom[axis] = atoms[3 * k + j] - centre[j]; });
    });
    const colors = { prop: "index", map: Object.fromEntries(m.colors.map((color, k) => [k, color])) };
    const style = Object.entries(STYLES[show.style]).map(([kind, look]) => [kind, { ...look, colorscheme: colors }]);
    this.model.setStyle({}, Object.fromEntries(style));
    this.shapes.forEach((shape) => viewer.removeShape(shape));
    this.shapes = [];
    const step = show.surface && show.surface.steps[show.step];
    if (step && show.opacity > 0) this.addSurface(step, show, atoms);
    measure.draw();
    viewer.render();
  }

  addSurface(step, show, atoms) {
    const mesh = decodeMesh(step), normals = vertexNormals(mesh.positions, mesh.faces), m = this.molecule;
    const colors = show.paint ? paintColors(show.paint, step, mesh, atoms, m) : null;
    const points = [], directions = [];
    for (let i = 0; i < mesh.positions.length; i += 3) {
      points.push({ x: mesh.positions[i] - m.centre[0], y: mesh.positions[i + 1] - m.centre[1], z: mesh.positions[i + 2] - m.centre[2] });
      directions.push({ x: normals[i], y: normals[i + 1], z: normals[i + 2] });
    }
    for (const piece of pieces(points, directions, mesh.faces, colors)) {
      const shape = this.viewer.addCustom({
        vertexArr: piece.points, normalArr: piece.directions, faceArr: piece.faces,
        color: piece.colors || asColor(rgb(show.color)), opacity: show.opacity, side: 0,
      });
      this.shapes.push(shape);
    }
  }

  look(radius, turn) { // nearly the whole of a sphere about the centre; turn: a quaternion, by default as it is
    const canvas = this.viewer.getCanvas(), narrow = Math.min(1, canvas.clientWidth / Math.max(canvas.clientHeight, 1));
    this.viewer.setSlab(-1000, 1000);
    this.viewer.setPerceivedDistance(radius / FIELD / narrow);
    const view = this.viewer.getView();
    this.viewer.setView([0, 0, 0, view[3], ...(turn || view.slice(4, 8))], true);
  }
}

const MOST = 65000; // vertices that a buffer of 3Dmol holds

function* pieces(points, directions, faces, colors) { // the mesh in parts of at most MOST vertices
  if (points.length <= MOST) { yield { points, directions, faces: Array.from(faces), colors }; return; }
  let part = null, known = null;
  const begin = () => { part = { points: [], directions: [], faces: [], colors: colors && [] }; known = new Map(); };
  begin();
  for (let f = 0; f < faces.length; f += 3) {
    if (part.points.length > MOST - 3) { yield part; begin(); }
    for (let k = f; k < f + 3; k++) {
      const v = faces[k];
      if (!known.has(v)) {
        known.set(v, part.points.length);
        part.points.push(points[v]); part.directions.push(directions[v]);
        if (colors) part.colors.push(colors[v]);
      }
      part.faces.push(known.get(v));
    }
  }
  yield part;
}
