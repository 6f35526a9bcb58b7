// A pane with its choices: molecule, surface, colours, level; and what is on show in words and figures.
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const MANY = 6; // facts that stand in a column of their own, beside the picture
const ATOM_PAINT = { name: "atom", label: "nearest atom", kind: "atom" };
const PLAIN_PAINT = { name: "plain", label: "one colour", kind: "plain" };

class Panel {
  constructor(data, order, changed) {
    this.data = data; this.order = order; this.changed = changed;
    this.level = 0;
    this.molecules = make("select", { ariaLabel: "molecule" });
    this.surfaces = make("select", { ariaLabel: "surface" });
    this.paints = make("select", { ariaLabel: "colour of the surface" });
    this.levels = make("input", { type: "range", min: 0, step: 1, ariaLabel: "level" });
    this.levelText = make("output");
    this.levelBox = make("label", { className: "mf-level" }, "level", this.levels, this.levelText);
    this.back = make("button", { textContent: "‹", title: "previous molecule (P)" });
    this.next = make("button", { textContent: "›", title: "next molecule (N)" });
    this.count = make("span", { className: "mf-count" });
    this.stepper = make("span", { className: "mf-group" }, this.back, this.molecules, this.next, this.count);
    this.surfaceBox = make("label", {}, "surface", this.surfaces);
    this.paintBox = make("label", {}, "colours", this.paints);
    this.controls = make("div", { className: "mf-controls" }, this.stepper, this.surfaceBox, this.paintBox, this.levelBox);
    this.canvas = make("div", { className: "mf-canvas" });
    this.title = make("div", { className: "mf-title" });
    this.facts = make("dl", { className: "mf-facts" });
    this.legend = make("div", { className: "mf-legend" });
    this.stage = make("div", { className: "mf-stage" }, this.facts, this.canvas);
    this.box = make("div", { className: "mf-pane" }, this.controls, this.stage, this.title, this.legend);
    data.molecules.forEach((m, k) => this.molecules.add(new Option(m.name, k)));
    this.stepper.hidden = data.molecules.length < 2;
    this.molecules.addEventListener("input", () => this.setMolecule(+this.molecules.value));
    this.surfaces.addEventListener("input", () => this.setSurface(+this.surfaces.value));
    this.paints.addEventListener("input", changed);
    this.levels.addEventListener("input", () => { this.level = +this.levels.value; changed(); });
    this.back.addEventListener("click", () => this.step(-1));
    this.next.addEventListener("click", () => this.step(1));
  }

  open() { // once its box is on the page
    this.pane = new Pane(this.canvas, this.data);
    this.measure = new Measure(this.pane);
  }

  get molecule() { return this.data.molecules[this.pane.number]; }
  get surface() { return this.molecule.surfaces[+this.surfaces.value] || null; }
  get paint() { return this.choices()[this.paints.selectedIndex] || PLAIN_PAINT; }
  choices() { return this.surface ? [...this.surface.paints, ATOM_PAINT, PLAIN_PAINT] : []; }

  step(by) {
    const count = this.data.molecules.length;
    this.setMolecule((this.pane.number + by + count) % count);
  }

  setMolecule(number, wanted) {
    const before = this.drawn && this.surface ? this.surface.name : null, painted = this.drawn ? this.paints.value : "";
    this.pane.setMolecule(number);
    this.measure.attach();
    this.molecules.value = number;
    this.count.textContent = `${number + 1} / ${this.data.molecules.length}`;
    const list = this.molecule.surfaces;
    this.surfaces.replaceChildren(new Option("none", -1), ...list.map((s, k) => new Option(s.name, k)));
    this.surfaceBox.hidden = !list.length;
    const same = list.findIndex((s) => s.name === before);
    const kept = before === null && this.drawn ? -1 : same >= 0 ? same : list.length ? 0 : -1;
    this.setSurface(wanted === undefined ? kept : Math.min(wanted, list.length - 1), painted);
    this.pane.look(this.molecule.radius, this.drawn ? null : this.molecule.turn);
    this.drawn = true;
  }

  setSurface(k, painted) { // painted: colours to keep where this surface has them
    this.surfaces.value = k;
    const choices = this.choices(), surface = this.surface;
    this.paints.replaceChildren(...choices.map((p) => new Option(p.label, p.name)));
    if (surface) this.paints.value = choices.some((p) => p.name === painted) ? painted : surface.paint;
    this.paintBox.hidden = !surface;
    this.levelBox.hidden = !surface || surface.axis !== "level";
    if (!this.levelBox.hidden) {
      this.level = surface.start;
      this.levels.max = surface.steps.length - 1;
      this.levels.value = this.level;
    }
    this.changed();
  }

  draw(frame, opacity, style) {
    const m = this.molecule, surface = this.surface, paint = surface ? this.paint : null;
    const shown = Math.min(frame, m.frames.length - 1);
    const step = !surface ? 0 : surface.axis === "frame" ? shown : surface.axis === "level" ? this.level : 0;
    this.show = { frame: shown, surface, step, paint: paint === PLAIN_PAINT ? null : paint, opacity, style, color: PLAIN[this.order] };
    this.pane.draw(this.show, this.measure);
    this.tell(m, surface, step);
  }

  tell(m, surface, step) {
    const parts = [m.name];
    if (surface) {
      const now = surface.steps[step], sign = surface.paint === "sign" ? "±" : "";
      this.levelText.textContent = surface.axis === "level" ? `${sign}${now.level} ${surface.unit}` : "";
      parts.push(surface.axis === "level" ? `${surface.name} at ${this.levelText.textContent}` : surface.name);
      parts.push(`${now.area.toFixed(1)} Å²`, `${now.volume.toFixed(1)} Å³`);
    }
    this.title.textContent = parts.join(" · ");
    this.stage.classList.toggle("mf-many", m.facts.length > MANY);
    this.facts.replaceChildren(...m.facts.flatMap(([term, value]) => [make("dt", { textContent: term }), make("dd", { textContent: value })]));
    this.legend.replaceChildren(...this.key(m));
  }

  key(m) { // the colour bar, or the elements
    const paint = this.show.paint;
    if (paint && paint.kind !== "atom") {
      const bar = make("i"), [low, high] = barEnds(paint);
      bar.style.background = gradient(paint.map);
      return [make("span", { textContent: low }), bar, make("span", { textContent: high }), make("span", { className: "mf-unit", textContent: barLabel(paint) })];
    }
    return [...new Map(m.elements.map((e, k) => [e, m.colors[k]]))].map(([element, color]) => {
      const ball = make("b");
      ball.style.background = color;
      return make("span", { className: "mf-element" }, ball, element);
    });
  }
}
