// The panes with their titles and colour bars as one PNG.
function savePicture(panes, name, colors) {
  const canvases = panes.map((one) => one.pane.viewer.getCanvas()), scale = canvases[0].width / canvases[0].clientWidth;
  const widths = canvases.map((canvas) => canvas.width), foot = 64 * scale;
  const picture = document.createElement("canvas"), ink = picture.getContext("2d");
  picture.width = widths.reduce((sum, width) => sum + width, 0);
  picture.height = Math.max(...canvases.map((canvas) => canvas.height)) + foot;
  ink.fillStyle = colors.background;
  ink.fillRect(0, 0, picture.width, picture.height);
  let left = 0;
  panes.forEach((one, k) => {
    one.pane.viewer.render();
    ink.drawImage(canvases[k], left, 0);
    caption(ink, one, left, picture.height - foot, widths[k], scale, colors.text);
    left += widths[k];
  });
  const link = document.createElement("a");
  link.href = picture.toDataURL("image/png");
  link.download = `${name.replace(/[^\w.-]+/g, "_").slice(0, 60) || "molecule"}.png`;
  link.click();
  return link.href;
}

function caption(ink, one, left, top, width, scale, color) {
  ink.fillStyle = color;
  ink.font = `${13 * scale}px system-ui, sans-serif`;
  ink.textAlign = "center";
  ink.fillText(one.title.textContent, left + width / 2, top + 16 * scale, width - 16 * scale);
  const paint = one.show.paint;
  if (!paint || paint.kind === "atom") return;
  const long = Math.min(240 * scale, width / 2), x = left + (width - long) / 2, y = top + 26 * scale;
  const bar = ink.createLinearGradient(x, 0, x + long, 0), stops = MAPS[paint.map];
  stops.forEach((stop, k) => bar.addColorStop(k / (stops.length - 1), stop));
  ink.fillStyle = bar;
  ink.fillRect(x, y, long, 12 * scale);
  ink.fillStyle = color;
  const [low, high] = barEnds(paint);
  ink.textAlign = "right"; ink.fillText(low, x - 6 * scale, y + 11 * scale);
  ink.textAlign = "left"; ink.fillText(high, x + long + 6 * scale, y + 11 * scale);
  ink.textAlign = "center"; ink.fillText(barLabel(paint), left + width / 2, y + 27 * scale, width - 16 * scale);
}
