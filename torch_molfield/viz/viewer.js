// Mesh viewer of the report: WebGL without libraries. Drag turns, wheel zooms, the slider moves in time.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("molfield-data").textContent);
  const $ = (id) => document.getElementById(id);
  const canvas = $("viewer");
  const gl = canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
  if (!gl || !gl.getExtension("OES_element_index_uint")) {
    $("viewer-box").innerHTML = "<p class='note'>This browser offers no WebGL; the pictures below show the same surfaces.</p>";
    return;
  }
  const VERTEX = `attribute vec3 position, normal, color; uniform mat3 turn; uniform vec3 centre; uniform vec2 zoom;
    varying vec3 n, c; void main() { vec3 p = turn * (position - centre); n = turn * normal; c = color;
    gl_Position = vec4(p.xy * zoom, -p.z * 0.01, 1.0); }`;
  const FRAGMENT = `precision mediump float; varying vec3 n, c; uniform float opacity; void main() {
    vec3 m = normalize(n); if (m.z < 0.0) m = -m; float light = 0.5 + 0.5 * dot(m, vec3(-0.35, 0.55, 0.76));
    float gloss = pow(max(dot(m, normalize(vec3(-0.35, 0.55, 1.76))), 0.0), 40.0);
    vec3 lit = c * (0.38 + 0.62 * light) * (0.72 + 0.28 * m.z) + 0.2 * gloss;
    float rim = opacity < 1.0 ? (1.0 - opacity) * (1.0 - m.z) * (1.0 - m.z) : 0.0;
    gl_FragColor = vec4(lit, opacity + rim); }`;
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const where = { turn: uniform("turn"), centre: uniform("centre"), zoom: uniform("zoom"), opacity: uniform("opacity") };

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  const BLUE = [0.36, 0.58, 0.86], ORANGE = [0.95, 0.62, 0.25];
  const STOPS = [[0.02, 0.19, 0.38], [0.26, 0.58, 0.76], [0.97, 0.97, 0.97], [0.84, 0.38, 0.3], [0.4, 0.0, 0.12]];
  function errorColor(value) { // value in -1..1: blue inside, white on, red outside the true surface
    const x = (value + 1) * 2, i = Math.min(Math.floor(x), 3), f = x - i;
    return STOPS[i].map((s, k) => s * (1 - f) + STOPS[i + 1][k] * f);
  }

  function upload(positions, normals, colors, faces) {
    const part = { count: faces.length, type: faces instanceof Uint32Array ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT, arrays: {} };
    for (const [name, array] of Object.entries({ position: positions, normal: normals, color: colors })) {
      part.arrays[name] = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, part.arrays[name]);
      gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
    }
    part.faces = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, part.faces);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, faces, gl.STATIC_DRAW);
    return part;
  }
  function release(part) {
    Object.values(part.arrays).forEach((buffer) => gl.deleteBuffer(buffer));
    gl.deleteBuffer(part.faces);
  }
  function faceNormals(p, faces) { // area-weighted means at the vertices
    const n = new Float32Array(p.length);
    for (let f = 0; f < faces.length; f += 3) {
      const [a, b, c] = [faces[f] * 3, faces[f + 1] * 3, faces[f + 2] * 3];
      const u = [p[b] - p[a], p[b + 1] - p[a + 1], p[b + 2] - p[a + 2]], v = [p[c] - p[a], p[c + 1] - p[a + 1], p[c + 2] - p[a + 2]];
      const w = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
      for (const corner of [a, b, c]) for (let k = 0; k < 3; k++) n[corner + k] += w[k];
    }
    return n;
  }
  function surface(mesh, plain, painted) {
    const raw = new Uint16Array(bytes(mesh.vertices)), p = new Float32Array(raw.length), c = new Float32Array(raw.length);
    const faces = mesh.wide ? new Uint32Array(bytes(mesh.faces)) : new Uint16Array(bytes(mesh.faces));
    const error = painted ? new Int8Array(bytes(mesh.error)) : null;
    for (let i = 0; i < raw.length; i++) p[i] = mesh.low[i % 3] + raw[i] * mesh.step[i % 3];
    for (let v = 0; v < raw.length / 3; v++) c.set(error ? errorColor(error[v] / 127) : plain, v * 3);
    return upload(p, faceNormals(p, faces), c, faces);
  }
  function molecule(m, pos) {
    const p = [], n = [], c = [], f = [];
    const tube = (point, normal, color) => { p.push(...point); n.push(...normal); c.push(...color); };
    m.balls.forEach((radius, atom) => {
      const first = p.length / 3, R = 10, A = 18;
      for (let i = 0; i <= R; i++) for (let j = 0; j <= A; j++) {
        const t = Math.PI * i / R, s = 2 * Math.PI * j / A;
        const d = [Math.sin(t) * Math.cos(s), Math.sin(t) * Math.sin(s), Math.cos(t)];
        tube(d.map((x, k) => pos[atom * 3 + k] + radius * x), d, m.colors[atom]);
        const q = first + i * (A + 1) + j;
        if (i < R && j < A) f.push(q, q + A + 1, q + 1, q + 1, q + A + 1, q + A + 2);
      }
    });
    for (const [a, b] of m.bonds) {
      const start = [0, 1, 2].map((k) => pos[a * 3 + k]), along = [0, 1, 2].map((k) => pos[b * 3 + k] - start[k]);
      const off = Math.abs(along[0]) < Math.abs(along[1]) ? [1, 0, 0] : [0, 1, 0], first = p.length / 3, A = 10;
      const x = unit(cross(along, off)), y = unit(cross(along, x));
      for (let j = 0; j <= A; j++) {
        const s = 2 * Math.PI * j / A, d = x.map((u, k) => u * Math.cos(s) + y[k] * Math.sin(s));
        for (const end of [0, 1]) tube(start.map((u, k) => u + end * along[k] + 0.11 * d[k]), d, [0.55, 0.55, 0.58]);
        if (j < A) { const q = first + 2 * j; f.push(q, q + 1, q + 2, q + 2, q + 1, q + 3); }
      }
    }
    return upload(new Float32Array(p), new Float32Array(n), new Float32Array(c), new Uint32Array(f));
  }
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (a) => a.map((x) => x / Math.hypot(...a));

  const view = { turn: data.turn, zoom: 1, frame: 0, molecule: 0, playing: false };
  let parts = null, shown = "", waiting = false;
  function load() { // only the frame on show lies on the graphics card
    const paint = $("paint").checked && $("mode").value !== "overlay", key = [view.molecule, view.frame, paint].join();
    if (key === shown) return;
    if (parts) Object.values(parts).filter(Boolean).forEach(release);
    const m = data.molecules[view.molecule], frame = m.frames[view.frame];
    parts = { atoms: molecule(m, new Float32Array(bytes(frame.atoms))), true: surface(frame.true, BLUE, false), learned: frame.learned && surface(frame.learned, ORANGE, paint) };
    shown = key;
  }
  function draw(part, opacity) {
    for (const [name, buffer] of Object.entries(part.arrays)) {
      const slot = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(slot);
      gl.vertexAttribPointer(slot, 3, gl.FLOAT, false, 0, 0);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, part.faces);
    gl.uniform1f(where.opacity, opacity);
    gl.drawElements(gl.TRIANGLES, part.count, part.type, 0);
  }
  function port(left, width, names, opacity) {
    const m = data.molecules[view.molecule], scale = view.zoom * 1.08 * Math.min(width, canvas.height) / (2 * m.radius);
    gl.viewport(left, 0, width, canvas.height);
    gl.uniformMatrix3fv(where.turn, false, view.turn);
    gl.uniform3fv(where.centre, m.centre);
    gl.uniform2f(where.zoom, 2 * scale / width, 2 * scale / canvas.height);
    gl.disable(gl.BLEND); gl.disable(gl.CULL_FACE); gl.depthMask(true);
    if ($("atoms").checked) draw(parts.atoms, 1);
    gl.enable(gl.BLEND); gl.enable(gl.CULL_FACE);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE);
    gl.cullFace(gl.BACK);
    for (const name of names) draw(parts[name], opacity);
  }
  function render() {
    waiting = false;
    load();
    const ratio = window.devicePixelRatio || 1, mode = $("mode").value, m = data.molecules[view.molecule];
    canvas.width = canvas.clientWidth * ratio; canvas.height = canvas.clientHeight * ratio;
    gl.enable(gl.DEPTH_TEST); gl.clearColor(1, 1, 1, 1); gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const opacity = +$("opacity").value, half = Math.floor(canvas.width / 2);
    if (mode === "both") { port(0, half, ["true"], opacity); port(half, half, ["learned"], opacity); }
    else port(0, canvas.width, mode === "overlay" ? ["true", "learned"] : [mode], opacity);
    $("left-label").textContent = m.surface || { both: "true surface", overlay: "true (blue) and learned (orange)", true: "true surface", learned: "learned surface" }[mode];
    $("right-label").textContent = mode === "both" ? "learned surface" : "";
    const bar = mode === "true" || mode === "overlay" || !$("paint").checked ? "hidden" : "visible";
    $("bar").style.visibility = bar;
    $("bar-low").textContent = "−" + m.limit + " Å (inside)"; $("bar-high").textContent = "+" + m.limit + " Å (outside)";
    $("time").textContent = m.frames.length > 1 ? (view.frame * m.interval).toFixed(0) + " " + m.unit : "";
  }
  function refresh() { if (!waiting) { waiting = true; requestAnimationFrame(render); } }
  function rotate(dx, dy) { // view.turn is column-major: entry (row, column) at column * 3 + row
    const [ca, sa, cb, sb] = [Math.cos(dx), Math.sin(dx), Math.cos(dy), Math.sin(dy)], t = view.turn.slice();
    for (let column = 0; column < 3; column++) {
      const [x, y, z] = t.slice(column * 3, column * 3 + 3), x1 = ca * x + sa * z, z1 = -sa * x + ca * z;
      view.turn.splice(column * 3, 3, x1, cb * y - sb * z1, sb * y + cb * z1);
    }
  }
  canvas.addEventListener("pointerdown", (e) => canvas.setPointerCapture(e.pointerId));
  canvas.addEventListener("pointermove", (e) => { if (e.buttons) { rotate(e.movementX * 0.01, e.movementY * 0.01); refresh(); } });
  canvas.addEventListener("wheel", (e) => { e.preventDefault(); view.zoom *= Math.exp(-e.deltaY * 0.001); refresh(); }, { passive: false });
  for (const id of ["mode", "paint", "atoms", "opacity"]) $(id).addEventListener("input", refresh);
  $("frame").addEventListener("input", () => { view.frame = +$("frame").value; refresh(); });
  $("play").addEventListener("click", () => { view.playing = !view.playing; $("play").textContent = view.playing ? "❚❚" : "▶"; });
  setInterval(() => {
    const count = data.molecules[view.molecule].frames.length;
    if (view.playing && count > 1) { view.frame = (view.frame + 1) % count; $("frame").value = view.frame; refresh(); }
  }, 66);
  function choose() {
    Object.assign(view, { molecule: +$("molecule").value, frame: 0, zoom: 1 });
    const count = data.molecules[view.molecule].frames.length;
    $("frame").max = count - 1; $("frame").value = 0; $("movie").style.display = count > 1 ? "" : "none";
    refresh();
  }
  data.molecules.forEach((m, i) => $("molecule").add(new Option(m.name, i)));
  $("molecule").addEventListener("input", choose);
  window.addEventListener("resize", refresh);
  choose();
})();
