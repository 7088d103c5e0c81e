/* Choose a period: groups of the chart move, rows of the table hide. No figure is drawn or computed here. */
(() => {
  const MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"];
  const LONG = 40;
  const place = document.querySelector(".period");
  const dated = (selector) => Array.from(document.querySelectorAll(selector));
  const days = [...new Set(dated(".marks .m[data-d], tr[data-d]").map((each) => each.dataset.d))].sort();
  const month = (key) => `${MONTHS[Number(key.slice(5, 7)) - 1]} ${key.slice(0, 4)}`;

  const label = (mark, many) => {
    const day = mark.dataset.d;
    return many ? `${MONTHS[Number(day.slice(5, 7)) - 1]} '${day.slice(2, 4)}` : mark.dataset.l;
  };

  const lay = (holder, marks, lines) => {
    const left = Number(holder.dataset.left), right = Number(holder.dataset.right);
    const room = (right - left) / Math.max(1, marks.length), bar = Math.min(18, Math.max(2, room * 0.62));
    const labels = holder.nextElementSibling;
    const every = Math.max(1, Math.ceil(46 / room)), end = Number(holder.ownerSVGElement.viewBox.baseVal.width);
    labels.replaceChildren();
    const at = new Map();
    marks.forEach((mark, index) => {
      const middle = left + (index + 0.5) * room;
      at.set(mark.dataset.d, middle - room / 2);
      mark.setAttribute("transform", `translate(${middle.toFixed(1)} 0)`);
      for (const box of mark.querySelectorAll("rect:not(.c-dot)")) {
        const width = box.classList.contains("c-band") || mark.classList.contains("few") ? bar : room;
        box.setAttribute("x", (-width / 2).toFixed(1));
        box.setAttribute("width", width.toFixed(1));
      }
      for (const dot of mark.querySelectorAll("circle")) dot.setAttribute("r", Math.min(4, Math.max(1.4, bar / 2.6)).toFixed(1));
      if ((marks.length - 1 - index) % every === 0) {
        const edge = middle + 20 > end;
        labels.append(make("text", {
          x: (edge ? end : middle).toFixed(1), y: labels.dataset.y, class: "c-note", "text-anchor": edge ? "end" : "middle",
        }, label(mark, marks.length > LONG)));
      }
    });
    for (const line of lines) {
      line.toggleAttribute("hidden", !at.has(line.dataset.d));
      line.setAttribute("display", at.has(line.dataset.d) ? "inline" : "none");
      if (at.has(line.dataset.d)) line.setAttribute("transform", `translate(${at.get(line.dataset.d).toFixed(1)} 0)`);
    }
    if (!marks.length) labels.append(make("text", {
      x: ((left + right) / 2).toFixed(1), y: Number(labels.dataset.y) / 2, class: "c-text", "text-anchor": "middle",
    }, "Geen cijfers in deze periode"));
  };

  /* A narrow chart holds the last part only; a period before it is shown with the marks of the wide one beside it. */
  const whole = new WeakMap();
  const all = (holder) => {
    const wide = holder.closest(".narrow") && holder.closest(".narrow").previousElementSibling;
    const other = wide && wide.querySelector(".marks");
    if (!whole.has(holder)) whole.set(holder, { own: [...holder.children], more: other ? borrowed(holder, other) : [] });
    return whole.get(holder);
  };

  /* The hatching of a chart that is not shown is not drawn: clones get their own. */
  const borrowed = (holder, other) => {
    const svg = holder.ownerSVGElement, theirs = other.ownerSVGElement.querySelector("pattern");
    const clones = [...other.children].map((each) => each.cloneNode(true));
    if (theirs) {
      const pattern = theirs.cloneNode(true);
      pattern.id = `${theirs.id}-n`;
      svg.prepend(make("defs", {}, pattern));
      for (const clone of clones) for (const box of clone.querySelectorAll(".c-hatch")) box.setAttribute("fill", `url(#${pattern.id})`);
    }
    return clones;
  };

  const apply = () => {
    const from = view.get("van"), to = view.get("tm");
    const inside = (element) => (!from || element.dataset.d.slice(0, 7) >= from) && (!to || element.dataset.d.slice(0, 7) <= to);
    for (const holder of dated(".marks")) {
      const { own, more } = all(holder);
      const source = (from || to) && more.length ? more : own;
      if (!source.some((each) => each.dataset.d)) continue;
      const marks = source.filter((each) => each.classList.contains("m") && inside(each));
      const lines = source.filter((each) => each.classList.contains("e"));
      holder.replaceChildren(...marks, ...lines);
      lay(holder, marks, lines);
    }
    const shown = new Set();
    for (const row of dated("tr[data-d], p[data-d], .note[data-d]")) {
      row.hidden = !inside(row);
      if (!row.hidden && row.localName === "tr") shown.add(row.dataset.d);
    }
    return shown;
  };

  if (place && days.length > 1) {
    const months = [...new Set(days.map((day) => day.slice(0, 7)))];
    const pick = (name, words) => {
      const list = make("select", { id: `kies-${name}` }, ...months.map((key) => make("option", { value: key }, month(key))));
      list.addEventListener("change", () => view.set({ [name]: list.value }));
      place.append(make("label", { for: list.id }, words), list);
      return list;
    };
    const from = pick("van", "Van"), to = pick("tm", "tot en met");
    for (const [words, count] of [["Laatste half jaar", 6], ["Laatste jaar", 12], ["Alles", 0]]) {
      const button = make("button", { type: "button", class: "button" }, words);
      button.addEventListener("click", () => view.set({ van: count ? months[Math.max(0, months.length - count)] : "", tm: "" }));
      place.append(button);
    }
    const status = make("p", { role: "status", class: "soft small" });
    place.append(status);
    place.hidden = false;
    view.listen(() => {
      const shown = apply();
      const first = view.get("van") || months[0], last = view.get("tm") || months[months.length - 1];
      from.value = months.includes(first) ? first : "";
      to.value = months.includes(last) ? last : "";
      const wrong = first > last ? " De eerste maand ligt na de laatste." : "";
      status.textContent = `Gekozen: ${month(first)} tot en met ${month(last)}. Dat zijn ${shown.size} van de ${days.length} perioden.${wrong}`;
    });
  }
  document.addEventListener("drawn", apply);
  apply();

  /* A long list of municipalities gets a field to find one by its name. */
  for (const chooser of document.querySelectorAll("details.chooser")) {
    const items = [...chooser.querySelectorAll("li")];
    if (items.length < 12) continue;
    const field = make("input", { type: "search", id: "zoek-gemeente", autocomplete: "off" });
    field.addEventListener("input", () => {
      const word = field.value.trim().toLowerCase();
      for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(word);
    });
    chooser.querySelector("ul").before(make("p", { class: "find" }, make("label", { for: field.id }, "Zoek een gemeente"), field));
  }
})();
