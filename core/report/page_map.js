"use strict";
/* The map of an embedding: one point a cell; wheel or buttons zoom, dragging moves, and
 * the cell under the pointer is drawn. */
(() => {
  const place = document.getElementById("map");
  if (!place) return;
  const map = JSON.parse(document.getElementById("map-data").textContent);
  const steps = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962",
                 "addc30", "fde725"]
    .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const heat = (t) => {
    const at = Math.max(0, Math.min(1, t)) * (steps.length - 1);
    const i = Math.min(steps.length - 2, Math.floor(at));
    const mixed = steps[i].map((a, c) => a + (steps[i + 1][c] - a) * (at - i));
    return `rgb(${mixed.map(Math.round)})`;
  };
  const choice = { plane: "tsne", colour: "score" };
  const view = { scale: 1, x: 0, y: 0 };

  const [controls, canvas, box, scale] = ["div", "canvas", "div", "p"]
    .map((name) => document.createElement(name));
  controls.className = "controls";
  box.className = "readout";
  box.hidden = true;
  scale.className = "soft";
  place.append(controls, canvas, box, scale);

  /* --- picture ---------------------------------------------------------------------- */

  const middle = () => [canvas.clientWidth / 2, canvas.clientHeight / 2];
  const at = (i) => {
    const p = map[choice.plane], [x, y] = middle(), size = 2 * Math.min(x, y);
    return [x + ((p[2 * i] - 0.5) * size + view.x) * view.scale,
            y - ((p[2 * i + 1] - 0.5) * size - view.y) * view.scale];
  };
  const range = () => {
    const known = map[choice.colour].filter((v) => v !== null).sort((a, b) => a - b);
    const lowest = choice.colour === "score" ? Math.floor(known.length / 10) : 0;
    return [known[lowest] ?? 0, known[known.length - 1] ?? 1];
  };
  /* In the text's colour, on a casing of the background's. */
  const drawPath = (c, casing) => {
    c.strokeStyle = c.fillStyle
      = getComputedStyle(place).getPropertyValue(casing ? "--back" : "--text");
    c.lineWidth = casing ? 4 : 1.5;
    c.beginPath();
    map.path.forEach((i) => c.lineTo(...at(i)));
    c.stroke();
    map.path.forEach((i, k) => {
      const radius = k + 1 === map.path.length ? 5 : 2.5;
      c.beginPath();
      c.arc(...at(i), radius + casing, 0, 2 * Math.PI);
      c.fill();
    });
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
    drawPath(c, 1);
    drawPath(c, 0);
    scale.textContent = `${map.names[choice.colour]}: dark ${+low.toPrecision(4)}`
      + (choice.colour === "score" ? " and less" : "")
      + ` to bright ${+high.toPrecision(4)}; grey: never evaluated; line: the incumbents `
      + "of a run, the largest dot its last";
  };

  /* --- a cell ----------------------------------------------------------------------- */

  const cellSvg = (i) => {
    const ops = map.ops[i], layer = ops.map(() => 0), row = [], used = [];
    const edges = map.edges[i].map((e) => [Math.floor(e / 32), e % 32]);
    edges.forEach(([a, b]) => { layer[b] = Math.max(layer[b], layer[a] + 1); });
    ops.forEach((_, v) => { row[v] = used[layer[v]] = (used[layer[v]] ?? -1) + 1; });
    const w = 88, h = 18, tall = Math.max(...used.map((n) => n + 1)) * 28;
    const X = (v) => 4 + layer[v] * (w + 26);
    const Y = (v) => tall * (row[v] + 1) / (used[layer[v]] + 2) + 6;
    const wide = 8 + (Math.max(...layer) + 1) * (w + 26) - 26;
    const lines = edges.map(([a, b]) => `<path d="M${X(a) + w} ${Y(a)}C${X(a) + w + 20} `
      + `${Y(a)} ${X(b) - 20} ${Y(b)} ${X(b)} ${Y(b)}" fill="none" stroke="#888"/>`);
    const nodes = ops.map((op, v) => `<rect x="${X(v)}" y="${Y(v) - h / 2}" `
      + `width="${w}" height="${h}" fill="${map.colours[op]}" stroke="#777"/>`
      + `<text x="${X(v) + w / 2}" y="${Y(v) + 4}" text-anchor="middle">`
      + `${map.vocabulary[op].replace(/[<&]/g, "")}</text>`);
    const width = Math.min(wide, place.clientWidth - 20);
    return `<svg viewBox="0 0 ${wide} ${tall + 12}" style="width:${width}px">`
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
    text.textContent = `${map.names.score}: ${map.score[i] ?? "never evaluated"}, depth `
      + map.depth[i];
    box.append(text);
    const side = Math.min(x + 14, place.clientWidth - box.offsetWidth);
    const height = y > middle()[1] ? y - box.offsetHeight - 14 : y + 14;
    box.style.left = `${Math.max(0, side)}px`;
    box.style.top = `${canvas.offsetTop + height}px`;
  };

  /* --- moving ----------------------------------------------------------------------- */

  const zoom = (factor, x, y) => {
    const scale = Math.max(1, Math.min(60, view.scale * factor));
    const dx = x - middle()[0], dy = y - middle()[1];
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
  canvas.addEventListener("pointerdown", (event) => {
    held = point(event);
    look(event);
  });
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
  canvas.addEventListener("pointerleave", (event) => {
    box.hidden = event.pointerType !== "touch"; /* else it stays under the finger */
  });

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
  const choices = [["plane", "tsne", "t-SNE"], ["plane", "pca", "PCA"],
                   ["colour", "score", "score"], ["colour", "depth", "depth"],
                   ["colour", "share", map.names.share]];
  for (const [key, value, text] of choices)
    button(text, () => { choice[key] = value; }, () => choice[key] === value);
  button("+", () => zoom(1.5, ...middle()));
  button("−", () => zoom(1 / 1.5, ...middle()));
  button("whole", () => zoom(0, ...middle()));
  window.addEventListener("resize", draw);
  draw();
})();
