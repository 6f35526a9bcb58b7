// Numbers of the page's data: base64 of little-endian arrays, vertices and values as small integers.
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

function decodeMesh(mesh) { // {positions, faces}: 3 numbers a vertex, 3 vertices a triangle
  const raw = new Uint16Array(bytes(mesh.vertices)), positions = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) positions[i] = mesh.low[i % 3] + raw[i] * mesh.step[i % 3];
  const faces = mesh.wide ? new Uint32Array(bytes(mesh.faces)) : new Uint16Array(bytes(mesh.faces));
  return { positions, faces };
}

function vertexNormals(p, faces) { // of the triangles about a vertex, smoothed once so that thin triangles do not show
  const own = new Float32Array(faces.length);
  for (let f = 0; f < faces.length; f += 3) {
    const a = faces[f] * 3, b = faces[f + 1] * 3, c = faces[f + 2] * 3;
    const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
    own[f] = uy * vz - uz * vy; own[f + 1] = uz * vx - ux * vz; own[f + 2] = ux * vy - uy * vx;
  }
  const first = gathered(own, faces, p.length), means = new Float32Array(faces.length);
  for (let f = 0; f < faces.length; f += 3) {
    const area = Math.hypot(own[f], own[f + 1], own[f + 2]);
    for (let k = 0; k < 3; k++) means[f + k] = area * (first[3 * faces[f] + k] + first[3 * faces[f + 1] + k] + first[3 * faces[f + 2] + k]);
  }
  return gathered(means, faces, p.length);
}

function gathered(vectors, faces, length) { // sums of the triangles' vectors at the vertices, of length 1
  const n = new Float32Array(length);
  for (let f = 0; f < faces.length; f += 3) for (let corner = 0; corner < 3; corner++) for (let k = 0; k < 3; k++) n[3 * faces[f + corner] + k] += vectors[f + k];
  for (let i = 0; i < length; i += 3) {
    const size = Math.hypot(n[i], n[i + 1], n[i + 2]) || 1;
    n[i] /= size; n[i + 1] /= size; n[i + 2] /= size;
  }
  return n;
}

function atomShares(p, atoms, radii, colors) { // of each vertex the colour of the atom whose sphere is nearest, blended at borders
  const found = [], count = radii.length, distances = new Float64Array(count);
  for (let v = 0; v < p.length; v += 3) {
    let least = Infinity;
    for (let a = 0; a < count; a++) {
      distances[a] = Math.hypot(p[v] - atoms[3 * a], p[v + 1] - atoms[3 * a + 1], p[v + 2] - atoms[3 * a + 2]) - radii[a];
      least = Math.min(least, distances[a]);
    }
    let r = 0, g = 0, b = 0, sum = 0;
    for (let a = 0; a < count; a++) {
      if (distances[a] > least + BLEND) continue;
      const share = (1 - (distances[a] - least) / BLEND) ** 2, color = colors[a];
      r += share * color.r; g += share * color.g; b += share * color.b; sum += share;
    }
    found.push(sum ? { r: r / sum, g: g / sum, b: b / sum } : { r: 0.7, g: 0.7, b: 0.7 });
  }
  return found;
}
const BLEND = 0.3; // Å
