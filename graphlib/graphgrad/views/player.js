// The player: one run of a graph, step by step. It shows what Python computed, and computes nothing itself.
//
// A run arrives as data: the picture with everything in it, and for each step what becomes known and what
// is lit. `render` plays it as an anywidget, in touch with Python; `mountAll` on a page without Python.

const SVG = "http://www.w3.org/2000/svg";
const PACE = 1500; // milliseconds for each step at speed 1
const SPEEDS = [0.5, 1, 2, 4];
const NEAR = 0.01; // a prediction is right within this part of the number
const SMALLEST = 0.7; // a picture shrinks to this part of its size before it is scrolled
const EXAMPLES = ["−0.25", "0.5", "3"]; // numbers as they may be typed
const NOT_ASKED = "Nothing to predict at this step.";
const NO_PYTHON = "To try other values, run gg.player(…).widget() in a notebook.";

const ICONS = {
  first: "M4 4h3v16H4zM18 4l-8 8 8 8 2-2-6-6 6-6z",
  previous: "M16 4l-8 8 8 8 2-2-6-6 6-6z",
  play: "M6 3v18l15-9z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  next: "M8 4l8 8-8 8-2-2 6-6-6-6z",
  last: "M17 4h3v16h-3zM6 4l8 8-8 8-2-2 6-6-6-6z",
};

export default { render };

/** Play in an element of a notebook, in touch with Python through `model`. */
function render({ model, el }) {
  const host = document.createElement("div");
  el.append(host);
  const player = new Player(host, model, (message) => model.send(message));
  return () => player.stop();
}

/** Play wherever the page has a run that does not play yet. */
export function mountAll() {
  for (const host of document.querySelectorAll('[data-graphgrad="player"]:not([data-playing])')) {
    host.dataset.playing = "";
    const data = JSON.parse(host.querySelector("script").textContent);
    data.picture = pictureIn(host.querySelector("img"));
    new Player(host, modelOf({ data, index: 0, playing: false }), null);
  }
}

/** The SVG text of an image whose address holds it. */
function pictureIn(image) {
  const characters = atob(image.src.slice(image.src.indexOf(",") + 1));
  const bytes = new Uint8Array(characters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = characters.charCodeAt(k); // from() takes far longer
  return new TextDecoder().decode(bytes);
}

/** What a widget's model is, for a page without Python: values, and who wants to hear of them. */
function modelOf(values) {
  const heard = {};
  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of heard[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (heard[event] ??= []).push(listener),
    off() {},
    save_changes() {},
  };
}

class Player {
  constructor(host, model, send) {
    Object.assign(this, { host, model, send });
    this.speed = 1;
    this.predicting = model.get("data").predict;
    this.whole = false;
    host.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the keys
    this.root = host.attachShadow({ mode: "open" });
    this.listeners = {
      "change:data": () => (this.load(), this.keepTime()),
      "change:index": () => (this.show(model.get("index")), this.keepTime()),
      "change:playing": () => (this.keepTime(), this.announce()),
      "msg:custom": (message) => this.refuse(message),
    };
    for (const [event, listener] of Object.entries(this.listeners)) model.on(event, listener);
    const theme = model.get("data").theme;
    this.scheme = theme === "auto" ? followScheme(host) : null;
    if (theme !== "auto") host.style.colorScheme = theme;
    this.load();
    this.keepTime();
  }

  /** Leave the page: no timer runs on, and the model calls no one who has gone. */
  stop() {
    clearTimeout(this.timer);
    this.scheme?.disconnect();
    for (const [event, listener] of Object.entries(this.listeners)) this.model.off(event, listener);
  }

  // Building

  /** Build the page of a run, anew when its values have changed; who was typing types on. */
  load() {
    const focused = this.root.activeElement?.dataset.name;
    this.data = this.model.get("data");
    this.steps = this.data.steps;
    this.asked = null;
    this.current = -1;
    const style = element("style");
    style.textContent = this.data.css;
    this.root.replaceChildren(style, this.page());
    this.indexPicture();
    this.show(Math.min(this.model.get("index"), this.steps.length - 1));
    const again = focused && this.root.querySelector(`[data-name="${focused === "guess" ? "next" : focused}"]`);
    again?.focus({ preventScroll: true });
  }

  page() {
    const player = element(
      "div",
      { class: "player", role: "group", tabindex: -1, "aria-label": this.data.title, onkeydown: (event) => this.press(event) },
      this.bar(),
      this.speech(),
      element("div", { class: "body" }, this.stage(), element("div", { class: "side" }, this.order(), this.whatIf())),
    );
    for (const note of this.data.notes) player.append(element("p", { class: "note" }, note));
    return player;
  }

  /** Buttons, slider, speed and switches. */
  bar() {
    this.buttons = {
      first: button("First", { onclick: () => this.go(0) }, icon("first")),
      previous: button("Previous", { onclick: () => this.go(this.at - 1) }, icon("previous")),
      play: button("Play", { onclick: () => this.play(!this.model.get("playing")) }, icon("play")),
      next: button("Next", { onclick: () => this.next() }, icon("next")),
      last: button("Last", { onclick: () => this.go(this.steps.length - 1) }, icon("last")),
    };
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: this.steps.length - 1,
      "aria-label": "Step",
      "data-name": "slider",
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.count = element("span", { class: "count" });
    const speed = element("select", {
      "aria-label": "Speed",
      "data-name": "speed",
      onchange: () => ((this.speed = Number(speed.value)), this.keepTime()),
    });
    for (const times of SPEEDS) {
      speed.append(element("option", { value: times, selected: times === this.speed }, `${times}×`));
    }
    return element(
      "div",
      { class: "bar" },
      element("div", { class: "buttons" }, ...Object.values(this.buttons)),
      this.slider,
      this.count,
      speed,
      this.toggle("Predict", "predicting", "Hide the next number until you have typed it"),
      this.toggle("Overview", "whole", "Shrink the picture until all of it is in view"),
    );
  }

  /** A button that turns one of the player's settings on and off. */
  toggle(name, setting, title) {
    const made = element("button", {
      type: "button",
      class: "toggle",
      title,
      "data-name": setting,
      "aria-pressed": String(this[setting]),
      onclick: () => {
        this[setting] = !this[setting];
        made.setAttribute("aria-pressed", String(this[setting]));
        this.canvas.classList.toggle("whole", this.whole);
        keepInView(this.canvas, this.litBoxes, "instant");
        if (setting === "predicting") this.show(this.at);
      },
    }, name);
    return made;
  }

  /** What the step says: the equation, the words, the question, and all of it for those who listen. */
  speech() {
    this.equation = element("p", { class: "equation", role: "img" });
    this.words = element("p", { class: "words" });
    this.verdict = element("p", { class: "verdict" });
    this.heard = element("p", { class: "heard", role: "status" });
    this.wanted = element("span");
    this.guess = element("input", { type: "text", autocomplete: "off", inputmode: "text", "data-name": "guess" });
    this.question = element(
      "form",
      { class: "question", hidden: true, onsubmit: (event) => (event.preventDefault(), this.judge()) },
      element("label", {}, this.wanted, this.guess),
      element("button", { class: "toggle" }, "Check"),
      element("button", { class: "toggle", type: "button", onclick: () => this.reveal("") }, "Show it"),
    );
    return element("div", { class: "speech" }, this.equation, this.words, this.question, this.verdict, this.heard);
  }

  /** The picture, in a frame that scrolls. */
  stage() {
    this.picture = document.importNode(
      new DOMParser().parseFromString(this.data.picture, "image/svg+xml").documentElement,
      true,
    );
    this.picture.setAttribute("aria-hidden", "true"); // all that it shows is told in words
    this.picture.removeAttribute("role");
    const width = parseFloat(this.picture.getAttribute("width"));
    this.picture.style.minWidth = `${SMALLEST * width}px`;
    this.canvas = element("div", {
      class: this.whole ? "stage whole" : "stage",
      tabindex: 0,
      role: "region",
      "aria-label": "Picture of the graph",
      "data-name": "stage",
      onclick: (event) => this.runTo(event.target.closest("[data-node], [data-edge]")),
    });
    this.canvas.style.setProperty("--picture", `${width}px`);
    this.canvas.append(this.picture);
    return this.canvas;
  }

  /** All steps in their order; each runs to itself, and tells its equation once it is reached. */
  order() {
    this.entries = [];
    this.list = element("div", {
      class: "order",
      role: "group",
      "aria-label": "All steps",
      onclick: (event) => {
        const entry = event.target.closest("[data-index]");
        if (entry) this.go(Number(entry.dataset.index));
      },
      onkeydown: (event) => this.walk(event),
    });
    let half = "";
    let items = null;
    for (const [index, step] of this.steps.entries()) {
      const its = { forward: "Forward", update: "Update" }[step.kind] ?? `Backward from ${this.data.output}`;
      if (its !== half) {
        half = its;
        items = element("ol", { start: index + 1, "aria-label": half });
        this.list.append(element("p", { class: "half", "aria-hidden": "true" }, half), items);
      }
      const equation = element("span", { class: "said" });
      const label = element("span", { class: "label" }, step.label);
      const number = element("span", { class: "number" }, String(index + 1));
      const entry = element(
        "button",
        { type: "button", tabindex: -1, "data-index": index, "data-name": `step ${index}` },
        number,
        label,
        equation,
      );
      this.entries.push({ entry, label, equation });
      items.append(element("li", {}, entry));
    }
    return this.list;
  }

  /** The leaves' numbers, to be changed where there is Python to run the graph again; elsewhere, where to find it. */
  whatIf() {
    this.fields = new Map();
    if (!this.data.leaves.length) return "";
    if (!this.send) return element("p", { class: "note" }, NO_PYTHON);
    const rows = this.data.leaves.map((leaf) => {
      const why = element("p", { class: "why", id: `why-${leaf.key}`, role: "alert" });
      const field = element("input", {
        type: "text",
        value: leaf.text,
        autocomplete: "off",
        "data-name": leaf.key,
        "aria-describedby": `why-${leaf.key}`,
        oninput: () => field.classList.toggle("typed", field.value !== leaf.text),
      });
      this.fields.set(leaf.key, { field, why, leaf });
      return element("div", { class: "leaf" }, element("label", {}, element("span", {}, leaf.symbol), field), why);
    });
    return element(
      "form",
      { class: "what-if", "aria-label": "What if", onsubmit: (event) => (event.preventDefault(), this.recompute()) },
      element("p", { class: "half" }, "What if"),
      ...rows,
      element("button", { class: "toggle", "data-name": "recompute" }, "Recompute"),
      element("button", { class: "toggle", type: "button", "data-name": "reset", onclick: () => this.reset() }, "Reset"),
    );
  }

  /** Find once what each step changes in the picture. */
  indexPicture() {
    const items = new Map();
    for (const part of this.picture.querySelectorAll("[data-of]")) {
      const stage = part.dataset.stage ?? part.dataset.slot;
      const name = `${part.dataset.of} ${stage}`;
      if (!items.has(name)) items.set(name, { shown: [], slots: [] });
      items.get(name)[part.dataset.stage ? "shown" : "slots"].push(part);
    }
    const known = new Map(this.steps.map((step, index) => [`${step.box} ${step.stage}`, index])); // the last counts
    this.reveals = this.steps.map(() => []);
    for (const [name, item] of items) {
      if (!known.has(name)) continue;
      this.reveals[known.get(name)].push(item);
      setKnown(item, false);
    }
    this.boxes = new Map();
    for (const box of this.picture.querySelectorAll("[data-node], [data-edge]")) {
      this.boxes.set(box.dataset.node ?? box.dataset.edge, box);
    }
    this.edges = [...this.picture.querySelectorAll(".gg-edge")];
    this.lit = [];
  }

  // Moving

  get at() {
    return this.current;
  }

  /** Go to a step, here and in Python. */
  go(index) {
    const within = Math.max(0, Math.min(index, this.steps.length - 1));
    if (this.asked !== null && within === this.at) this.show(within);
    this.model.set("index", within);
    this.model.save_changes();
  }

  /** One step on, unless its number is to be predicted first. */
  next() {
    const following = this.asked ?? this.at + 1;
    if (following >= this.steps.length) return this.play(false);
    if (this.predicting && this.asked === null && this.steps[following].answer) return this.ask(following);
    if (this.asked === null) this.go(following);
  }

  play(on) {
    if (on && this.at === this.steps.length - 1) this.go(0);
    this.model.set("playing", on);
    this.model.save_changes();
  }

  /** Let the time run, or stop it: from the last step that was shown, here or in another view of the same run. */
  keepTime() {
    clearTimeout(this.timer);
    const playing = this.model.get("playing");
    const { play } = this.buttons;
    play.replaceChildren(icon(playing ? "pause" : "play"));
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.title = playing ? "Pause" : "Play";
    if (!playing) return;
    if (this.at === this.steps.length - 1) return this.play(false);
    this.timer = setTimeout(() => {
      this.next();
      if (this.asked !== null) this.play(false);
    }, PACE / this.speed);
  }

  /** To the next step that makes something known at a box or chip, from the first again after the last. */
  runTo(box) {
    const key = box?.dataset.node ?? box?.dataset.edge;
    const there = this.steps.flatMap((step, index) => (step.box === key ? [index] : []));
    if (there.length) this.go(there.find((index) => index > this.at) ?? there[0]);
  }

  press(event) {
    if (event.key === "Enter" && event.target.matches("input[type=text]")) {
      event.preventDefault();
      return event.target.form.requestSubmit(); // JupyterLab would keep the browser from doing so
    }
    const typing = event.target.matches("input[type=text], select");
    const moves = {
      ArrowRight: () => this.next(),
      ArrowLeft: () => this.go(this.at - 1),
      Home: () => this.go(0),
      End: () => this.go(this.steps.length - 1),
    };
    if (!event.target.matches("button")) moves[" "] = () => this.play(!this.model.get("playing"));
    const move = moves[event.key];
    if (!move || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  /** Up and down within the list of steps. */
  walk(event) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const here = event.target.closest("[data-index]");
    if (!way || !here) return;
    event.preventDefault();
    this.entries[Number(here.dataset.index) + way]?.entry.focus();
  }

  // Showing

  /** Show one step: only the difference from what is shown is touched. */
  show(index) {
    this.asked = null;
    this.question.hidden = true;
    if (this.verdictStays) this.verdictStays = false;
    else this.verdict.textContent = this.predicting && !this.steps[index].answer ? NOT_ASKED : "";
    this.reach(index);
    this.light(this.steps[index]);
    this.say(this.steps[index]);
    this.announce();
  }

  /** Everything up to a step is known, everything after it is not. */
  reach(index) {
    for (let k = this.current + 1; k <= index; k++) this.setReached(k, true);
    for (let k = this.current; k > index; k--) this.setReached(k, false);
    this.mark(this.current, false);
    this.mark(index, true);
    this.current = index;
    this.slider.value = index;
    this.slider.setAttribute("aria-valuetext", `step ${index + 1} of ${this.steps.length}: ${this.steps[index].label}`);
    this.count.textContent = `Step ${index + 1} of ${this.steps.length}`;
    const isFirst = String(index === 0);
    const isLast = String(index === this.steps.length - 1);
    this.buttons.first.setAttribute("aria-disabled", isFirst);
    this.buttons.previous.setAttribute("aria-disabled", isFirst);
    this.buttons.next.setAttribute("aria-disabled", isLast);
    this.buttons.last.setAttribute("aria-disabled", isLast);
  }

  setReached(index, reached) {
    for (const item of this.reveals[index]) setKnown(item, reached);
    const { label, equation } = this.entries[index];
    const { text, warning } = this.steps[index];
    label.hidden = reached;
    equation.textContent = reached ? `${warning ? "⚠ " : ""}${text}` : "";
  }

  /** Mark a step as the current one in the list, and keep it in view there. */
  mark(index, current) {
    const entry = this.entries[index]?.entry;
    if (!entry) return;
    entry.tabIndex = current ? 0 : -1;
    if (!current) return entry.removeAttribute("aria-current");
    entry.setAttribute("aria-current", "step");
    keepInView(this.list, [entry], "instant");
  }

  /** Ring the boxes and thicken the edges of a step. */
  light(step) {
    const isFirst = this.lit.length === 0;
    for (const part of this.lit) part.classList.remove("lit");
    this.litBoxes = step.lit.map((key) => this.boxes.get(key)).filter(Boolean);
    this.lit = [...this.litBoxes, ...step.edges.map((place) => this.edges[place])].filter(Boolean);
    for (const part of this.lit) part.classList.add("lit");
    const calm = isFirst || matchMedia("(prefers-reduced-motion: reduce)").matches;
    keepInView(this.canvas, this.litBoxes, calm ? "instant" : "smooth");
  }

  say(step) {
    this.equation.setAttribute("aria-label", step.text);
    this.equation.replaceChildren(...step.terms.map((term) => this.term(term)));
    if (step.warning) this.equation.prepend("⚠ ");
    this.words.textContent = step.words;
  }

  /** A term of an equation: a typeset symbol, or plain text. */
  term(term) {
    if (typeof term === "string") return document.createTextNode(term);
    const { path, width, ascent, descent } = this.data.symbols[term];
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 ${-1000 * ascent} ${1000 * width} ${1000 * (ascent + descent)}`);
    svg.style.cssText = `width: ${width}em; height: ${ascent + descent}em; vertical-align: ${-descent}em`;
    const outline = document.createElementNS(SVG, "path");
    outline.setAttribute("d", path);
    svg.append(outline);
    return svg;
  }

  /** Tell the step to those who listen; a run that plays would talk without end. */
  announce() {
    if (this.model.get("playing") || this.asked !== null) return;
    const { text, words } = this.steps[this.at];
    this.heard.textContent = `${this.verdict.textContent} ${words} ${text}`.trim();
  }

  // Predicting

  /** Ask for the number of a step, which is shown nowhere. */
  ask(index) {
    const step = this.steps[index];
    this.light(step);
    this.asked = index;
    const count = step.answer.length;
    const several = count > 1 ? `, ${count} numbers, with spaces or commas between` : "";
    const terms = [...step.terms.slice(0, step.asked), " = ?"];
    const question = terms.map((term) => this.data.symbols[term]?.text ?? term).join("");
    this.equation.setAttribute("aria-label", question);
    this.equation.replaceChildren(...terms.map((term) => this.term(term)));
    this.words.textContent = `Step ${index + 1}: what comes next${several}? Right is within ${100 * NEAR} % of the number.`;
    this.heard.textContent = `${question} ${this.words.textContent}`;
    this.verdict.textContent = "";
    this.question.hidden = false;
    this.wanted.textContent = count > 1 ? "Your numbers" : "Your number";
    this.guess.size = Math.min(8 * count + 6, 46);
    this.guess.value = "";
    this.guess.focus({ preventScroll: true });
  }

  judge() {
    const { answer } = this.steps[this.asked];
    const count = answer.length;
    const typed = partsOf(this.guess.value);
    const strange = typed.find((part) => numberOf(part) === null);
    const wrong = answer.flatMap((number, k) => (isNear(numberOf(typed[k]), numberOf(number)) ? [] : [k + 1]));
    if (strange !== undefined) {
      this.verdict.textContent = `“${strange}” is no number; write ${exampleOf(count)}; NaN, inf and −inf are numbers too.`;
    } else if (typed.length !== count) {
      this.verdict.textContent = `This takes ${exampleOf(count)}; you wrote ${typed.length}.`;
    } else if (wrong.length) {
      const where = count > 1 ? `: ${placesOf(wrong)} of ${count}` : "";
      this.verdict.textContent = `✗ Not within ${100 * NEAR} %${where}. Try again, or have it shown.`;
    } else {
      return this.reveal("✓ Right.");
    }
    this.heard.textContent = this.verdict.textContent;
  }

  /** Show the step that was asked for. */
  reveal(verdict) {
    this.verdict.textContent = verdict;
    this.verdictStays = true;
    const index = this.asked;
    this.asked = null;
    this.buttons.next.focus({ preventScroll: true });
    this.go(index);
  }

  // What if

  /** Send the numbers that were changed, all at once; Python answers with other data, or refuses them all. */
  recompute() {
    const typed = {};
    for (const { field, why, leaf } of this.fields.values()) {
      why.textContent = "";
      field.removeAttribute("aria-invalid");
      if (field.value !== leaf.text) typed[leaf.key] = field.value;
    }
    if (Object.keys(typed).length) this.send({ what_if: typed });
  }

  reset() {
    for (const { field, why, leaf } of this.fields.values()) {
      field.value = leaf.text;
      field.classList.remove("typed");
      why.textContent = "";
      field.removeAttribute("aria-invalid");
    }
    this.send({ reset: true });
  }

  refuse({ refused, why }) {
    const entry = this.fields.get(refused);
    if (!entry) return;
    entry.why.textContent = why;
    entry.field.setAttribute("aria-invalid", "true");
  }
}

// Parts

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (["button", "input", "select"].includes(tag)) made.dataset.lmSuppressShortcuts = "true";
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function button(name, attributes, ...children) {
  const words = { type: "button", "aria-label": name, title: name, "data-name": name.toLowerCase() };
  return element("button", { ...words, ...attributes }, ...children);
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Show what is known, or the empty slot where it will stand. */
function setKnown({ shown, slots }, known) {
  for (const part of shown) part.style.display = known ? "" : "none";
  for (const part of slots) part.style.display = known ? "none" : "inline";
}

/** Scroll `frame`, and nothing around it, until the parts are in view, or the first of them where not all fit. */
function keepInView(frame, parts, behavior) {
  if (!parts.length) return;
  const around = frame.getBoundingClientRect();
  const all = parts.map((part) => part.getBoundingClientRect());
  const move = (size, low, high, some) => {
    const start = Math.min(...some.map((one) => one[low])) - around[low];
    const end = Math.max(...some.map((one) => one[high])) - around[low];
    if (end - start > size && some.length > 1) return move(size, low, high, some.slice(0, 1));
    return start >= 0 && end <= size ? 0 : (start + end - size) / 2;
  };
  const top = frame.scrollTop + move(frame.clientHeight, "top", "bottom", all);
  const left = frame.scrollLeft + move(frame.clientWidth, "left", "right", all);
  frame.scrollTo({ top, left, behavior }); // a scroll that is under way ends
}

/** The number that a text writes, or null. */
function numberOf(text) {
  const plain = String(text).trim().replaceAll("−", "-").replace(/∞|infinity/i, "inf").toLowerCase();
  const named = { nan: NaN, inf: Infinity, "+inf": Infinity, "-inf": -Infinity }[plain];
  if (named !== undefined) return named;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain) ? Number(plain) : null;
}

/** The parts of a list as people write it: spaces or commas between, with or without brackets. */
function partsOf(text) {
  const parts = text.split(/[\s,[\]()]+/).filter(Boolean);
  return parts.length ? parts : [text];
}

function exampleOf(count) {
  const examples = [...EXAMPLES.slice(0, count), ...(count > EXAMPLES.length ? ["…"] : [])].join(", ");
  return `${count} number${count > 1 ? "s" : ""}, such as ${examples}`;
}

function placesOf(places) {
  return `place${places.length > 1 ? "s" : ""} ${new Intl.ListFormat("en-GB").format(places.map(String))}`;
}

function isNear(typed, answer) {
  if (!Number.isFinite(answer)) return Object.is(typed, answer);
  return Math.abs(typed - answer) <= (NEAR * Math.abs(answer) || 1e-9);
}

/** Be dark where the notebook or the page is, also when it says so in its own way only. */
function followScheme(host) {
  const { body } = document;
  const follow = () => {
    const isDark =
      body.dataset.jpThemeLight === "false" ||
      body.dataset.theme === "dark" ||
      body.classList.contains("vscode-dark") ||
      body.classList.contains("vscode-high-contrast");
    host.style.colorScheme = isDark ? "dark" : "";
  };
  const watch = new MutationObserver(follow);
  watch.observe(body, { attributeFilter: ["data-jp-theme-light", "data-theme", "class"] });
  follow();
  return watch;
}
