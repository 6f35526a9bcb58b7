// The page's viewer: one panel or two side by side, time with its plots, keys, themes, pictures.
const HELP = [
  ["drag, one finger", "turn"], ["wheel, pinch", "zoom"], ["Ctrl + drag, two fingers", "move"],
  ["click atoms", "distance of two, angle of three, torsion of four; Esc clears"],
  ["N, P", "next, previous molecule"], ["S, C", "next surface, next colours"], ["[ ]", "lower, higher level"],
  ["← →, space", "previous and next frame, play"], ["A", "how atoms are drawn"], ["B", "side by side"],
  ["R", "view as at first"], ["G", "save as PNG"], ["T", "light or dark"],
];

class Viewer {
  constructor(root, data) {
    this.root = root; this.data = data; this.frame = 0;
    this.opacity = make("input", { type: "range", min: 0, max: 1, step: 0.05, value: data.opacity, ariaLabel: "opacity of the surface" });
    this.style = make("select", { ariaLabel: "atoms" }, ...Object.keys(STYLES).map((name) => new Option(name, name)));
    const button = (text, title, act) => {
      const made = make("button", { textContent: text, title });
      made.addEventListener("click", act);
      return made;
    };
    this.compareButton = button("side by side", "two pictures side by side (B)", () => this.compare(this.panels.length < 2));
    this.help = make("dl", { className: "mf-help", hidden: true }, ...HELP.flatMap(([key, what]) => [make("dt", { textContent: key }), make("dd", { textContent: what })]));
    this.bar = make("div", { className: "mf-bar" }, make("label", {}, "opacity", this.opacity), make("label", {}, "atoms", this.style),
      make("span", { className: "mf-group" }, this.compareButton, button("reset", "view as at first (R)", () => this.reset()),
        button("PNG", "save as PNG (G)", () => this.save()), button("◐", "light or dark (T)", () => this.turnTheme()),
        button("?", "mouse, touch and keys", () => { this.help.hidden = !this.help.hidden; })));
    this.panes = make("div", { className: "mf-panes" });
    this.play = button("▶", "play or pause (space)", () => this.setPlaying(!this.timer));
    this.slider = make("input", { type: "range", min: 0, step: 1, value: 0, ariaLabel: "frame" });
    this.time = make("output");
    this.movie = make("div", { className: "mf-movie" }, this.play, this.slider, this.time);
    this.plotBox = make("div", { className: "mf-plots" });
    this.plots = new Plots(this.plotBox, (frame) => this.goTo(frame));
    root.append(this.bar, this.help, this.panes, this.movie, this.plotBox);
    this.opacity.addEventListener("input", () => this.refresh());
    this.style.addEventListener("input", () => this.refresh());
    this.slider.addEventListener("input", () => this.goTo(+this.slider.value));
    document.addEventListener("keydown", (event) => this.key(event));
    this.panels = [];
    data.panes.forEach((start) => this.addPanel(start));
    this.setTheme(root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    this.render();
  }

  addPanel(start) {
    const panel = new Panel(this.data, this.panels.length, () => this.refresh());
    this.panes.append(panel.box);
    panel.open();
    this.panels.push(panel);
    panel.setMolecule(start.molecule, start.surface);
    if (this.panels.length === 2) {
      const [one, two] = this.panels.map((p) => p.pane.viewer);
      two.setView(one.getView(), true);
      one.linkViewer(two); two.linkViewer(one);
    }
    this.compareButton.setAttribute("aria-pressed", this.panels.length > 1);
    this.root.classList.toggle("mf-two", this.panels.length > 1);
  }

  compare(wanted) {
    if (wanted) {
      const [first] = this.panels, surfaces = first.molecule.surfaces.length, count = this.data.molecules.length;
      const here = +first.surfaces.value, other = surfaces < 2 && count > 1;
      this.addPanel(other ? { molecule: (first.pane.number + 1) % count, surface: here } : { molecule: first.pane.number, surface: (here + 1) % Math.max(surfaces, 1) });
      this.setTheme(this.root.dataset.theme);
    } else {
      const gone = this.panels.pop();
      this.panels[0].pane.viewer.linkedViewers = [];
      gone.pane.viewer.linkedViewers = [];
      gone.box.remove();
      this.compareButton.setAttribute("aria-pressed", false);
      this.root.classList.remove("mf-two");
    }
    this.fit();
  }

  fit() { // to the new size of the boxes
    this.panels.forEach((panel) => panel.pane.viewer.resize());
    const radius = Math.max(...this.panels.map((panel) => panel.molecule.radius));
    this.panels.forEach((panel) => panel.pane.look(radius));
    this.refresh();
  }

  reset() {
    this.panels.forEach((panel) => { panel.measure.clear(); panel.pane.look(panel.molecule.radius, panel.molecule.turn); });
    this.refresh();
  }

  refresh() { // at most once a picture of the screen
    if (this.waiting || !this.panels.length) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.render(); });
  }

  render() {
    const m = this.panels[0].molecule, frames = Math.max(...this.panels.map((panel) => panel.molecule.frames.length));
    if (this.timed !== m) { this.timed = m; this.plots.setMolecule(m); }
    this.frame = Math.min(this.frame, frames - 1);
    this.movie.hidden = frames < 2;
    this.slider.max = frames - 1;
    this.slider.value = this.frame;
    const time = m.times.length ? `${number(m.times[Math.min(this.frame, m.times.length - 1)])} ${m.time_unit}` : "";
    this.time.textContent = `frame ${this.frame}${m.time_unit ? `, ${time}` : ""}`;
    this.plots.mark(Math.min(this.frame, m.frames.length - 1));
    for (const panel of this.panels) panel.draw(this.frame, +this.opacity.value, this.style.value);
    this.root.dataset.drawn = +(this.root.dataset.drawn || 0) + 1;
  }

  goTo(frame) { this.frame = frame; this.refresh(); }
  move(by) { const count = +this.slider.max + 1; this.goTo((this.frame + by + count) % count); }
  setPlaying(wanted) {
    clearInterval(this.timer);
    this.timer = wanted ? setInterval(() => this.move(1), 80) : null;
    this.play.textContent = wanted ? "❚❚" : "▶";
  }

  setTheme(theme) {
    this.root.dataset.theme = theme;
    document.documentElement.dataset.theme = theme;
    this.background = getComputedStyle(this.root).getPropertyValue("--stage").trim();
    this.panels.forEach((panel) => { panel.pane.viewer.setBackgroundColor(this.background, 1); panel.pane.viewer.render(); });
  }
  turnTheme() { this.setTheme(this.root.dataset.theme === "dark" ? "light" : "dark"); }

  save() {
    const text = getComputedStyle(this.root).color;
    return savePicture(this.panels, this.panels[0].title.textContent, { background: this.background, text });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const slides = event.target.type === "range", [panel] = this.panels;
    const next = (select) => { if (!select.options.length) return; select.selectedIndex = (select.selectedIndex + 1) % select.options.length; select.dispatchEvent(new Event("input")); };
    const level = (by) => { if (!panel.levelBox.hidden) { panel.levels.value = panel.level + by; panel.levels.dispatchEvent(new Event("input")); } };
    const acts = {
      n: () => panel.step(1), p: () => panel.step(-1), s: () => next(panel.surfaces), c: () => next(panel.paints), a: () => next(this.style),
      b: () => this.compare(this.panels.length < 2), r: () => this.reset(), g: () => this.save(), t: () => this.turnTheme(),
      "[": () => level(-1), "]": () => level(1), "?": () => { this.help.hidden = !this.help.hidden; },
      Escape: () => { this.panels.forEach((one) => one.measure.clear()); this.refresh(); },
    };
    if (!slides && event.target.tagName !== "BUTTON") Object.assign(acts, { ArrowLeft: () => this.move(-1), ArrowRight: () => this.move(1), " ": () => this.setPlaying(!this.timer) });
    const act = acts[event.key] || acts[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  }
}

function begin() {
  const root = document.getElementById("molfield-viewer");
  try {
    if (!document.createElement("canvas").getContext("webgl2")) throw new Error("WebGL is off");
  } catch (problem) {
    root.textContent = "This browser offers no WebGL 2, without which nothing can be drawn here; switch on hardware acceleration, or take another browser.";
    return;
  }
  window.molfield = new Viewer(root, JSON.parse(document.getElementById("molfield-data").textContent));
}
begin();
