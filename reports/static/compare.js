/* Municipalities side by side: the same drawing as reports/trends.py makes, for whichever the reader chooses. */
(() => {
  const data = document.getElementById("reeksen"), section = document.getElementById("naast-elkaar");
  if (!data || !section) return;
  const { starts, labels, names, areas } = JSON.parse(data.textContent);
  if (!areas.length) return;
  const MOST = 4, PER = 10000, LEFT = 38, HEIGHT = 190, TOP = 44, FLOOR = 164, SMALLEST = 10;
  const WORDS = { k: "minder dan 10", a: "afgeschermd", o: "geen betrouwbaar cijfer", "": "geen cijfer" };
  const byCode = new Map(areas.map((area) => [area.code, area]));
  const narrow = matchMedia("(max-width: 46rem)");

  const decode = (area, per) => area.series.split(";").map((cell, index) => {
    const parts = cell.split(",");
    const base = { start: starts[index], label: labels[index], name: names[index] };
    if (parts.length < 3) return { ...base, status: cell };
    const factor = per ? PER / area.population : 1;
    const [value, lower, upper] = parts.map((part) => 5 * parseInt(part, 36) * factor);
    return { ...base, value, lower, upper };
  });
  const write = (value, per) => new Intl.NumberFormat("nl-NL", { minimumFractionDigits: per ? 1 : 0, maximumFractionDigits: per ? 1 : 0 }).format(value);
  const margin = (area, cell, per) => {
    const least = per ? SMALLEST * PER / area.population : SMALLEST;
    return `${cell.lower < least ? `minder dan ${write(least, per)}` : write(cell.lower, per)} tot ${write(cell.upper, per)}`;
  };
  const ticks = (top) => {
    const raw = top / 4, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((base) => base * power).find((each) => each >= raw * (1 - 1e-9));
    return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, index) => index * step);
  };

  const panel = (area, cells, steps, per, width, y) => {
    const right = width - 8, room = (right - LEFT) / cells.length, bar = Math.min(18, Math.max(2, room * 0.62));
    const at = (value) => FLOOR - (value / steps[steps.length - 1]) * (FLOOR - TOP);
    const group = make("g", { transform: `translate(0 ${y})` }, make("text", { x: 0, y: 16, class: "c-text" }, area.name));
    for (const step of steps) group.append(
      make("line", { x1: LEFT, x2: right, y1: at(step), y2: at(step), class: step ? "c-grid" : "c-axis" }),
      make("text", { x: LEFT - 6, y: at(step) + 4, class: "c-note", "text-anchor": "end" }, write(step, per && steps[1] < 1)),
    );
    const marks = make("g", { class: "marks", "data-left": LEFT, "data-right": right });
    for (const cell of cells) {
      const mark = make("g", { class: cell.status === "k" ? "m few" : "m", "data-d": cell.start, "data-l": cell.label });
      const said = cell.value === undefined ? WORDS[cell.status] : `${write(cell.value, per)}, marge ${margin(area, cell, per)}`;
      const hint = make("title", {}, `${area.name}, ${cell.name}: ${said}`);
      const box = (top, low, wide, more) => make("rect", { x: -wide / 2, y: top.toFixed(1), width: wide, height: Math.max(0, low - top).toFixed(1), ...more }, hint);
      const hatch = { fill: "url(#naast-hatch)", class: "c-hatch" };
      if (cell.value !== undefined) mark.append(
        box(at(cell.upper), at(cell.lower), bar, { class: "c-band", rx: 2 }),
        make("circle", { cx: 0, cy: at(cell.value).toFixed(1), r: Math.min(4, Math.max(1.4, bar / 2.6)), class: "c-dot" }),
      );
      else if (cell.status === "k") mark.append(box(at(Math.min(steps[steps.length - 1], per ? SMALLEST * PER / area.population : SMALLEST)), FLOOR, bar, hatch));
      else mark.append(
        box(TOP, FLOOR, room, hatch),
        make("text", { x: 0, y: (TOP + FLOOR) / 2 + 4, class: "c-sign", "text-anchor": "middle" }, cell.status === "o" ? "?" : "–"),
      );
      marks.append(mark);
    }
    for (const [start, sign, words, isBreak] of area.lines) {
      if (!starts.includes(start)) continue;
      marks.append(make("g", { class: "e", "data-d": start }, make("title", {}, words),
        make("line", { x1: 0, x2: 0, y1: TOP - 6, y2: FLOOR, class: isBreak ? "c-break" : "c-event" }),
        make("text", { x: 3, y: TOP, class: "c-note c-halo" }, sign)));
    }
    group.append(marks, make("g", { class: "labels", "data-y": HEIGHT - 8 }));
    return group;
  };

  const draw = (chosen, per) => {
    const figure = section.querySelector("figure"), table = section.querySelector("tbody");
    const width = narrow.matches ? 280 : 680, series = chosen.map((area) => decode(area, per));
    const top = Math.max(per ? 0.1 : SMALLEST, ...series.flat().map((cell) => cell.upper || 0));
    const title = `${chosen.map((area) => area.name).join(", ")}: geschatte adverteerders${per ? " per 10.000 inwoners" : ""}, per vier weken`;
    const svg = make("svg", {
      viewBox: `0 0 ${width} ${HEIGHT * chosen.length}`, width, height: HEIGHT * chosen.length, role: "img", class: "chart",
      "aria-labelledby": "naast-t naast-d",
    },
    make("title", { id: "naast-t" }, title),
    make("desc", { id: "naast-d" }, "Per punt de schatting met de marge van 95%, alle gemeenten op dezelfde schaal. De tabel geeft dezelfde cijfers."),
    make("defs", {}, make("pattern", { id: "naast-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      make("rect", { width: 6, height: 6, class: "c-hatch-ground" }), make("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "c-hatch-line" }))),
    ...chosen.map((area, index) => panel(area, series[index], ticks(top), per, width, index * HEIGHT)));
    figure.querySelector("svg").replaceWith(svg);
    section.querySelector("caption").textContent = title;
    section.querySelector(".what").textContent = `${title}.`;
    for (const note of figure.querySelectorAll(".note")) note.remove();
    figure.querySelector("figcaption").prepend(...chosen.flatMap((area) => area.lines.map(([start, sign, words]) =>
      make("span", { class: "note", "data-d": start }, `${area.name}, ${sign}: ${words}`))));
    section.querySelector("thead tr").replaceChildren(
      make("th", { scope: "col" }, "Periode"),
      ...chosen.flatMap((area) => [make("th", { scope: "col", class: "n" }, area.name), make("th", { scope: "col", class: "n" }, "Marge")]));
    table.replaceChildren(...starts.map((start, index) => make("tr", { "data-d": start },
      make("th", { scope: "row" }, names[index]),
      ...series.flatMap((cells, place) => cells[index].value === undefined
        ? [make("td", { class: "n why", colspan: 2 }, WORDS[cells[index].status])]
        : [make("td", { class: "n" }, write(cells[index].value, per)), make("td", { class: "n" }, margin(chosen[place], cells[index], per))]),
    )).reverse());
    document.dispatchEvent(new Event("drawn"));
  };

  const form = section.querySelector(".choose");
  const first = section.dataset.first.split(" ");
  const lists = Array.from({ length: Math.min(MOST, areas.length) }, (_, index) => {
    const none = index ? [make("option", { value: "" }, "geen")] : [];
    const list = make("select", { id: `gemeente-${index + 1}` }, ...none, ...areas.map((area) => make("option", { value: area.code }, area.name)));
    list.addEventListener("change", () => view.set({ g: lists.map((each) => each.value).filter(Boolean).join(",") }));
    form.append(make("span", { class: "field" }, make("label", { for: list.id }, `Gemeente ${index + 1}`), list));
    return list;
  });
  const rate = make("input", { type: "checkbox", id: "per-inwoners" });
  rate.addEventListener("change", () => view.set({ per: rate.checked ? "10000" : "" }));
  form.append(make("span", { class: "check" }, rate, make("label", { for: rate.id }, "Per 10.000 inwoners")));
  section.hidden = false;
  const redraw = () => {
    const asked = view.get("g").split(",").filter((code) => byCode.has(code));
    const codes = [...new Set(asked.length ? asked : first)].filter((code) => byCode.has(code)).slice(0, MOST);
    lists.forEach((list, index) => { list.value = codes[index] || (index ? "" : areas[0].code); });
    rate.checked = Boolean(view.get("per"));
    draw((codes.length ? codes : [areas[0].code]).map((code) => byCode.get(code)), rate.checked);
  };
  view.listen(redraw);
  narrow.addEventListener("change", redraw);
})();
