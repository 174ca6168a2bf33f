"use strict";
/* The map of an embedding: one point a cell; wheel or buttons zoom, dragging moves, and the cell
 * under the pointer is drawn. */
(() => {
  const place = document.getElementById("map");
  if (!place) return;
  const map = JSON.parse(document.getElementById("map-data").textContent);
  const steps = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"]
    .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const heat = (t) => {
    const at = Math.max(0, Math.min(1, t)) * (steps.length - 1);
    const i = Math.min(steps.length - 2, Math.floor(at));
    return `rgb(${steps[i].map((a, c) => Math.round(a + (steps[i + 1][c] - a) * (at - i)))})`;
  };
  const choice = { plane: "tsne", colour: "score" };
  const view = { scale: 1, x: 0, y: 0 };

  const controls = document.createElement("div"), canvas = document.createElement("canvas");
  const box = document.createElement("div"), scale = document.createElement("p");
  controls.className = "controls";
  box.className = "readout";
  box.hidden = true;
  scale.className = "soft";
  place.append(controls, canvas, box, scale);

  /* --- picture ------------------------------------------------------------------------------ */

  const at = (i) => {
    const p = map[choice.plane], size = Math.min(canvas.clientWidth, canvas.clientHeight);
    return [canvas.clientWidth / 2 + ((p[2 * i] - 0.5) * size + view.x) * view.scale,
            canvas.clientHeight / 2 - ((p[2 * i + 1] - 0.5) * size - view.y) * view.scale];
  };
  const range = () => {
    const known = map[choice.colour].filter((v) => v !== null).sort((a, b) => a - b);
    return [known[choice.colour === "score" ? Math.floor(known.length / 10) : 0] ?? 0,
            known[known.length - 1] ?? 1];
  };
  const draw = () => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const c = canvas.getContext("2d"), [low, high] = range(), values = map[choice.colour];
    const radius = Math.min(6, 1.8 * Math.sqrt(view.scale));
    c.scale(ratio, ratio);
    for (const known of [false, true])
      values.forEach((v, i) => {
        if ((v !== null) !== known) return;
        const [x, y] = at(i);
        c.fillStyle = known ? heat((v - low) / (high - low || 1)) : "#99999966";
        c.beginPath();
        c.arc(x, y, radius, 0, 2 * Math.PI);
        c.fill();
      });
    c.strokeStyle = c.fillStyle = "#d55e00";
    c.lineWidth = 1.5;
    c.beginPath();
    map.path.forEach((i) => c.lineTo(...at(i)));
    c.stroke();
    map.path.forEach((i, k) => {
      c.beginPath();
      c.arc(...at(i), k + 1 === map.path.length ? 5 : 2.5, 0, 2 * Math.PI);
      c.fill();
    });
    scale.textContent = `${map.names[choice.colour]}: dark ${+low.toPrecision(4)} to bright `
      + `${+high.toPrecision(4)}; grey: never evaluated; orange: the incumbents of a run`;
  };

  /* --- a cell ------------------------------------------------------------------------------- */

  const cellSvg = (i) => {
    const ops = map.ops[i], edges = map.edges[i].map((e) => [Math.floor(e / 32), e % 32]);
    const layer = ops.map(() => 0), row = [], used = [];
    edges.forEach(([a, b]) => { layer[b] = Math.max(layer[b], layer[a] + 1); });
    ops.forEach((_, v) => { row[v] = used[layer[v]] = (used[layer[v]] ?? -1) + 1; });
    const w = 88, h = 18, tall = Math.max(...used.map((n) => n + 1)) * 28;
    const X = (v) => 4 + layer[v] * (w + 26);
    const Y = (v) => tall * (row[v] + 1) / (used[layer[v]] + 2) + 6;
    const wide = 8 + (Math.max(...layer) + 1) * (w + 26) - 26;
    const lines = edges.map(([a, b]) => `<path d="M${X(a) + w} ${Y(a)}C${X(a) + w + 20} ${Y(a)} ${X(b) - 20} `
      + `${Y(b)} ${X(b)} ${Y(b)}" fill="none" stroke="#888"/>`);
    const nodes = ops.map((op, v) => `<rect x="${X(v)}" y="${Y(v) - h / 2}" width="${w}" height="${h}" `
      + `fill="${map.colours[op]}" stroke="#777"/><text x="${X(v) + w / 2}" y="${Y(v) + 4}" fill="#111" `
      + `font-size="11" text-anchor="middle">${map.vocabulary[op].replace(/[<&]/g, "")}</text>`);
    return `<svg viewBox="0 0 ${wide} ${tall + 12}" width="${Math.min(wide, place.clientWidth - 20)}">`
      + lines.join("") + nodes.join("") + "</svg>";
  };
  const nearest = (x, y) => {
    let best = -1, least = 12 ** 2;
    map.score.forEach((_, i) => {
      const [px, py] = at(i), d = (px - x) ** 2 + (py - y) ** 2;
      if (d < least) [best, least] = [i, d];
    });
    return best;
  };
  const point = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const look = (event) => {
    const [x, y] = point(event), i = nearest(x, y);
    box.hidden = i < 0;
    if (i < 0) return;
    box.innerHTML = cellSvg(i);
    const text = document.createElement("div");
    text.textContent = `${map.names.score}: ${map.score[i] ?? "never evaluated"}, depth ${map.depth[i]}`;
    box.append(text);
    box.style.left = `${Math.max(0, Math.min(x + 14, place.clientWidth - box.offsetWidth))}px`;
    box.style.top = `${canvas.offsetTop + (y > canvas.clientHeight / 2 ? y - box.offsetHeight - 14 : y + 14)}px`;
  };

  /* --- moving ------------------------------------------------------------------------------- */

  const zoom = (factor, x, y) => {
    const scale = Math.max(1, Math.min(60, view.scale * factor));
    const dx = x - canvas.clientWidth / 2, dy = y - canvas.clientHeight / 2;
    view.x += dx / scale - dx / view.scale;
    view.y += dy / scale - dy / view.scale;
    view.scale = scale;
    if (scale === 1) view.x = view.y = 0;
    draw();
  };
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, ...point(event));
  }, { passive: false });
  let held = null;
  canvas.addEventListener("pointerdown", (event) => { held = point(event); });
  window.addEventListener("pointerup", () => { held = null; });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) {
      look(event);
      return;
    }
    const [x, y] = point(event);
    view.x += (x - held[0]) / view.scale;
    view.y += (y - held[1]) / view.scale;
    held = [x, y];
    draw();
  });
  canvas.addEventListener("pointerleave", () => { box.hidden = true; });

  const button = (text, act, pressed) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.addEventListener("click", () => {
      act();
      controls.querySelectorAll("button").forEach((other) => other.refresh());
      draw();
    });
    b.refresh = () => { if (pressed) b.setAttribute("aria-pressed", pressed()); };
    b.refresh();
    controls.append(b);
  };
  for (const [key, value, text] of [["plane", "tsne", "t-SNE"], ["plane", "pca", "PCA"],
                                    ["colour", "score", "score"], ["colour", "depth", "depth"],
                                    ["colour", "share", map.names.share]])
    button(text, () => { choice[key] = value; }, () => choice[key] === value);
  const middle = () => [canvas.clientWidth / 2, canvas.clientHeight / 2];
  button("+", () => zoom(1.5, ...middle()));
  button("−", () => zoom(1 / 1.5, ...middle()));
  button("whole", () => zoom(0, ...middle()));
  window.addEventListener("resize", draw);
  draw();
})();
