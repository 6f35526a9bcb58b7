// Quantities over time, each a line with a mark at the frame on show; a click goes to a frame.
class Plots {
  constructor(box, goTo) {
    this.box = box;
    this.goTo = goTo;
    this.marks = [];
  }

  setMolecule(molecule) {
    this.molecule = molecule;
    this.marks = [];
    this.box.replaceChildren(...molecule.tracks.map((track) => this.plot(track)));
    this.box.hidden = !molecule.tracks.length;
  }

  plot(track) {
    const [W, H, L, R, T, B] = [300, 120, 52, 8, 20, 18], m = this.molecule;
    const [x0, x1] = extent(track.x, 0), [y0, y1] = extent(track.y, 0.05);
    const place = (x) => L + ((x - x0) / (x1 - x0)) * (W - L - R), height = (y) => H - B - ((y - y0) / (y1 - y0)) * (H - T - B);
    const points = track.x.map((x, k) => `${place(x).toFixed(1)},${height(track.y[k]).toFixed(1)}`).join(" ");
    const text = (x, y, content, anchor) => svg("text", { x, y, "text-anchor": anchor }, content);
    const mark = svg("line", { class: "mf-mark", y1: T - 2, y2: H - B }), dot = svg("circle", { class: "mf-dot", r: 3.5 });
    const now = text(W - R, 12, "", "end"), digits = places(y1 - y0);
    const picture = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": track.label },
      svg("rect", { class: "mf-frame", x: L, y: T, width: W - L - R, height: H - T - B }),
      text(L, 12, track.label, "start"), now,
      text(L - 4, H - B, y0.toFixed(digits), "end"), text(L - 4, T + 8, y1.toFixed(digits), "end"),
      text(L, H - 4, number(x0), "start"), text(W - R, H - 4, `${number(x1)} ${m.time_unit}`, "end"),
      svg("polyline", { class: "mf-line", points }), mark, dot);
    this.marks.push((time) => {
      const k = closest(track.x, time), x = place(track.x[k]);
      mark.setAttribute("x1", x); mark.setAttribute("x2", x);
      dot.setAttribute("cx", x); dot.setAttribute("cy", height(track.y[k]));
      now.textContent = track.y[k].toFixed(digits);
    });
    const go = (event) => {
      const box = picture.getBoundingClientRect(), scale = W / box.width;
      const time = x0 + (((event.clientX - box.left) * scale - L) / (W - L - R)) * (x1 - x0);
      this.goTo(closest(m.times, time));
    };
    picture.addEventListener("pointerdown", (event) => { picture.setPointerCapture(event.pointerId); go(event); });
    picture.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
    return picture;
  }

  mark(frame) { this.marks.forEach((move) => move(this.molecule.times[frame])); }
}

function extent(values, share) { // lowest and highest value, and a share of their difference on both sides
  const low = Math.min(...values), high = Math.max(...values), flat = high > low ? 0 : Math.abs(high) * 1e-3 || 1;
  const room = (high - low) * share + flat;
  return [low - room, high + room];
}
const places = (range) => Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(range))));
const number = (x) => (Math.abs(x) < 1e-9 ? "0" : String(+x.toPrecision(3)));
function closest(values, wanted) {
  let best = 0;
  values.forEach((value, k) => { if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = k; });
  return best;
}
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
