/* Appended to a report's page by test_report_latent: plays a reader, and leaves what happened in the
 * title for --dump-dom. Every line is a check that throws where it fails. */
"use strict";
{
  const check = (condition, what) => {
    if (!condition) throw new Error(what);
  };
  const play = () => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const curves = (chart) => document.querySelectorAll(`[data-chart=${chart}] path[data-method]`);
    const arms = data.tasks.reduce((n, task) => n + task.arms.length, 0);
    for (const chart of ["anytime", "finals", "ranks"])
      check(curves(chart).length === arms, `${chart}: a curve for each arm`);
    for (const path of document.querySelectorAll("path[data-method]"))
      check(path.getTotalLength() > 0, "a curve that can be seen");

    const legend = document.querySelectorAll("#legend button[data-method]");
    check(legend.length === data.methods.length, "a button for each method");
    legend[0].click();
    check(curves("anytime").length === arms - data.tasks.length, "a click hides an arm");
    check(document.querySelector("tr[data-method='0']").classList.contains("off"), "its row fades");
    legend[0].click();
    check(curves("anytime").length === arms, "and shows it again");
    legend[1].dispatchEvent(new MouseEvent("dblclick"));
    check(curves("ranks").length === data.tasks.length, "a double click leaves one");
    document.querySelector("#legend button.controls").click();
    check(curves("ranks").length === arms, "all are back");

    const before = curves("anytime")[0].getAttribute("d");
    for (const choice of ["score", "seconds", "median"])
      document.querySelector(`[data-choice=${choice}]`).click();
    check(curves("anytime")[0].getAttribute("d") !== before, "choices change the curve");

    const svg = document.querySelector("[data-chart=anytime] svg"), frame = svg.getBoundingClientRect();
    const box = document.querySelector("[data-chart=anytime] .readout");
    check(box.hidden, "no read-out before the pointer comes");
    svg.dispatchEvent(new PointerEvent("pointermove", { clientX: frame.left + frame.width / 2,
                                                        clientY: frame.top + frame.height / 2 }));
    check(!box.hidden, "a read-out under the pointer");
    check(box.querySelectorAll("tr").length === Math.min(12, data.tasks[0].arms.length) + 1,
          "with the arms");
    const inside = box.getBoundingClientRect(), page = document.documentElement;
    check(inside.right <= page.clientWidth + 1 && inside.left >= 0, "inside the page");
    if (!location.hash) {
      svg.dispatchEvent(new PointerEvent("pointerleave"));
      check(box.hidden, "it goes with the pointer");
    }
    const canvas = document.querySelector("#map canvas");
    if (canvas) {
      const area = canvas.getBoundingClientRect(), card = document.querySelector("#map .readout");
      const image = () => canvas.toDataURL();
      const first = image();
      for (let x = 0; x < area.width && card.hidden; x += 4)
        canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: area.left + x,
                                                               clientY: area.top + area.height / 2 }));
      check(!card.hidden && card.querySelectorAll("rect").length > 1, "a cell under the pointer");
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -1, clientX: area.left + 50,
                                                     clientY: area.top + 50, cancelable: true }));
      const zoomed = image();
      check(zoomed !== first, "the wheel zooms");
      for (const b of document.querySelectorAll("#map button")) {
        if (b.textContent === "whole") b.click();
      }
      check(image() === first, "and the whole comes back");
      document.querySelectorAll("#map button")[3].click();
      check(image() !== first, "another colour");
      if (!location.hash) canvas.dispatchEvent(new PointerEvent("pointerleave"));
    }
    check(page.scrollWidth <= page.clientWidth, "nothing is wider than the page");
    check([...document.images].every((image) => image.src.startsWith("data:")), "self-contained");
    check(!document.querySelector("link, script[src]"), "self-contained");
    const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
    check(fetched.every((name) => name.startsWith("data:")), `nothing fetched: ${fetched}`);
    check(document.querySelector("meta[http-equiv]").content.includes("default-src 'none'"),
          "and nothing can be");
  };
  const errors = [];
  window.addEventListener("error", (event) => errors.push(event.message));
  try {
    play();
  } catch (error) {
    errors.push(error.message);
  }
  document.title = errors.length ? `page: ${errors.join("; ")}` : "page: all well";
}
