// Sorts the table of layers, and adds up a network's totals with the ticked layers replaced.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const table = document.querySelector("#table table");
const body = table.tBodies[0];
const rows = [...body.rows];

// Sorting: each heading is a button; a second press turns the order round.

const UNITS = { s: 1, ms: 1e-3, "µs": 1e-6, us: 1e-6, ns: 1e-9, ps: 1e-12, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

function number(text) {
  const found = /^([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)\s*([a-zµ]*)/i.exec(text.trim());
  return found ? Number(found[1].replaceAll(",", "")) * (UNITS[found[2]] ?? 1) : -Infinity;
}

function compared(one, other, column, numeric) {
  const [a, b] = [one, other].map((row) => row.cells[column].textContent);
  return numeric ? number(a) - number(b) : a.localeCompare(b, "en", { numeric: true });
}

function sort(heading) {
  const column = heading.cellIndex;
  const numeric = heading.classList.contains("number");
  const was = heading.getAttribute("aria-sort");
  const falling = was ? was === "ascending" : numeric;
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const sorted = [...rows].sort((a, b) => compared(a, b, column, numeric) * (falling ? -1 : 1));
  for (const row of sorted) body.append(row);
}

function makeSortable() {
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
  }
}

// What if: exact whole numbers, added up as the layers that stay and those that are replaced have them.

function totals(ticked) {
  let macs = 0n;
  let memory = data.memoryElsewhere;
  const times = Object.fromEntries(data.times.map((name) => [name, 0]));
  let storage = data.storage;
  const held = new Set();
  const built = new Map();
  for (const layer of data.layers) {
    const replaced = ticked.has(layer.name);
    macs += BigInt(replaced ? layer.replacedMacs : layer.macs);
    if (replaced) built.set(JSON.stringify([layer.holder, layer.stages]), layer);
    else held.add(layer.holder);
    if (memory !== null) memory = Math.max(memory, layer.memory[Number(replaced)]);
    for (const name of data.times) times[name] += layer.times[name][Number(replaced)];
  }
  let weights = 0n;
  for (const layer of data.layers) {
    if (held.has(layer.name)) weights += BigInt(layer.weights);
    else if (layer.name === layer.holder && storage !== null) storage -= layer.stored[0];
  }
  for (const layer of built.values()) {
    weights += BigInt(layer.built);
    if (storage !== null) storage += layer.stored[1];
  }
  return { weights, macs: macs * BigInt(data.perMac), memory, storage, ...times };
}

function seconds(value) {
  for (const [unit, scale] of [["s", 1], ["ms", 1e3], ["µs", 1e6], ["ns", 1e9], ["ps", 1e12]]) {
    if (value * scale >= 1) return `${Number((value * scale).toPrecision(4))} ${unit}`;
  }
  return `${value} s`;
}

function shown(name, value) {
  return data.times.includes(name) ? seconds(value) : value.toLocaleString("en");
}

function update() {
  const ticked = new Set();
  for (const [index, row] of rows.entries()) {
    const box = row.querySelector("input");
    row.classList.toggle("ticked", Boolean(box?.checked));
    if (box?.checked) ticked.add(data.rows[index]);
  }
  const [now, then] = [totals(new Set()), totals(ticked)];
  for (const line of document.querySelectorAll("#totals tbody tr")) {
    const name = line.dataset.total;
    const cell = line.cells[2];
    cell.textContent = shown(name, then[name]);
    cell.classList.toggle("changed", then[name] !== now[name]);
    line.cells[3].textContent = `${(Number(now[name]) / Number(then[name])).toFixed(2)}×`;
    if (!("limit" in line.dataset)) continue;
    const isHeld = then[name] <= Number(line.dataset.limit);
    line.cells[5].textContent = isHeld ? "yes" : "no";
    line.classList.toggle("exceeded", !isHeld);
  }
}

function tickAll(wanted) {
  for (const row of rows) {
    const box = row.querySelector("input");
    if (box && !row.hidden) box.checked = wanted;
  }
  update();
}

function makeTickable() {
  const corner = document.createElement("th");
  corner.textContent = "replace";
  table.tHead.rows[0].prepend(corner);
  const layers = new Map(data.layers.map((layer) => [layer.name, layer]));
  for (const [index, row] of rows.entries()) {
    const cell = row.insertCell(0);
    const layer = layers.get(data.rows[index]);
    if (layer.stages === null) continue;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = data.ticked.includes(layer.name);
    box.setAttribute("aria-label", `replace ${layer.name}`);
    box.addEventListener("change", update);
    cell.append(box);
  }
  for (const row of table.tFoot?.rows ?? []) row.insertCell(0);
  document.getElementById("all").addEventListener("click", () => tickAll(true));
  document.getElementById("none").addEventListener("click", () => tickAll(false));
}

function makeSearchable() {
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

makeSortable();
if (data.layers) {
  makeTickable();
  update();
}
const tools = document.getElementById("tools");
if (tools) {
  makeSearchable();
  tools.hidden = false;
}
