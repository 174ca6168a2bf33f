/* Appended to a report's page by report_browser.h: plays a reader, and leaves what went
 * wrong in the outer page's title for --dump-dom. Every check throws where it fails. */
"use strict";
{
  const check = (condition, what) => {
    if (!condition) throw new Error(what);
  };
  const all = (query) => [...document.querySelectorAll(query)];
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const arms = data.tasks.reduce((n, task) => n + task.arms.length, 0);
  const curves = (chart) => all(`[data-chart=${chart}] path[data-method]`);
  const pointer = (target, type, x, y, more) => target.dispatchEvent(
    new PointerEvent(type, { clientX: x, clientY: y, ...more }));
  const insidePage = (e) => {
    const box = e.getBoundingClientRect();
    check(box.right <= root.clientWidth + 1 && box.left >= 0, "read-outs are in the page");
  };

  /* No two texts of a chart lie on each other. */
  const checkTexts = () => {
    for (const svg of all("[data-chart] svg")) {
      const texts = [...svg.querySelectorAll("text")];
      const boxes = texts.map((text) => text.getBoundingClientRect());
      boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => check(
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 3
        || b.bottom <= a.top + 3,
        "texts of a chart are apart")));
    }
  };

  const checkCurves = () => {
    const shown = data.tasks.reduce(
      (n, task) => n + (task.curves.cells.grid.length ? task.arms.length : 0), 0);
    for (const chart of ["anytime", "ranks"])
      check(curves(chart).length === shown, `${chart}: a curve for each arm`);
    const drawn = curves("anytime").filter((path) => path.getTotalLength() > 0);
    const finals = data.tasks.flatMap((task) => task.finals);
    const ran = finals.filter((runs) => runs.length > 0);
    check(drawn.length === ran.length, "a curve that can be seen for each arm that ran");
  };

  const checkSwitches = () => {
    const legend = all("#legend button[data-method]");
    check(legend.length === data.methods.length, "a button for each method");
    legend[0].click();
    check(curves("anytime").length === arms - data.tasks.length, "a click hides an arm");
    check(all("tr[data-method='0']").every((row) => row.classList.contains("off")),
          "its rows fade");
    legend[0].click();
    check(curves("anytime").length === arms, "and shows it again");
    if (legend.length > 1) {
      legend[1].dispatchEvent(new MouseEvent("dblclick"));
      check(curves("ranks").length === data.tasks.length, "a double click leaves one");
      document.querySelector("#legend button.controls").click();
      check(curves("ranks").length === arms, "all are back");
    }
    const shape = () => curves("anytime").map((path) => path.getAttribute("d")).join();
    const before = shape();
    for (const choice of ["score", "seconds", "median"]) {
      document.querySelector(`[data-choice=${choice}]`).click();
      checkTexts();
    }
    check(shape() !== before, "choices change the curve");
  };

  const checkReadOut = () => {
    const figure = document.querySelector("[data-chart=anytime]");
    const svg = figure.querySelector("svg"), box = figure.querySelector(".readout");
    const frame = svg.getBoundingClientRect();
    const middle = [frame.left + frame.width / 2, frame.top + frame.height / 2];
    check(box.hidden, "no read-out before the pointer comes");
    pointer(svg, "pointermove", ...middle);
    check(!box.hidden, "a read-out under the pointer");
    const rows = [...box.querySelectorAll("tr")].map((row) => row.textContent);
    check(rows.length > 1 && rows.length <= 13, "with the arms that are near");
    check(rows.slice(1).every((row) => data.methods.some((m) => row.startsWith(m))
                                       && /\d/.test(row)), "by name and value");
    const first = rows[0];
    pointer(svg, "pointermove", frame.right - 25, middle[1]);
    check(box.querySelector("tr").textContent !== first, "it follows the pointer");
    insidePage(box);
    pointer(svg, "pointerleave", 0, 0);
    check(box.hidden, "and goes with it");
    pointer(svg, "pointerdown", ...middle, { pointerType: "touch" });
    pointer(svg, "pointerleave", 0, 0, { pointerType: "touch" });
    check(!box.hidden, "a finger leaves it there");
  };

  const checkMap = () => {
    const canvas = document.querySelector("#map canvas");
    if (!canvas) return;
    const card = document.querySelector("#map .readout"), first = canvas.toDataURL();
    const area = canvas.getBoundingClientRect(), y = area.top + area.height / 2;
    for (let x = 0; x < area.width && card.hidden; x += 4)
      pointer(canvas, "pointermove", area.left + x, y);
    check(!card.hidden && card.querySelectorAll("rect").length > 1,
          "a cell under the pointer");
    check(card.querySelector("svg").getBoundingClientRect().width > 100, "large enough");
    insidePage(card);
    pointer(canvas, "pointerleave", 0, 0);
    check(card.hidden, "and no longer");
    canvas.dispatchEvent(new WheelEvent("wheel", {
      deltaY: -1, clientX: area.left + 50, clientY: area.top + 50, cancelable: true }));
    const zoomed = canvas.toDataURL();
    check(zoomed !== first, "the wheel zooms");
    pointer(canvas, "pointerdown", area.left + 50, y);
    pointer(canvas, "pointermove", area.left + 90, y);
    pointer(window, "pointerup", area.left + 90, y);
    check(canvas.toDataURL() !== zoomed, "dragging moves");
    const button = (text) => all("#map button").find((b) => b.textContent === text);
    button("whole").click();
    check(canvas.toDataURL() === first, "and the whole comes back");
    button("depth").click();
    check(canvas.toDataURL() !== first, "another colour");
  };

  const checkAlone = () => {
    check(root.scrollWidth <= root.clientWidth, "nothing is wider than the page");
    check([...document.images].every((image) => image.src.startsWith("data:")
                                                && image.naturalWidth > 0),
          "images are in the page");
    check(!document.querySelector("link, script[src]"), "scripts and styles as well");
    const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
    check(fetched.every((name) => name.startsWith("data:")), `nothing fetched: ${fetched}`);
    const policy = document.querySelector("meta[http-equiv]").content;
    check(policy.includes("default-src 'none'"), "and nothing can be");
  };

  const play = () => {
    check(document.querySelector("h1").textContent !== "", "a title");
    checkCurves();
    checkTexts();
    if (curves("anytime").length > 0) {
      checkSwitches();
      checkReadOut();
    }
    checkMap();
    checkAlone();
  };
  window.addEventListener("load", () => {
    try {
      play();
    } catch (error) {
      window.pageErrors.push(error.message);
    }
    parent.document.title = window.pageErrors.join("; ");
  });
}
