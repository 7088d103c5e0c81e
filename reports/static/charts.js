// Each chart gets a quiet box of buttons: copy, save, print, link. The buttons are made here, so that without a script
// there are no dead ones. A saved chart bears its title, the meaning of the bar and its source, in the light colours.
(() => {
  "use strict";

  const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin",
    "stroke-linecap", "paint-order", "font-family", "font-size", "font-weight"]; // all of them are inherited
  const SVG = "http://www.w3.org/2000/svg";
  const ROOM = 16; // around the drawing, in its own units
  const root = document.documentElement;
  const pencil = document.createElement("canvas").getContext("2d");

  const make = (tag, words = "", name = "") => {
    const made = document.createElement(tag);
    made.textContent = words;
    made.className = name;
    return made;
  };
  const flat = (words) => words.replace(/\s+/g, " ").trim();
  const fontOf = () => getComputedStyle(document.body).fontFamily;

  /** Break a text into lines that fit, as SVG itself does not. */
  function wrapped(words, font, width) {
    const lines = [""];
    pencil.font = font;
    for (const word of words.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (lines.at(-1) && pencil.measureText(longer).width > width) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }

  /** Give a copy of an element in which every look is an attribute of its own, without what is not shown. */
  function resolved(element, above = null) {
    const looks = getComputedStyle(element);
    if (looks.display === "none") return null;
    const made = element.cloneNode(false);
    for (const { name } of [...made.attributes]) {
      if (name === "class" || name.startsWith("data-") || name.startsWith("aria-")) made.removeAttribute(name);
    }
    for (const name of KEPT) {
      const value = looks.getPropertyValue(name);
      if (value !== above?.getPropertyValue(name) && !made.getAttribute(name)?.startsWith("url(")) made.setAttribute(name, value);
    }
    for (const child of element.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) made.append(child.cloneNode());
      else if (["title", "desc"].includes(child.localName)) made.append(child.cloneNode(true));
      else if (child.nodeType === Node.ELEMENT_NODE) made.append(resolved(child, looks) ?? "");
    }
    return made;
  }

  /** Draw the chart between its title and its source; gives {text, width, height}. */
  function drawn(chart, title, notes) {
    const box = chart.viewBox.baseVal;
    const width = box.width + 2 * ROOM;
    const made = document.createElementNS(SVG, "svg");
    const parts = [];
    let y = ROOM;
    const write = (words, size, weight, colour) => {
      for (const line of wrapped(words, `${weight} ${size}px ${fontOf()}`, box.width)) {
        const text = document.createElementNS(SVG, "text");
        y += size * 1.35;
        for (const [name, value] of Object.entries({ x: ROOM, y: y - size * 0.3, fill: colour, "font-size": size,
          "font-weight": weight, "font-family": fontOf() })) text.setAttribute(name, value);
        text.textContent = line;
        parts.push(text);
      }
    };
    root.classList.add("paper"); // the light tokens, for as long as we read them: nothing is painted in between
    const ink = getComputedStyle(chart).color;
    write(title, 17, 700, ink);
    y += 8;
    const inner = resolved(chart);
    for (const [name, value] of Object.entries({ x: ROOM, y, width: box.width, height: box.height }))
      inner.setAttribute(name, value);
    inner.removeAttribute("role");
    root.classList.remove("paper");
    parts.push(inner);
    y += box.height + 8;
    for (const note of notes) write(note, 12, 400, ink);
    const height = Math.ceil(y + ROOM);
    const ground = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ width, height, fill: "#ffffff" })) ground.setAttribute(name, value);
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": title }))
      made.setAttribute(name, value);
    made.append(ground, ...parts);
    return { text: new XMLSerializer().serializeToString(made), width, height };
  }

  const asSvg = (picture) => new Blob([picture.text], { type: "image/svg+xml" });

  function asPng(picture) {
    return new Promise((done, failed) => {
      const image = new Image();
      image.onerror = failed;
      image.onload = () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [2 * picture.width, 2 * picture.height];
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("empty"))), "image/png");
      };
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.text)}`;
    });
  }

  function save(blob, title, suffix) {
    const name = title.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^\w]+/g, "-").replace(/^-|-$/g, "").toLowerCase().slice(0, 60);
    const link = make("a");
    link.href = URL.createObjectURL(blob);
    link.download = `advertentiemonitor-${name || "grafiek"}.${suffix}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    return `Opgeslagen als ${suffix.toUpperCase()}.`;
  }

  /** Copy where the browser lets us, save where it does not. `asked` is a promise: Safari wants it unresolved. */
  async function copy(asked, type, title, suffix) {
    try {
      await navigator.clipboard.write([new ClipboardItem({ [type]: asked })]);
      return `Gekopieerd als ${suffix.toUpperCase()}.`;
    } catch {
      return `Kopiëren mag niet van je browser. ${save(await asked, title, suffix)}`;
    }
  }

  async function link() {
    try {
      await navigator.clipboard.writeText(location.href);
      return "De link is gekopieerd.";
    } catch {
      return "Kopiëren mag niet van je browser. Kopieer de link uit de adresbalk.";
    }
  }

  /** Print one part of the page: all that stands beside it, or beside what it stands in, is away in print. */
  function print(part) {
    back();
    for (let at = part; at !== document.body; at = at.parentElement)
      for (const other of at.parentElement.children) other.toggleAttribute("data-away", other !== at);
    window.print();
    return "";
  }
  const back = () => document.querySelectorAll("[data-away]").forEach((it) => it.removeAttribute("data-away"));
  addEventListener("afterprint", back);

  for (const figure of document.querySelectorAll("main figure")) {
    // Looked up anew each time: what a reader chooses may draw another chart.
    const chartOf = () => figure.querySelector("svg.chart");
    const titleOf = () => flat(chartOf().querySelector("title").textContent);
    if (!chartOf()) continue;
    const picture = () => {
      const source = figure.querySelector(".source")?.cloneNode(true) ?? make("p");
      source.querySelectorAll(".note[hidden]").forEach((note) => note.remove());
      const notes = [...source.querySelectorAll(".note")].map((note) => (note.remove(), flat(note.textContent)));
      const isTold = !chartOf().querySelector(".c-band") || notes.some((note) => note.includes("balk"));
      const bar = isTold ? [] : ["De balk is de marge van 95%, het teken de schatting."];
      const told = flat(source.textContent);
      const last = told.startsWith("Bron") ? told : `Bron: ${flat(document.querySelector("footer.site p").textContent)}`;
      return drawn(chartOf(), titleOf(), [...bar, ...notes, last]);
    };
    const tools = make("details", "", "tools");
    const opener = make("summary", "Opslaan, delen of afdrukken");
    opener.append(make("span", `: ${titleOf()}`, "hidden"));
    const said = make("p", "", "said");
    said.setAttribute("role", "status");
    const row = make("div", "", "row");
    for (const [words, act] of [
      ["Kopieer als PNG", () => copy(asPng(picture()), "image/png", titleOf(), "png")],
      ["Kopieer als SVG", () => copy(Promise.resolve(asSvg(picture())), "image/svg+xml", titleOf(), "svg")],
      ["Opslaan als PNG", async () => save(await asPng(picture()), titleOf(), "png")],
      ["Opslaan als SVG", () => save(asSvg(picture()), titleOf(), "svg")],
      ["Druk deze grafiek af", () => print(figure.closest("section") ?? figure)],
      ["Kopieer de link naar wat je ziet", link],
    ]) {
      const button = make("button", words, "utrecht-button utrecht-button--secondary-action");
      button.type = "button";
      button.addEventListener("click", async () => {
        said.textContent = "";
        try {
          said.textContent = await act();
        } catch {
          said.textContent = "Dat is niet gelukt. Probeer het in een andere browser.";
        }
      });
      row.append(button);
    }
    tools.append(opener, row, said);
    figure.append(tools);
  }
})();
