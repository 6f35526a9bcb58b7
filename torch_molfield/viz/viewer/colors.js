// Colours that people with red-green blindness can tell apart (ColorBrewer's diverging maps), and the elements'.
const MAPS = {
  RdBu: ["#b2182b", "#ef8a62", "#fddbc7", "#f7f7f7", "#d1e5f0", "#67a9cf", "#2166ac"],
  PuOr: ["#542788", "#998ec3", "#d8daeb", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806"],
};
MAPS.BuRd = [...MAPS.RdBu].reverse();
const PLAIN = ["#6f9fd8", "#e8a35c"]; // of the surface of the first pane and of one beside it

const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16) / 255);
const asColor = ([r, g, b]) => ({ r, g, b });

function mapped(name, share) { // share in 0..1
  const stops = MAPS[name], x = Math.min(Math.max(share, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(x), stops.length - 2);
  const low = rgb(stops[i]), high = rgb(stops[i + 1]);
  return asColor(low.map((s, k) => s + (high[k] - s) * (x - i)));
}
const gradient = (name) => `linear-gradient(90deg, ${MAPS[name].join(", ")})`;

function paintColors(paint, step, mesh, atoms, molecule) { // a colour for each vertex
  if (paint.kind === "atom") {
    return atomShares(mesh.positions, atoms, molecule.radii, molecule.colors.map((hex) => asColor(rgb(hex))));
  }
  const table = Array.from({ length: 255 }, (_, k) => mapped(paint.map, k / 254));
  return Array.from(new Int8Array(bytes(step.paints[paint.column])), (value) => table[value + 127]);
}

const signed = (x) => (x > 0 ? "+" : x < 0 ? "−" : "") + String(+Math.abs(x).toPrecision(3));
const barLabel = (paint) => (paint.unit ? `${paint.label}, ${paint.unit}` : paint.label);
const barEnds = (paint) => [paint.low, paint.high].map((x, k) => `${paint.unit ? signed(x) : ""} ${paint.ends[k]}`.trim());
