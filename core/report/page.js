"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const hidden = new Set();
  const redraw = [];
  const dashes = ["", "8 3", "2 2", "10 3 2 3"];
  const colour = (m) => `var(--m${m % 8})`;
  const dash = (m) => dashes[Math.floor(m / 8) % 4];

  const element = (name, attributes, parent, text) => {
    const svg = ["svg", "g", "path", "line", "text", "rect"].includes(name);
    const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name)
                  : document.createElement(name);
    for (const key in attributes) e.setAttribute(key, attributes[key]);
    if (text !== undefined) e.textContent = text;
    if (parent) parent.appendChild(e);
    return e;
  };

  /* --- scales ----------------------------------------------------------------------- */

  const niceStep = (range, n) => {
    const raw = range / n, power = 10 ** Math.floor(Math.log10(raw)), m = raw / power;
    return power * (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10);
  };
  const linearTicks = (low, high, n) => {
    const step = niceStep(high - low, n), ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
      ticks.push(i * step);
    return ticks;
  };
  const logTicks = (low, high) => {
    const wide = Math.log10(high / low) > 2.5, ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const m of wide ? [1] : [1, 2, 5]) {
        const x = m * 10 ** e;
        if (x >= low * (1 - 1e-9) && x <= high * (1 + 1e-9)) ticks.push(x);
      }
    return ticks.length < 2 ? linearTicks(low, high, 3) : ticks;
  };
  const tickText = (x) => Math.abs(x) >= 1e6 ? +(x / 1e6).toPrecision(4) + "M"
    : Math.abs(x) >= 1e4 ? +(x / 1e3).toPrecision(4) + "k" : String(+x.toPrecision(6));
  const scale = (low, high, from, to, log) => log
    ? (v) => from + (to - from) * Math.log(Math.max(v, low) / low) / Math.log(high / low)
    : (v) => from + (to - from) * (v - low) / (high - low);

  /* --- a chart of step curves ------------------------------------------------------
   * spec: { x, xLog, xLabel, yLog, yLabel, y: [low, high],
   *         series: [{ m, y, low, high }] }; a value of null is a gap. */

  const left = 62, right = 22, top = 12, bottom = 46;
  /* of a read-out: the arms nearest to the pointer */
  const mostRows = (width) => width < 520 ? 5 : 12;

  const stepPath = (spec, y, X, Y) => {
    let path = "", before = null;
    spec.x.forEach((x, i) => {
      const v = y[i];
      if (v !== null)
        path += before === null ? `M${X(x).toFixed(1)} ${Y(v).toFixed(1)}`
                                : `H${X(x).toFixed(1)}V${Y(v).toFixed(1)}`;
      before = v;
    });
    return path;
  };
  const bandPath = (spec, low, high, X, Y) => {
    const up = [], down = [];
    let l = null, h = null;
    spec.x.forEach((x, i) => {
      if (low[i] === null || high[i] === null) return;
      if (l !== null) {
        up.push(`${X(x).toFixed(1)} ${Y(h).toFixed(1)}`);
        down.push(`${X(x).toFixed(1)} ${Y(l).toFixed(1)}`);
      }
      up.push(`${X(x).toFixed(1)} ${Y(high[i]).toFixed(1)}`);
      down.push(`${X(x).toFixed(1)} ${Y(low[i]).toFixed(1)}`);
      l = low[i];
      h = high[i];
    });
    return up.length ? `M${up.concat(down.reverse()).join("L")}Z` : "";
  };

  const drawFrame = (svg, spec, X, Y, xs, ys, width, height) => {
    for (const v of spec.xLog ? logTicks(...xs) : linearTicks(...xs, width / 75)) {
      const x = X(v), foot = height - bottom;
      element("line", { class: "grid", x1: x, x2: x, y1: top, y2: foot }, svg);
      element("text", { x, y: foot + 16, "text-anchor": "middle" }, svg, tickText(v));
    }
    const low = Math.min(...ys), high = Math.max(...ys);
    for (const v of spec.yLog ? logTicks(...ys) : linearTicks(low, high, 6)) {
      const y = Y(v);
      element("line", { class: "grid", x1: left, x2: width - right, y1: y, y2: y }, svg);
      element("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, svg, tickText(v));
    }
    element("text", { x: (left + width - right) / 2, y: height - 8,
                      "text-anchor": "middle" }, svg, spec.xLabel);
    const turned = `translate(14 ${(top + height - bottom) / 2}) rotate(-90)`;
    element("text", { transform: turned, "text-anchor": "middle" }, svg, spec.yLabel);
  };

  const readOut = (box, spec, i, shown, rows, Y, pointer) => {
    box.replaceChildren();
    const table = element("table", {}, box);
    const head = element("tr", {}, table);
    element("th", {}, head, spec.xLabel);
    element("th", {}, head, tickText(spec.x[i]));
    const away = (s) => Math.abs(Y(s.y[i]) - pointer);
    const near = shown.filter((s) => s.y[i] !== null).sort((a, b) => away(a) - away(b))
      .slice(0, rows);
    near.sort((a, b) => spec.descending ? b.y[i] - a.y[i] : a.y[i] - b.y[i]);
    for (const s of near) {
      const row = element("tr", {}, table), cell = element("td", {}, row);
      element("span", { class: `key dash${Math.floor(s.m / 8) % 4}`,
                        style: `background:${colour(s.m)}` }, cell);
      cell.append(data.methods[s.m]);
      const band = s.low && s.low[i] !== null
        ? ` [${s.low[i].toPrecision(5)}, ${s.high[i].toPrecision(5)}]` : "";
      element("td", {}, row, s.y[i].toPrecision(5) + band);
    }
  };

  const drawChart = (figure, spec) => {
    figure.querySelectorAll("svg, .readout").forEach((e) => e.remove());
    const width = Math.max(300, figure.clientWidth);
    const height = Math.round(Math.max(240, width * 0.6));
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
                                 "aria-label": `${spec.yLabel} against ${spec.xLabel}` });
    figure.prepend(svg);
    const shown = spec.series.filter((s) => !hidden.has(s.m));
    if (!spec.x.length) {
      element("text", { x: left, y: 40 }, svg, "nothing to show");
      return;
    }
    const first = spec.x[0], last = spec.x[spec.x.length - 1];
    const xs = [first, last > first ? last : spec.xLog ? first * 2 : first + 1];
    const X = scale(...xs, left, width - right, spec.xLog);
    const Y = scale(...spec.y, height - bottom, top, spec.yLog);
    drawFrame(svg, spec, X, Y, xs, spec.y, width, height);
    const clip = `clip${drawChart.count = (drawChart.count || 0) + 1}`;
    const plot = element("g", { "clip-path": `url(#${clip})` }, svg);
    svg.insertAdjacentHTML("afterbegin", `<clipPath id="${clip}"><rect x="${left}"
      y="${top - 1}" width="${width - left - right + 1}"
      height="${height - top - bottom + 2}"/></clipPath>`);
    const opacity = shown.length > 8 ? 0.06 : 0.16;
    for (const s of shown)
      if (s.low)
        element("path", { class: "band", d: bandPath(spec, s.low, s.high, X, Y),
                          style: `fill:${colour(s.m)};opacity:${opacity}` }, plot);
    for (const s of shown)
      element("path", { d: stepPath(spec, s.y, X, Y), "stroke-dasharray": dash(s.m),
                        style: `stroke:${colour(s.m)}`, "data-method": s.m }, plot);
    const cursor = element("line", { class: "cursor", y1: top, y2: height - bottom,
                                     visibility: "hidden" }, svg);
    const box = element("div", { class: "readout", hidden: "" }, figure);
    const look = (event) => {
      const frame = svg.getBoundingClientRect();
      const at = (event.clientX - frame.left) * width / frame.width;
      let i = 0; /* the last step that has begun */
      while (i + 1 < spec.x.length && X(spec.x[i + 1]) <= at + 0.5) i++;
      cursor.setAttribute("x1", X(spec.x[i]));
      cursor.setAttribute("x2", X(spec.x[i]));
      cursor.setAttribute("visibility", "visible");
      readOut(box, spec, i, shown, mostRows(width), Y,
              (event.clientY - frame.top) * height / frame.height);
      box.hidden = false;
      const side = event.clientX - frame.left;
      const place = side > frame.width / 2 ? side - box.offsetWidth - 14 : side + 14;
      const room = figure.clientWidth - box.offsetWidth;
      box.style.left = `${Math.max(0, Math.min(place, room))}px`;
      box.style.top = "8px";
    };
    svg.addEventListener("pointermove", look);
    svg.addEventListener("pointerdown", look);
    svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "touch") return; /* it stays where the finger was */
      box.hidden = true;
      cursor.setAttribute("visibility", "hidden");
    });
  };

  /* --- what is drawn ---------------------------------------------------------------- */

  const cellsLabel = "distinct cells evaluated";
  const finite = (rows) => rows.flat().filter((v) => v !== null);

  /* As in the figures: a score's first quarter of the axis may lie below the frame. */
  const scoreRange = (x, rows) => {
    const from = x[0] * (x[x.length - 1] / x[0]) ** 0.25;
    const values = finite(rows.map((row) => row.filter((v, i) => x[i] >= from)));
    let low = Math.min(...values), high = Math.max(...values);
    if (!(high > low))
      [low, high] = values.length ? [low - 1e-3, high + 1e-3] : [0, 1];
    const step = niceStep(high - low, 10);
    return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  };
  const regretRange = (best, rows) => {
    const values = finite(rows).filter((v) => v > 1e-9 * Math.abs(best));
    if (!values.length) return [1e-3, 1];
    const high = Math.max(...values) * 1.1;
    return [Math.max(Math.min(...values) * 0.9, high * 1e-4), high];
  };

  const anytime = (task, choice) => {
    const c = task.curves[choice.axis], regret = choice.metric === "regret";
    const [middle, below, above] = choice.middle === "mean"
      ? [c.mean, c.low, c.high] : [c.median, c.lower, c.upper];
    const of = (row) => regret ? row.map((v) => v === null ? null : task.best - v) : row;
    const series = task.arms.map((arm, a) => ({
      m: arm.m, y: of(middle[a]),
      low: of(regret ? above[a] : below[a]), high: of(regret ? below[a] : above[a]),
    }));
    const rows = series.map((s) => s.y);
    return {
      x: c.grid, xLog: true, xLabel: choice.axis === "cells" ? cellsLabel : task.seconds,
      yLog: regret, yLabel: regret ? task.regretLabel : task.scoreLabel, series,
      descending: !regret,
      y: regret ? regretRange(task.best, rows)
         : c.grid.length ? scoreRange(c.grid, rows) : [0, 1],
    };
  };
  const ranks = (task) => ({
    x: task.curves.cells.grid, xLog: true, xLabel: cellsLabel,
    yLabel: "mean rank, 1 is best", y: [Math.max(2, task.arms.length), 1],
    series: task.arms.map((arm, a) => ({ m: arm.m, y: task.ranks[a] })),
  });
  /* All finals in one axis; each arm's share of runs at or below. */
  const distribution = (task) => {
    const x = [...new Set(task.finals.flat())].sort((a, b) => a - b);
    return {
      x, xLabel: task.scoreLabel, yLabel: "share of runs at or below", y: [0, 1],
      series: task.arms.map((arm, a) => {
        const own = task.finals[a];
        let i = 0;
        return { m: arm.m, y: x.map((v) => {
          while (i < own.length && own[i] <= v) i++;
          return own.length ? i / own.length : null;
        }) };
      }),
    };
  };

  /* --- controls --------------------------------------------------------------------- */

  const choose = (parent, choice, key, options, changed) => {
    const group = element("span", { role: "group" }, parent);
    const buttons = options.map((value) => {
      const b = element("button", { type: "button", "data-choice": value }, group, value);
      b.addEventListener("click", () => {
        choice[key] = value;
        update();
        changed();
      });
      return [b, value];
    });
    const update = () =>
      buttons.forEach(([b, v]) => b.setAttribute("aria-pressed", choice[key] === v));
    update();
  };

  const captions = [
    ["anytime", "Incumbent over time; the band is the 95 % interval of the mean, or the "
                + "quartiles."],
    ["finals", "Final scores of the runs."],
    ["ranks", "Mean rank among the arms, over seeds."],
  ];
  data.tasks.forEach((task, t) => {
    const charts = document.getElementById(`charts-${t}`);
    const choice = { metric: task.best === null ? "score" : "regret", axis: "cells",
                     middle: "mean" };
    const figures = {};
    for (const [name, caption] of captions) {
      figures[name] = element("figure", { "data-chart": name }, charts);
      element("figcaption", {}, figures[name], caption);
    }
    const draw = () => {
      drawChart(figures.anytime, anytime(task, choice));
      drawChart(figures.finals, distribution(task));
      drawChart(figures.ranks, ranks(task));
    };
    const controls = element("div", { class: "controls" });
    charts.before(controls);
    if (task.best !== null)
      choose(controls, choice, "metric", ["regret", "score"], draw);
    choose(controls, choice, "axis", ["cells", "seconds"], draw);
    choose(controls, choice, "middle", ["mean", "median"], draw);
    redraw.push(draw);
    draw();
  });

  const legend = document.getElementById("legend");
  const show = () => {
    legend.querySelectorAll("button[data-method]").forEach((b) =>
      b.setAttribute("aria-pressed", !hidden.has(+b.dataset.method)));
    document.querySelectorAll("tr[data-method]").forEach((row) =>
      row.classList.toggle("off", hidden.has(+row.dataset.method)));
    redraw.forEach((draw) => draw());
  };
  data.methods.forEach((name, m) => {
    const title = "click: on or off; double click: this one alone";
    const b = element("button", { type: "button", "data-method": m, title }, legend);
    b.insertAdjacentHTML("afterbegin", `<svg class="key" viewBox="0 0 26 10"><path
      d="M0 5H26" fill="none" stroke-width="3" stroke-dasharray="${dash(m)}"
      style="stroke:${colour(m)}"/></svg>`);
    b.append(name);
    b.addEventListener("click", () => {
      hidden.has(m) ? hidden.delete(m) : hidden.add(m);
      show();
    });
    b.addEventListener("dblclick", () => {
      data.methods.forEach((_, other) => hidden.add(other));
      hidden.delete(m);
      show();
    });
  });
  if (data.methods.length > 1) {
    const all = element("button", { type: "button", class: "controls" }, legend,
                        "show all");
    all.addEventListener("click", () => {
      hidden.clear();
      show();
    });
  }
  show();
  window.addEventListener("resize", () => redraw.forEach((draw) => draw()));
})();
